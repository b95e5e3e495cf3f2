package muster.agent.handlers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muster.agent.event.ClusterEvent;
import muster.gossip.Member;

/**
 * Events that are held until none of their kind has come for a while, but not for more than three such whiles, and then
 * folded: of each member the latest, unless it is as it was told last, and of each user event that may be folded the
 * latest. So Serf does it, with a while of one second.
 */
final class Lull {
    static final long NOTHING_HELD = -1;

    private static final int WHILES_MAX = 3; // Serf's three seconds to one

    private final Held<Member> members;
    private final Held<ClusterEvent.User> users;
    private final Map<String, String> toldLast = new HashMap<>(); // by member, until it is reaped

    Lull(Duration quiet) {
        members = new Held<>(quiet.toNanos());
        users = new Held<>(quiet.toNanos());
    }

    /** False if it may not be folded: it is to be handed over at once. */
    boolean hold(ClusterEvent event, long nowNanos) {
        if (event instanceof ClusterEvent.Members it) {
            for (Member member : it.members()) {
                members.latest.put(member.name(), new One<>(it.type(), List.of(member)));
            }
            members.came(nowNanos);
            return true;
        }
        if (event instanceof ClusterEvent.User it && it.coalesce()) {
            users.latest.merge(it.name(), new One<>(it.type(), List.of(it)), Lull::later);
            users.came(nowNanos);
            return true;
        }
        return false;
    }

    /** Two at the same time are two. */
    private static One<ClusterEvent.User> later(One<ClusterEvent.User> before, One<ClusterEvent.User> now) {
        int order = Long.compareUnsigned(
                before.what().getFirst().time(), now.what().getFirst().time());
        if (order != 0) {
            return order < 0 ? now : before;
        }
        var both = new ArrayList<>(before.what());
        both.addAll(now.what());
        return new One<>(now.type(), both);
    }

    int size() {
        return members.latest.size() + users.latest.size();
    }

    /** Until something is to be released: zero for now, {@link #NOTHING_HELD} for nothing. */
    long remainingNanos(long nowNanos) {
        long first = members.remainingNanos(nowNanos);
        long second = users.remainingNanos(nowNanos);
        if (first == NOTHING_HELD || second == NOTHING_HELD) {
            return Math.max(first, second);
        }
        return Math.min(first, second);
    }

    /** What is due at this time; the rest stays. */
    List<ClusterEvent> release(long nowNanos) {
        var released = new ArrayList<ClusterEvent>();
        if (members.remainingNanos(nowNanos) == 0) {
            Map<String, List<Member>> byType = new LinkedHashMap<>();
            members.latest.forEach((name, one) -> {
                boolean news = !one.type().equals(toldLast.put(name, one.type()));
                if (news || one.type().equals("member-update")) {
                    byType.computeIfAbsent(one.type(), _ -> new ArrayList<>()).addAll(one.what());
                }
                if (one.type().equals("member-reap")) {
                    toldLast.remove(name);
                }
            });
            byType.forEach((type, some) -> released.add(new ClusterEvent.Members(type, some)));
            members.clear();
        }
        if (users.remainingNanos(nowNanos) == 0) {
            users.latest.values().forEach(one -> released.addAll(one.what()));
            users.clear();
        }
        return released;
    }

    /** All of it. */
    List<ClusterEvent> release() {
        members.dueNow();
        users.dueNow();
        return release(System.nanoTime());
    }

    private record One<T>(String type, List<T> what) {}

    /** One kind of them, by name in the order of their first coming. */
    private static final class Held<T> {
        final Map<String, One<T>> latest = new LinkedHashMap<>();
        private final long quietNanos;
        private long quietAtNanos;
        private long latestAtNanos;
        private boolean begun;
        private boolean dueNow;

        Held(long quietNanos) {
            this.quietNanos = quietNanos;
        }

        void came(long nowNanos) {
            if (!begun) {
                latestAtNanos = nowNanos + WHILES_MAX * quietNanos;
                begun = true;
            }
            quietAtNanos = nowNanos + quietNanos;
        }

        void dueNow() {
            dueNow = true;
        }

        void clear() {
            latest.clear();
            begun = false;
            dueNow = false;
        }

        long remainingNanos(long nowNanos) {
            if (!begun) {
                return NOTHING_HELD;
            }
            return dueNow ? 0 : Math.max(0, Math.min(quietAtNanos - nowNanos, latestAtNanos - nowNanos));
        }
    }
}
