package muster.balancing;

import java.time.Duration;

/**
 * How a balancer weighs its own evidence. An instance is always valid.
 *
 * @param ejectionMin the first ejection lasts this long (1 s); each one that follows soon is twice as long
 * @param ejectionMax and at most this long (30 s); a backend that stays in for this long starts at the minimum again
 * @param failuresInARow resets, time-outs and bad responses, without a good response between them, that eject (3). A
 *     refused or timed-out connection and a failed check eject at once, whatever this says
 * @param serverErrorsInARow responses of 500 and above in a row that eject; 0, the default, for never: an application's
 *     errors are usually the same on all backends, and ejecting one of them helps nobody
 * @param joinNeedsCheck a new backend with a check path gets no request before its first check passed (false: a node
 *     announces a service when it is ready, so the announcement is the first check)
 */
public record BalancingSettings(
        Duration ejectionMin,
        Duration ejectionMax,
        int failuresInARow,
        int serverErrorsInARow,
        boolean joinNeedsCheck) {

    /** Longer and the arithmetic on nanoseconds would no longer be obviously safe. */
    private static final Duration EJECTION_LIMIT = Duration.ofDays(1);

    public static final BalancingSettings DEFAULTS =
            new BalancingSettings(Duration.ofSeconds(1), Duration.ofSeconds(30), 3, 0, false);

    public BalancingSettings {
        if (ejectionMin.isNegative() || ejectionMin.isZero()) {
            throw new IllegalArgumentException("ejection minimum " + ejectionMin + " must be longer than nothing");
        }
        if (ejectionMax.compareTo(ejectionMin) < 0 || ejectionMax.compareTo(EJECTION_LIMIT) > 0) {
            throw new IllegalArgumentException("ejection maximum " + ejectionMax + " must be between the minimum "
                    + ejectionMin + " and " + EJECTION_LIMIT);
        }
        if (failuresInARow < 1) {
            throw new IllegalArgumentException("failures in a row " + failuresInARow + " must be at least 1");
        }
        if (serverErrorsInARow < 0) {
            throw new IllegalArgumentException(
                    "server errors in a row " + serverErrorsInARow + " must be 0 (never eject) or more");
        }
    }

    /** How long the ejection after {@code step} recent ones lasts. */
    long ejectionNanos(int step) {
        long min = ejectionMin.toNanos();
        long max = ejectionMax.toNanos();
        return step >= Long.numberOfLeadingZeros(min) - 1 ? max : Math.min(max, min << step);
    }
}
