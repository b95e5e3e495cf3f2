package muster.gossip;

/** A logical clock: it never falls, and passes every time it has heard of. Starts at 1. */
final class LamportClock {
    /**
     * Times beyond this are hostile: honest clusters would need millions of years for them. The clock stops here instead of
     * wrapping, so that what we stamp is always what others of our kind accept.
     */
    static final long TIME_MAX = 1L << 62;

    private final World world;
    private long time = 1;

    LamportClock(World world) {
        this.world = world;
    }

    long time() {
        return time;
    }

    /** The present time, for a stamp; the clock moves on by one. */
    long stamp() {
        long stamped = time;
        time = Math.min(TIME_MAX, time + 1);
        return stamped;
    }

    /** Someone has reached {@code seen}. False, and counted, when that cannot be true. */
    boolean witness(long seen) {
        if (seen < 0 || seen > TIME_MAX) {
            world.count(Counter.LAMPORT_TIME_REFUSED);
            return false;
        }
        time = Math.max(time, Math.min(TIME_MAX, seen + 1));
        return true;
    }
}
