package muster.agent.run;

import java.time.Duration;
import java.util.List;
import muster.supervisor.Stopping;

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

    /** KILL comes so long before the end of the services' time. */
    private static final Duration BEFORE_KILL = Duration.ofSeconds(1);

    private static final Duration MAX = Duration.ofDays(1);

    /** The parts of this time; {@code member}: whether there is one that leaves. */
    public static StopBudget of(Duration whole, boolean member) {
        return new StopBudget(whole, member ? whole.minus(part(whole, LEAVE_PART, LEAVE_MAX)) : whole);
    }

    /** So long that it cuts none of these short, if they end one after the other; a day at most. */
    public static StopBudget forAll(List<Plan> plans, boolean member) {
        Duration all = Duration.ZERO;
        for (Plan plan : plans) {
            Stopping stopping = plan.service().stopping();
            Duration finish = plan.service().finish().timeout();
            all = all.plus(shorter(stopping.drainAtMost(), MAX))
                    .plus(shorter(stopping.timeout(), MAX)
                            .multipliedBy(stopping.signals().size()))
                    .plus(finish.isZero() ? MAX : finish); // zero is for ever
        }
        // Who drains, or waits for its turn, gets the stop signal when a third of what is before KILL is left.
        Duration forServices = shorter(all.multipliedBy(3).dividedBy(2).plus(BEFORE_KILL), MAX);
        return new StopBudget(member ? forServices.plus(LEAVE_MAX) : forServices, forServices);
    }

    /** At least this is kept for what services left behind. */
    Duration forTheRest() {
        return part(whole, REST_PART, REST_MAX);
    }

    private static Duration part(Duration whole, int parts, Duration max) {
        return shorter(whole.dividedBy(parts), max);
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
