package muster.proxy;

import java.util.concurrent.atomic.AtomicLongArray;

/** The counters of one event loop: written by its thread only, read by any. */
@SuppressWarnings("EnumOrdinal") // An index into an array of this process; nothing is stored by it.
final class Tally {
    private static final int COUNT = Counter.values().length;

    private final AtomicLongArray values = new AtomicLongArray(COUNT);

    void add(Counter counter) {
        add(counter, 1);
    }

    void add(Counter counter, long amount) {
        int i = counter.ordinal();
        // One writer: no atomic addition needed, only that readers see whole and growing values.
        values.setRelease(i, values.getPlain(i) + amount);
    }

    void answered(int status) {
        switch (status / 100) {
            case 1 -> add(Counter.RESPONSES_1XX);
            case 2 -> add(Counter.RESPONSES_2XX);
            case 3 -> add(Counter.RESPONSES_3XX);
            case 4 -> add(Counter.RESPONSES_4XX);
            default -> add(Counter.RESPONSES_5XX);
        }
    }

    long read(Counter counter) {
        return values.getAcquire(counter.ordinal());
    }
}
