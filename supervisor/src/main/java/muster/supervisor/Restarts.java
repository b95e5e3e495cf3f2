package muster.supervisor;

import java.time.Duration;
import java.util.List;

/**
 * What follows when a service's process ends by itself.
 *
 * @param policy whether it is started again
 * @param successStatuses exit statuses that are no failure; usually 0
 * @param pace when
 * @param crashesMax so many failures within {@code crashesWithin}, and it is given up; 0 for never
 */
public record Restarts(
        RestartPolicy policy, List<Integer> successStatuses, Pace pace, int crashesMax, Duration crashesWithin) {

    /** More would be remembered one by one for nothing. */
    public static final int CRASHES_MAX_LIMIT = 4_096;

    /** Always restarted: 100 ms doubling to 30 s, as new after 10 s up, never given up. */
    public static final Restarts DEFAULTS =
            new Restarts(RestartPolicy.ALWAYS, List.of(0), Pace.DEFAULT, 0, Duration.ofMinutes(5));

    public Restarts {
        successStatuses = List.copyOf(successStatuses);
        for (int status : successStatuses) {
            if (status < 0 || status > 255) {
                throw new IllegalArgumentException("success status " + status + " must be from 0 to 255");
            }
        }
        if (crashesMax < 0 || crashesMax > CRASHES_MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "crash limit " + crashesMax + " must be from 0 (never give up) to " + CRASHES_MAX_LIMIT);
        }
        Checks.positive("crash window", crashesWithin);
    }

    public Restarts withPolicy(RestartPolicy other) {
        return new Restarts(other, successStatuses, pace, crashesMax, crashesWithin);
    }

    public Restarts withSuccessStatuses(List<Integer> other) {
        return new Restarts(policy, other, pace, crashesMax, crashesWithin);
    }

    public Restarts withPace(Pace other) {
        return new Restarts(policy, successStatuses, other, crashesMax, crashesWithin);
    }

    public Restarts withCrashLimit(int crashes, Duration within) {
        return new Restarts(policy, successStatuses, pace, crashes, within);
    }

    /** Whether this end is no failure. */
    public boolean isSuccess(ExitStatus status) {
        return status instanceof ExitStatus.Exited exited && successStatuses.contains(exited.status());
    }
}
