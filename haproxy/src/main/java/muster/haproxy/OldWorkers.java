package muster.haproxy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Which of the workers that finish what they had are to end: they are too many, or were replaced too long ago. What HAProxy
 * says of their age does not tell, since it begins with their start, and one may have served for days before. Pure; times are
 * {@code System.nanoTime()}-like. Threads: one at a time.
 */
final class OldWorkers {
    /** Each holds memory and a descriptor for each connection. Then the oldest ends. */
    private static final int MOST = 8;

    private final long longestNanos;
    private final Map<Long, Long> sinceNanos = new HashMap<>(); // by pid, when it was first seen among the old ones

    /** @param longest a connection that lasts so long after its worker was replaced is cut */
    OldWorkers(Duration longest) {
        this.longestNanos = longest.toNanos();
    }

    /** A worker, and how long ago it was replaced. */
    record Replaced(long pid, long secondsAgo) {}

    /** Those that are to end, of these, which are all that there are, the newest first. */
    List<Replaced> overdue(List<Long> old, long nowNanos) {
        var overdue = new ArrayList<Replaced>();
        var pids = new HashSet<Long>();
        for (long pid : old) {
            long nanos = nowNanos - sinceNanos.computeIfAbsent(pid, _ -> nowNanos);
            if (pids.size() >= MOST || nanos > longestNanos) {
                overdue.add(new Replaced(pid, nanos / 1_000_000_000));
            }
            pids.add(pid);
        }
        sinceNanos.keySet().retainAll(pids); // the number may be another's one day
        return overdue;
    }
}
