package muster.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/** Rates per second out of counters that only grow, over a sliding window. Used by one thread. */
final class Tempo {
    private record Reading(long nanos, Map<String, Long> totals) {}

    private final long windowNanos;
    private final Deque<Reading> readings = new ArrayDeque<>();

    Tempo(long windowNanos) {
        this.windowNanos = windowNanos;
    }

    /** Takes a reading and returns what each counter grew per second over the window, or over less at the beginning. */
    Map<String, Long> perSecond(long nowNanos, Map<String, Long> totals) {
        readings.addLast(new Reading(nowNanos, Map.copyOf(totals)));
        // Keep one reading at or beyond the edge, so that the window is full.
        while (readings.size() > 2 && nowNanos - second().nanos() >= windowNanos) {
            readings.removeFirst();
        }
        Reading oldest = readings.getFirst();
        Map<String, Long> rates = new TreeMap<>();
        long elapsed = nowNanos - oldest.nanos();
        totals.forEach((name, total) -> {
            long grown = total - oldest.totals().getOrDefault(name, 0L);
            rates.put(name, elapsed <= 0 ? 0 : Math.round(grown * 1e9 / elapsed));
        });
        return rates;
    }

    private Reading second() {
        var iterator = readings.iterator();
        iterator.next();
        return iterator.next();
    }
}
