package muster.agent.run;

import java.time.Duration;

/**
 * How long the end of a program with services may take, whatever the reason for it.
 *
 * @param whole from the reason until nothing of it is left
 * @param forServices of it, until the services are down; a member keeps the rest for its leave
 */
public record StopBudget(Duration whole, Duration forServices) {
    /** A leave is sent at once, and then passed on. */
    private static final Duration LEAVE_MAX = Duration.ofMillis(1_500);

    private static final int LEAVE_PART = 5;

    /** What services left behind is told when all else is over. */
    private static final Duration REST_MAX = Duration.ofMillis(300);

    private static final int REST_PART = 20;

    /** The parts of this time; {@code member}: whether there is one that leaves. */
    public static StopBudget of(Duration whole, boolean member) {
        return new StopBudget(whole, member ? whole.minus(part(whole, LEAVE_PART, LEAVE_MAX)) : whole);
    }

    /** At least this is kept for what services left behind. */
    Duration forTheRest() {
        return part(whole, REST_PART, REST_MAX);
    }

    private static Duration part(Duration whole, int parts, Duration max) {
        Duration part = whole.dividedBy(parts);
        return part.compareTo(max) < 0 ? part : max;
    }
}
