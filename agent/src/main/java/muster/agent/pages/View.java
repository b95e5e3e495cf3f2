package muster.agent.pages;

import java.util.List;
import java.util.SortedMap;
import muster.balancing.Pool;
import muster.gossip.Member;

/**
 * What the pages show, at one moment.
 *
 * @param node our own name
 * @param uptimeSeconds since the start of the program
 * @param pools empty on a node that balances nothing
 * @param counters of the proxy; empty likewise
 */
public record View(
        String node,
        String version,
        long uptimeSeconds,
        List<Pool.Snapshot> pools,
        SortedMap<String, Long> counters,
        List<Member> members) {}
