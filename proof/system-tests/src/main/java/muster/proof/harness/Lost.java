package muster.proof.harness;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import muster.proof.harness.OpenLoopClient.Style;

/**
 * Requests that a fault may cost, since nobody can bring them back: those of some styles that were under way while it lasted. A wrong
 * answer is none of them.
 *
 * @param fromNanos its begin, {@link System#nanoTime}
 * @param toNanos its end
 */
public record Lost(Set<Style> styles, long fromNanos, long toNanos) {
    /** Whoever sends requests to a process hears of its end a moment later, and may send one more on a connection of before. */
    private static final Duration HEARD_WITHIN = Duration.ofSeconds(1);

    /** Whatever they were. */
    public static Lost ofAny(long fromNanos, long toNanos) {
        return new Lost(EnumSet.allOf(Style.class), fromNanos, toNanos);
    }

    /** Kills somebody who answers requests: those that may have done something there already must not be sent again. */
    public static Lost posts(Runnable kill) {
        long fromNanos = System.nanoTime();
        kill.run();
        return new Lost(Set.of(Style.POST), fromNanos, System.nanoTime() + HEARD_WITHIN.toNanos());
    }

    boolean covers(Style style, Report.Request request) {
        return styles.contains(style)
                && request.endNanos() - fromNanos >= 0
                && request.dueNanos() - toNanos <= 0
                && !request.problem().startsWith(OpenLoopClient.WRONG_ANSWER);
    }
}
