package muster.supervisor;

import java.time.Duration;
import java.util.List;

/**
 * What runs after each end of a service's process, also at shutdown; the next start waits for it.
 *
 * <p>Four arguments are added to the command, as in s6 since 2.13: the exit status, or 256 if a signal ended it; the
 * signal, or 0; the name of the service; the process group that has ended. When it exits with {@link #PERMANENT} the
 * service has failed for good.
 *
 * @param command none for nothing
 * @param timeout then its group is killed; zero for never
 */
public record Finish(List<String> command, Duration timeout) {
    /** The exit status that says: do not start the service again. */
    public static final int PERMANENT = 125;

    public static final Finish NONE = new Finish(List.of(), Duration.ofSeconds(5));

    public Finish {
        command = List.copyOf(command);
        Checks.notNegative("finish timeout", timeout);
    }

    /** With s6's five seconds. */
    public static Finish by(List<String> command) {
        return new Finish(command, Duration.ofSeconds(5));
    }

    public Finish withTimeout(Duration other) {
        return new Finish(command, other);
    }

    boolean isNothing() {
        return command.isEmpty();
    }
}
