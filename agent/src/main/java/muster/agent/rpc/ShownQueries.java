package muster.agent.rpc;

import java.util.LinkedHashMap;
import java.util.Map;
import muster.agent.event.ClusterEvent;

/** The queries that one client was shown and may answer: no others, and only as long as the asker waits. Safe for use by any thread. */
final class ShownQueries {
    /** As many as the core keeps open. */
    private static final int MAX = 1_024;

    private final Map<Long, Long> untilNanos = new LinkedHashMap<>(); // guarded by this; by number

    synchronized void add(ClusterEvent.Query query, long nowNanos) {
        untilNanos.values().removeIf(until -> until - nowNanos < 0);
        if (untilNanos.size() >= MAX) {
            untilNanos.remove(untilNanos.keySet().iterator().next());
        }
        untilNanos.put(query.number(), nowNanos + query.timeout().toNanos());
    }

    synchronized boolean isOpen(long number, long nowNanos) {
        Long until = untilNanos.get(number);
        return until != null && until - nowNanos >= 0;
    }
}
