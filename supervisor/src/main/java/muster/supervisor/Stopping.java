package muster.supervisor;

import java.time.Duration;
import java.util.List;

/**
 * How a service is stopped: no new work, then time to finish, then a signal to its process group, then KILL.
 *
 * @param signal sent to the process group, followed by CONT
 * @param timeout after the signal, before KILL
 * @param drainAtLeast a ready service goes on serving this long after {@code Draining} was reported, so that the news
 *     reaches those who send it requests; zero together with {@code drainAtMost} for no draining
 * @param drainAtMost after this it is stopped even with connections open
 * @param drainPorts the drain is over when nobody is connected to these; none: when {@code drainAtLeast} is over
 */
public record Stopping(
        Signal signal, Duration timeout, Duration drainAtLeast, Duration drainAtMost, List<Integer> drainPorts) {

    /** TERM, ten seconds, KILL; no draining. */
    public static final Stopping DEFAULTS =
            new Stopping(Signal.TERM, Duration.ofSeconds(10), Duration.ZERO, Duration.ZERO, List.of());

    public Stopping {
        Checks.notNegative("stop timeout", timeout);
        Checks.notNegative("drain minimum", drainAtLeast);
        Checks.notNegative("drain timeout", drainAtMost);
        if (drainAtMost.compareTo(drainAtLeast) < 0) {
            throw new IllegalArgumentException("drain timeout " + drainAtMost
                    + " must not be shorter than the time the news takes to spread, " + drainAtLeast);
        }
        drainPorts = List.copyOf(drainPorts);
    }

    public Stopping withSignal(Signal other) {
        return new Stopping(other, timeout, drainAtLeast, drainAtMost, drainPorts);
    }

    public Stopping withTimeout(Duration other) {
        return new Stopping(signal, other, drainAtLeast, drainAtMost, drainPorts);
    }

    public Stopping withDrain(Duration atLeast, Duration atMost, List<Integer> ports) {
        return new Stopping(signal, timeout, atLeast, atMost, ports);
    }

    boolean drains() {
        return !drainAtMost.isZero();
    }
}
