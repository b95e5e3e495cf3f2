package muster.gossip;

import java.util.SortedMap;
import muster.gossip.wire.Bytes;

/**
 * One member as this node sees it, at one moment. {@code suspect} is true while memberlist suspects a member whose
 * status is still {@link Status#ALIVE} (Serf does not show it; the balancer acts on it). {@code statusTime} is the
 * Lamport time of the last intent; {@code versions} the 6 bytes pmin pmax pcur dmin dmax dcur.
 */
public record Member(
        String name,
        Address address,
        SortedMap<String, String> tags,
        Status status,
        boolean suspect,
        long incarnation,
        long statusTime,
        Bytes versions) {

    /** A member's status in Serf's words ({@code serf members} prints them in lower case). */
    public enum Status {
        NONE,
        ALIVE,
        LEAVING,
        LEFT,
        FAILED;

        /** Serf's word for it. */
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
