package muster.gossip;

import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.gossip.wire.Rejection;

/** How often each {@link Counter} and each {@link Rejection} came up. */
final class Counters {
    private final Map<Counter, Tally> counts = new EnumMap<>(Counter.class);
    private final Map<Rejection, Tally> rejections = new EnumMap<>(Rejection.class);

    private static final class Tally {
        long count;
    }

    void add(Counter counter) {
        counts.computeIfAbsent(counter, key -> new Tally()).count++;
    }

    void add(Rejection rejection) {
        rejections.computeIfAbsent(rejection, key -> new Tally()).count++;
    }

    long of(Counter counter) {
        Tally tally = counts.get(counter);
        return tally == null ? 0 : tally.count;
    }

    /** Those above zero, by label. */
    SortedMap<String, Long> all() {
        var all = new TreeMap<String, Long>();
        counts.forEach((counter, tally) -> all.put(counter.label(), tally.count));
        rejections.forEach((rejection, tally) -> all.put("rejected-" + Counter.label(rejection), tally.count));
        return all;
    }
}
