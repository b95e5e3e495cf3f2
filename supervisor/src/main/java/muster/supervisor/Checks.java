package muster.supervisor;

import java.time.Duration;

/** What several settings ask of their values. */
final class Checks {
    /** Longer and the arithmetic on nanoseconds would no longer be obviously safe. */
    static final Duration LONGEST = Duration.ofDays(365);

    private Checks() {}

    static void notNegative(String what, Duration value) {
        if (value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(what + " " + value + " must be from 0 to " + LONGEST.toDays() + " days");
        }
    }

    static void positive(String what, Duration value) {
        notNegative(what, value);
        if (value.isZero()) {
            throw new IllegalArgumentException(what + " " + value + " must be longer than nothing");
        }
    }
}
