package muster.balancing;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What outlives the versions of a pool: its place in the rotation, its counters, and the pulse of its backends. */
final class PoolLife {
    private final AtomicInteger pulse = new AtomicInteger();
    private final AtomicLong turn = new AtomicLong();
    final LongAdder panicPicks = new LongAdder();
    final LongAdder emptyPicks = new LongAdder();

    /** A backend's state or weight changed: what pickers prepared is stale. */
    void beat() {
        pulse.incrementAndGet();
    }

    int pulse() {
        return pulse.get();
    }

    /** The next turn in the rotation, 0 or more. */
    long nextTurn() {
        return turn.getAndIncrement() & Long.MAX_VALUE;
    }
}
