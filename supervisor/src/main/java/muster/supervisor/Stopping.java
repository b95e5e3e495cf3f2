package muster.supervisor;

import java.time.Duration;
import java.util.List;

/**
 * How a service is stopped: no new work, then time to finish, then its signals, then KILL.
 *
 * @param signals sent one after the other, each followed by CONT; usually one
 * @param timeout after each signal, before the next and at last KILL; {@link #NEVER} waits as long as it takes
 * @param reach whom the signals reach
 * @param drainAtLeast a ready service goes on serving this long after {@code Draining} was reported, so that the news
 *     reaches those who send it requests; zero together with {@code drainAtMost} for no draining
 * @param drainAtMost after this it is stopped even with connections open
 * @param drainPorts the drain is over when nobody is connected to these; none: when {@code drainAtLeast} is over
 */
public record Stopping(
        List<Signal> signals,
        Duration timeout,
        Reach reach,
        Duration drainAtLeast,
        Duration drainAtMost,
        List<Integer> drainPorts) {

    /** No KILL: so long that it makes no difference. */
    public static final Duration NEVER = Checks.LONGEST;

    /** More steps than anybody needs; each has its own time-out. */
    public static final int SIGNALS_MAX = 8;

    /** TERM to the group, ten seconds, KILL; no draining. */
    public static final Stopping DEFAULTS = new Stopping(
            List.of(Signal.TERM), Duration.ofSeconds(10), Reach.GROUP, Duration.ZERO, Duration.ZERO, List.of());

    public Stopping {
        signals = List.copyOf(signals);
        if (signals.isEmpty() || signals.size() > SIGNALS_MAX) {
            throw new IllegalArgumentException("stop signals " + signals + " must be from 1 to " + SIGNALS_MAX);
        }
        Checks.notNegative("stop timeout", timeout);
        Checks.notNegative("drain minimum", drainAtLeast);
        Checks.notNegative("drain timeout", drainAtMost);
        if (drainAtMost.compareTo(drainAtLeast) < 0) {
            throw new IllegalArgumentException("drain timeout " + drainAtMost
                    + " must not be shorter than the time the news takes to spread, " + drainAtLeast);
        }
        drainPorts = List.copyOf(drainPorts);
    }

    public Stopping withSignals(List<Signal> other) {
        return new Stopping(other, timeout, reach, drainAtLeast, drainAtMost, drainPorts);
    }

    public Stopping withTimeout(Duration other) {
        return new Stopping(signals, other, reach, drainAtLeast, drainAtMost, drainPorts);
    }

    public Stopping withReach(Reach other) {
        return new Stopping(signals, timeout, other, drainAtLeast, drainAtMost, drainPorts);
    }

    public Stopping withDrain(Duration atLeast, Duration atMost, List<Integer> ports) {
        return new Stopping(signals, timeout, reach, atLeast, atMost, ports);
    }

    boolean drains() {
        return !drainAtMost.isZero();
    }
}
