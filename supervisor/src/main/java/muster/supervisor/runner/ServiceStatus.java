package muster.supervisor.runner;

import java.time.Instant;
import muster.supervisor.ExitStatus;
import muster.supervisor.Wanted;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one service at one moment.
 *
 * @param pid of its process, or of its finish command while {@link Phase#FINISHING}; 0 if there is none
 * @param group the process group that it leads; 0 if there is none
 * @param since when its process was started, or when the last one ended
 * @param readySince null while it is not ready. A service that is down is "ready" since its finish command has ended
 * @param lastExit how its last process ended, null before the first one has
 * @param paused it was sent STOP and no CONT yet
 * @param starts how often its process was started
 * @param reason a sentence when it failed or is not well, otherwise ""; for {@link Phase#WAITING} whom it waits for
 */
public record ServiceStatus(
        String name,
        Phase phase,
        long pid,
        long group,
        Instant since,
        @Nullable Instant readySince,
        @Nullable ExitStatus lastExit,
        Wanted wanted,
        boolean paused,
        long starts,
        String reason) {

    /** Where a service is. */
    public enum Phase {
        DOWN,
        /** Wanted up, and what it depends on is not ready yet. */
        WAITING,
        /** Its process runs and was not ready yet. */
        STARTING,
        READY,
        /** Its process runs, was ready, and is sick. */
        NOT_READY,
        DRAINING,
        STOPPING,
        /** Its process has ended; its finish command runs, or what it left behind is being ended. */
        FINISHING,
        /** About to be started: now, or when its wait is over. */
        BACKING_OFF,
        /** A oneshot that has succeeded. */
        DONE,
        FAILED;

        /** Whether the process of the service itself runs. */
        public boolean isUp() {
            return switch (this) {
                case STARTING, READY, NOT_READY, DRAINING, STOPPING -> true;
                case DOWN, WAITING, FINISHING, BACKING_OFF, DONE, FAILED -> false;
            };
        }
    }

    /** Starts after the first. */
    public long restarts() {
        return Math.max(0, starts - 1);
    }
}
