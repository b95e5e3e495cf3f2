package muster.gossip;

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

    /** Minimum, maximum, current: of memberlist, then of Serf. */
    private static final int PROTOCOLS_PER_PART = 3;

    private Versions() {}

    /**
     * Why a member of these versions cannot live in one cluster with us, in memberlist's words; empty when it can. Each must
     * understand what the other speaks.
     */
    static String mismatch(String name, Bytes versions) {
        if (versions.at(0) == 0) {
            return "Node '" + name + "' protocol versions " + versions + " are wrong: 0 is none";
        }
        for (int at : new int[] {0, PROTOCOLS_PER_PART}) {
            int theirs = versions.at(at + 2);
            int ours = OURS.at(at + 2);
            boolean understood = theirs >= OURS.at(at) && theirs <= OURS.at(at + 1);
            boolean understands = ours >= versions.at(at) && ours <= versions.at(at + 1);
            if (!understood || !understands) {
                return "Node '" + name + "' " + (at == 0 ? "" : "delegate ") + "protocol version (" + theirs
                        + ") is incompatible: [" + Math.max(OURS.at(at), versions.at(at)) + ", "
                        + Math.min(OURS.at(at + 1), versions.at(at + 1)) + "]";
            }
        }
        return "";
    }

    /** Why nothing of what a peer offers can be taken in: all that live there are strangers to us. Empty when some can. */
    static String mismatch(List<NodeState> offered) {
        String first = "";
        for (NodeState row : offered) {
            if (row.state() == LifeState.ALIVE) {
                String mismatch = mismatch(row.name(), row.versions());
                if (mismatch.isEmpty()) {
                    return "";
                }
                first = first.isEmpty() ? mismatch : first;
            }
        }
        return first;
    }
}
