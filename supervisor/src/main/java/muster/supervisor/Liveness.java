package muster.supervisor;

import java.time.Duration;
import java.util.List;

/**
 * Whether a service that is ready stays so.
 *
 * @param probes all must pass; none: it is not asked
 * @param every how often it is asked
 * @param probeTimeout one answer may take this long
 * @param failuresMax so many failed answers in a row are too many
 * @param action what then follows
 */
public record Liveness(List<Probe> probes, Duration every, Duration probeTimeout, int failuresMax, Action action) {
    /** What follows when a service is sick. */
    public enum Action {
        /** Not ready until the next good answer. Not restarted: an overloaded service would only be hit harder. */
        WITHDRAW,
        /** Stopped and started again, which counts as a crash. */
        RESTART,
        /** It is told, and that is all. */
        NOTHING
    }

    /** Not asked. */
    public static final Liveness NONE = withdrawing(List.of());

    public Liveness {
        probes = List.copyOf(probes);
        Checks.positive("liveness interval", every);
        Checks.positive("probe timeout", probeTimeout);
        if (failuresMax < 1) {
            throw new IllegalArgumentException("failures in a row " + failuresMax + " must be at least 1");
        }
    }

    /** Asked each second, withdrawn after three failures. */
    public static Liveness withdrawing(List<Probe> probes) {
        return new Liveness(probes, Duration.ofSeconds(1), Duration.ofSeconds(1), 3, Action.WITHDRAW);
    }

    public Liveness withEvery(Duration other) {
        return new Liveness(probes, other, probeTimeout, failuresMax, action);
    }
}
