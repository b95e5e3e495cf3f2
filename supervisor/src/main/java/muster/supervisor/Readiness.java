package muster.supervisor;

import java.time.Duration;
import java.util.List;

/**
 * When a started service counts as ready: it said so, then the delay is over, then all probes pass. A oneshot is ready
 * when it is done, and only the time-out counts for it.
 *
 * @param notification how it says so itself
 * @param descriptor for {@link Notification#DESCRIPTOR}: the number that it has the descriptor under, from 3 to
 *     {@link #DESCRIPTOR_MAX}; otherwise 0
 * @param probes all must pass; none means ready when the rest is so
 * @param delay it is not asked, and not ready, before this has passed since its start
 * @param timeout not ready within this: it is stopped, and that counts as a crash. Zero waits for ever
 * @param probeTimeout one answer may take this long
 */
public record Readiness(
        Notification notification,
        int descriptor,
        List<Probe> probes,
        Duration delay,
        Duration timeout,
        Duration probeTimeout) {

    /** Descriptors of our own begin above it. */
    public static final int DESCRIPTOR_MAX = 99;

    /** Ready when it runs. */
    public static final Readiness NONE =
            new Readiness(Notification.NONE, 0, List.of(), Duration.ZERO, Duration.ZERO, Duration.ofSeconds(1));

    public Readiness {
        probes = List.copyOf(probes);
        if (notification == Notification.DESCRIPTOR ? descriptor < 3 || descriptor > DESCRIPTOR_MAX : descriptor != 0) {
            throw new IllegalArgumentException("notification descriptor " + descriptor + " must be from 3 to "
                    + DESCRIPTOR_MAX + ", and is for notification by descriptor only");
        }
        Checks.notNegative("ready delay", delay);
        Checks.notNegative("ready timeout", timeout);
        Checks.positive("probe timeout", probeTimeout);
        if (!timeout.isZero() && timeout.compareTo(delay) <= 0) {
            throw new IllegalArgumentException(
                    "ready timeout " + timeout + " must be longer than the ready delay " + delay);
        }
    }

    /** Asked until all pass, within a minute; one second for an answer. */
    public static Readiness when(List<Probe> probes) {
        return new Readiness(Notification.NONE, 0, probes, Duration.ZERO, Duration.ofMinutes(1), Duration.ofSeconds(1));
    }

    /** A newline on this descriptor; waited for as long as it takes. */
    public static Readiness onDescriptor(int descriptor) {
        return new Readiness(
                Notification.DESCRIPTOR, descriptor, List.of(), Duration.ZERO, Duration.ZERO, Duration.ofSeconds(1));
    }

    /** {@code READY=1} within a minute. */
    public static Readiness onSystemdNotification() {
        return new Readiness(
                Notification.SYSTEMD, 0, List.of(), Duration.ZERO, Duration.ofMinutes(1), Duration.ofSeconds(1));
    }

    public Readiness withTimeout(Duration other) {
        return new Readiness(notification, descriptor, probes, delay, other, probeTimeout);
    }

    public Readiness withDelay(Duration other) {
        return new Readiness(notification, descriptor, probes, other, timeout, probeTimeout);
    }
}
