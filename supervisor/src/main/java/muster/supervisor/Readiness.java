package muster.supervisor;

import java.time.Duration;
import java.util.List;

/**
 * When a started service counts as ready, and whether it stays so.
 *
 * @param probes all must pass; none means ready as soon as it runs and {@code delay} is over
 * @param delay it is not asked, and not ready, before this has passed since its start
 * @param timeout not ready within this: it is stopped, and that counts as a crash. Zero waits for ever
 * @param probeTimeout one answer may take this long
 * @param recheckEvery a ready service with an {@link Probe.Http} probe is asked again this often; zero for never
 * @param failuresMax this many failed answers in a row, and it is not ready until the next good one. It is not restarted
 *     for that: an overloaded service would only be hit harder
 */
public record Readiness(
        List<Probe> probes,
        Duration delay,
        Duration timeout,
        Duration probeTimeout,
        Duration recheckEvery,
        int failuresMax) {

    /** Ready when it runs. */
    public static final Readiness NONE =
            new Readiness(List.of(), Duration.ZERO, Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(1), 3);

    public Readiness {
        probes = List.copyOf(probes);
        Checks.notNegative("ready delay", delay);
        Checks.notNegative("ready timeout", timeout);
        Checks.positive("probe timeout", probeTimeout);
        Checks.notNegative("recheck interval", recheckEvery);
        if (failuresMax < 1) {
            throw new IllegalArgumentException("failures before not ready " + failuresMax + " must be at least 1");
        }
        if (!timeout.isZero() && timeout.compareTo(delay) <= 0) {
            throw new IllegalArgumentException(
                    "ready timeout " + timeout + " must be longer than the ready delay " + delay);
        }
    }

    /** Asked until all pass, within a minute; one second for an answer; HTTP asked again each second, out after three. */
    public static Readiness when(List<Probe> probes) {
        return new Readiness(
                probes, Duration.ZERO, Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(1), 3);
    }

    public Readiness withTimeout(Duration other) {
        return new Readiness(probes, delay, other, probeTimeout, recheckEvery, failuresMax);
    }

    public Readiness withDelay(Duration other) {
        return new Readiness(probes, other, timeout, probeTimeout, recheckEvery, failuresMax);
    }

    public Readiness withRecheck(Duration every, int failures) {
        return new Readiness(probes, delay, timeout, probeTimeout, every, failures);
    }

    /** What is asked of a service that is ready. */
    public List<Probe> rechecked() {
        return recheckEvery.isZero()
                ? List.of()
                : probes.stream().filter(Probe.Http.class::isInstance).toList();
    }
}
