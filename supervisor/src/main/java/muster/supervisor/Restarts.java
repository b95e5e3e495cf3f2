package muster.supervisor;

import java.time.Duration;
import java.util.List;

/**
 * What follows when a service's process ends by itself.
 *
 * @param policy whether it is started again
 * @param successStatuses exit statuses that are no failure; usually 0
 * @param backOffMin the shortest wait before a restart; doubles with each run that ends early
 * @param backOffMax the longest
 * @param jitter up to this fraction, 0 to 1, is added to each wait, so that many services do not start in step
 * @param resetAfter a run that lasted this long starts the back-off again at its minimum
 * @param crashesMax so many failures within {@code crashesWithin}, and it is given up; 0 for never
 */
public record Restarts(
        RestartPolicy policy,
        List<Integer> successStatuses,
        Duration backOffMin,
        Duration backOffMax,
        double jitter,
        Duration resetAfter,
        int crashesMax,
        Duration crashesWithin) {

    /** More would be remembered one by one for nothing. */
    public static final int CRASHES_MAX_LIMIT = 4_096;

    /** Always restarted: 100 ms doubling to 30 s, as new after 10 s up, never given up. */
    public static final Restarts DEFAULTS = new Restarts(
            RestartPolicy.ALWAYS,
            List.of(0),
            Duration.ofMillis(100),
            Duration.ofSeconds(30),
            0.1,
            Duration.ofSeconds(10),
            0,
            Duration.ofMinutes(5));

    public Restarts {
        successStatuses = List.copyOf(successStatuses);
        for (int status : successStatuses) {
            if (status < 0 || status > 255) {
                throw new IllegalArgumentException("success status " + status + " must be from 0 to 255");
            }
        }
        // Without a minimum a service that ends at once would be a busy loop.
        Checks.positive("back-off minimum", backOffMin);
        Checks.positive("back-off maximum", backOffMax);
        if (backOffMax.compareTo(backOffMin) < 0) {
            throw new IllegalArgumentException(
                    "back-off maximum " + backOffMax + " must not be shorter than the minimum " + backOffMin);
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("back-off jitter " + jitter + " must be from 0 to 1");
        }
        Checks.notNegative("back-off reset", resetAfter);
        if (crashesMax < 0 || crashesMax > CRASHES_MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "crash limit " + crashesMax + " must be from 0 (never give up) to " + CRASHES_MAX_LIMIT);
        }
        Checks.positive("crash window", crashesWithin);
    }

    public Restarts withPolicy(RestartPolicy other) {
        return new Restarts(
                other, successStatuses, backOffMin, backOffMax, jitter, resetAfter, crashesMax, crashesWithin);
    }

    public Restarts withSuccessStatuses(List<Integer> other) {
        return new Restarts(policy, other, backOffMin, backOffMax, jitter, resetAfter, crashesMax, crashesWithin);
    }

    public Restarts withBackOff(Duration min, Duration max) {
        return new Restarts(policy, successStatuses, min, max, jitter, resetAfter, crashesMax, crashesWithin);
    }

    public Restarts withCrashLimit(int crashes, Duration within) {
        return new Restarts(policy, successStatuses, backOffMin, backOffMax, jitter, resetAfter, crashes, within);
    }

    /** Whether this end is no failure. */
    public boolean isSuccess(ExitStatus status) {
        return status instanceof ExitStatus.Exited exited && successStatuses.contains(exited.status());
    }
}
