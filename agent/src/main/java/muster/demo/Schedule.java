package muster.demo;

/**
 * When an open-loop load sends: request n at a fixed time, whether or not earlier ones were answered. Latency counts from that
 * time, so a stall shows up in every request that it delayed.
 *
 * @param startNanos time of request 0
 * @param perSecond at least 1
 */
record Schedule(long startNanos, int perSecond) {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    long intendedNanos(long n) {
        // Whole seconds apart from the rest: n times 10⁹ would overflow after 9.2 · 10⁹ requests.
        return startNanos + n / perSecond * NANOS_PER_SECOND + n % perSecond * NANOS_PER_SECOND / perSecond;
    }

    /** How many requests are to be out by {@code nowNanos}: numbers 0 up to this, exclusively. */
    long dueBy(long nowNanos) {
        long elapsed = nowNanos - startNanos;
        if (elapsed < 0) {
            return 0;
        }
        long wholeSeconds = elapsed / NANOS_PER_SECOND;
        long rest = elapsed % NANOS_PER_SECOND;
        return wholeSeconds * perSecond + rest * perSecond / NANOS_PER_SECOND + 1;
    }
}
