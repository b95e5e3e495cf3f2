package muster.agent.balance;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.node.CannotStart;
import muster.agent.rpc.PoolRow;
import muster.balancing.Backend;
import muster.balancing.Pool;

/** A running balancer on an agent: follows the members and has requests forwarded. Safe for use by any thread. */
public sealed interface Balancer extends AutoCloseable permits ProxyBalancer, HaproxyBalancer {
    /** What only HAProxy has. */
    List<Setting<?>> OF_HAPROXY = List.of(
            Schema.HAPROXY_TEMPLATE,
            Schema.HAPROXY_DIR,
            Schema.HAPROXY_PROGRAM,
            Schema.HAPROXY_CLI,
            Schema.HAPROXY_CHECK);

    /**
     * Begins, with what the settings say forwards.
     *
     * @param environment of this program
     * @throws CannotStart with the remedy, when a port cannot be had or HAProxy does not run
     */
    static Balancer start(Agent agent, Configuration configuration, Map<String, String> environment)
            throws CannotStart {
        for (Setting<?> setting : OF_HAPROXY) {
            if (!byHaproxy(configuration) && configuration.isSet(setting)) {
                throw new CannotStart(
                        configuration.origin(setting) + ": this is of HAProxy; add -with haproxy, or leave it away");
            }
        }
        Balancer balancer = byHaproxy(configuration)
                ? HaproxyBalancer.start(agent, configuration, environment)
                : ProxyBalancer.start(agent, configuration);
        agent.showPools(() -> rows(balancer));
        agent.showTraffic(balancer::counters);
        agent.beforeLeaving(balancer::drain);
        return balancer;
    }

    /** Whether requests go through HAProxy. */
    static boolean byHaproxy(Configuration configuration) {
        return configuration.value(Schema.WITH).equals(Schema.WITH_HAPROXY);
    }

    /** Where clients connect. */
    int port();

    /** What backends there are, and how they stand. */
    List<Pool.Snapshot> pools();

    /** Whether requests can come to this pool's backends; the others are only known. */
    boolean serves(String pool);

    /** By name; none ever falls. */
    SortedMap<String, Long> counters();

    /** Takes no new connection, finishes what is under way, but not for longer than the drain timeout. */
    void drain() throws InterruptedException;

    /** Ends at once. The agent goes on. */
    @Override
    void close();

    private static List<PoolRow> rows(Balancer balancer) {
        var rows = new ArrayList<PoolRow>();
        for (Pool.Snapshot pool : balancer.pools()) {
            for (Backend.Snapshot backend : pool.backends()) {
                rows.add(new PoolRow(
                        backend.pool(),
                        backend.node(),
                        new Endpoint(backend.host(), backend.port()).toString(),
                        backend.state().name().toLowerCase(Locale.ROOT),
                        backend.reason(),
                        backend.inStateNanos() / 1_000_000_000,
                        backend.weight(),
                        backend.inFlight(),
                        backend.totals().requests(),
                        backend.totals().failed(),
                        balancer.serves(pool.name())));
            }
        }
        return rows;
    }
}
