package muster.templating.target;

import java.time.Duration;

/**
 * When to render: at once after a change, then not before the quiet period is over, once for all changes meanwhile. After
 * a failure also without a change, in growing steps. A file that is there is not replaced by one without backends before
 * some time has passed: an agent that has just started, or lost its network, knows nobody.
 *
 * <p>Pure. Times are {@code System.nanoTime()}-like. Threads: one at a time.
 */
public final class Pace {
    private static final long RETRY_FIRST_NANOS = 1_000_000_000L;

    /** A check that fails for want of a program should not fill a log. */
    private static final long RETRY_MOST_NANOS = 60_000_000_000L;

    private final long quietNanos;
    private final long holdNanos;
    private boolean changed;
    private boolean empty;
    private boolean holding;
    private boolean ended;
    private int failures;
    private long endedNanos;
    private long emptySinceNanos;

    public Pace(Duration quiet, Duration hold) {
        this.quietNanos = quiet.toNanos();
        this.holdNanos = hold.toNanos();
    }

    /** Something is different, or may be. */
    public void changed() {
        changed = true;
    }

    /**
     * What was to be rendered has no backend, and the file is there: it is not to be replaced yet.
     *
     * @return whether to go on all the same, because that has been so for long enough
     */
    public boolean emptyLongEnough(long nowNanos) {
        if (!empty) {
            empty = true;
            emptySinceNanos = nowNanos;
        }
        holding = nowNanos - emptySinceNanos < holdNanos;
        return !holding;
    }

    /** There is a backend. */
    public void notEmpty() {
        empty = false;
        holding = false;
    }

    /** What there is turned out to be what is wanted, or to stay for now: nothing is due before something changes, or may be replaced. */
    public void settled() {
        changed = false;
        failures = 0;
    }

    /** A rendering begins: what changes from now on needs another one. */
    public void begun() {
        changed = false;
    }

    /** It is over. */
    public void ended(long nowNanos, boolean failed) {
        ended = true;
        endedNanos = nowNanos;
        failures = failed ? Math.min(failures + 1, 30) : 0;
    }

    /** Nanoseconds until a rendering is due: 0 for now, {@link Long#MAX_VALUE} for not until something changes. */
    public long dueInNanos(long nowNanos) {
        long due = Long.MAX_VALUE;
        if (changed) {
            due = ended ? Math.max(0, endedNanos + quietNanos - nowNanos) : 0;
        }
        if (failures > 0) {
            long step = Math.min(RETRY_MOST_NANOS, RETRY_FIRST_NANOS << Math.min(failures - 1, 20));
            due = Math.min(due, Math.max(0, endedNanos + step - nowNanos));
        }
        if (holding) {
            due = Math.min(due, Math.max(0, emptySinceNanos + holdNanos - nowNanos));
        }
        return due;
    }
}
