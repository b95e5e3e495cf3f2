package muster.gossip;

import java.util.Collection;
import java.util.List;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.Message.NodeState;

/** The six bytes in which members say what they speak: pmin pmax pcur dmin dmax dcur (p: memberlist, d: Serf). */
final class Versions {
    /** What Serf 0.8 and later says with protocol 5, byte for byte. */
    static final Bytes OURS = Bytes.hex("010502020505");

    /** From this memberlist protocol on a peer answers pings on streams. */
    static final int STREAM_PING_PROTOCOL = 3;

    /** From this memberlist protocol on a helper sends nacks. */
    static final int NACK_PROTOCOL = 4;

    private Versions() {}

    /** Memberlist ignores an {@code alive} that fails this. */
    static boolean plausible(Bytes versions) {
        return versions.at(0) > 0 && versions.at(1) > 0 && versions.at(0) <= versions.at(1);
    }

    /**
     * Whether both sides' members can live in one cluster: each member's current version must lie in what all the living
     * understand. Empty when so, else memberlist's words.
     */
    static String mismatch(Collection<Row> known, List<NodeState> offered) {
        int[] range = {0, 255, 0, 255};
        known.stream().filter(row -> row.life == LifeState.ALIVE).forEach(row -> narrow(range, row.versions));
        offered.stream().filter(row -> row.state() == LifeState.ALIVE).forEach(row -> narrow(range, row.versions()));
        for (NodeState row : offered) {
            String problem = problem(row.name(), row.versions(), range);
            if (!problem.isEmpty()) {
                return problem;
            }
        }
        for (Row row : known) {
            String problem = problem(row.name, row.versions, range);
            if (!problem.isEmpty()) {
                return problem;
            }
        }
        return "";
    }

    private static void narrow(int[] range, Bytes versions) {
        range[0] = Math.max(range[0], versions.at(0));
        range[1] = Math.min(range[1], versions.at(1));
        range[2] = Math.max(range[2], versions.at(3));
        range[3] = Math.min(range[3], versions.at(4));
    }

    private static String problem(String name, Bytes versions, int[] range) {
        if (versions.at(2) < range[0] || versions.at(2) > range[1]) {
            return "Node '" + name + "' protocol version (" + versions.at(2) + ") is incompatible: [" + range[0] + ", "
                    + range[1] + "]";
        }
        if (versions.at(5) < range[2] || versions.at(5) > range[3]) {
            return "Node '" + name + "' delegate protocol version (" + versions.at(5) + ") is incompatible: ["
                    + range[2] + ", " + range[3] + "]";
        }
        return "";
    }
}
