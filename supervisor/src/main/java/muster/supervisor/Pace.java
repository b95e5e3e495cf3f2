package muster.supervisor;

import java.time.Duration;

/** How long a service waits before it is started again. */
public sealed interface Pace {
    /** 100 ms doubling to 30 s, as new after 10 s up. */
    Pace DEFAULT = new BackOff(Duration.ofMillis(100), Duration.ofSeconds(30), 0.1, Duration.ofSeconds(10));

    /** The rule of s6 before 2.11.2: at most one start a second; ten seconds when it could not be started. */
    Pace S6 = new SinceStart(Duration.ofSeconds(1), Duration.ofSeconds(10));

    /**
     * Grows while runs are short.
     *
     * @param min the shortest wait; doubles with each run that ends early
     * @param max the longest
     * @param jitter up to this fraction, 0 to 1, is added to each wait, so that many services do not start in step
     * @param resetAfter a run that lasted this long, and a second, is followed by the next at once; the waits begin at the minimum again
     */
    record BackOff(Duration min, Duration max, double jitter, Duration resetAfter) implements Pace {
        public BackOff {
            // Without a minimum a service that ends at once would be a busy loop.
            Checks.positive("back-off minimum", min);
            Checks.positive("back-off maximum", max);
            if (max.compareTo(min) < 0) {
                throw new IllegalArgumentException(
                        "back-off maximum " + max + " must not be shorter than the minimum " + min);
            }
            if (!(jitter >= 0 && jitter <= 1)) {
                throw new IllegalArgumentException("back-off jitter " + jitter + " must be from 0 to 1");
            }
            Checks.notNegative("back-off reset", resetAfter);
        }
    }

    /**
     * A steady rhythm: a run that lasted longer is followed by the next at once.
     *
     * @param apart not before the last start and this
     * @param afterNoStart the wait when it could not be started
     */
    record SinceStart(Duration apart, Duration afterNoStart) implements Pace {
        public SinceStart {
            Checks.positive("time between starts", apart);
            Checks.positive("wait after a failed start", afterNoStart);
        }
    }
}
