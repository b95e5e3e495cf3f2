package muster.agent.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import muster.agent.configuration.Durations;
import muster.supervisor.Kind;
import muster.supervisor.Readiness;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Wanted;
import muster.supervisor.runner.ServiceStatus;
import muster.supervisor.runner.Supervisor;
import org.jspecify.annotations.Nullable;

/** What {@code -wait} waits for after up, down, restart or once: what was asked for, or that it will not come. */
record SvcAim(String verb, Map<String, Asked> asked) {
    static final Set<String> VERBS = Set.of("up", "down", "restart", "once");

    /** A service that has no readiness check must stay up for this long: one that cannot run ends sooner. */
    static final Duration STAYS_UP = Duration.ofSeconds(1);

    /**
     * A service at the moment in which it was asked.
     *
     * @param firstRun which of its starts is the first that counts
     * @param checked it says itself when it is ready, or is asked; else it is "ready" as soon as it runs
     */
    private record Asked(long firstRun, boolean checked) {}

    /** How far one service is. */
    enum Progress {
        NOT_YET,
        /** It runs, has no readiness check, and may end soon. */
        BEGUN,
        REACHED,
        /** It will not come by itself. */
        GIVEN_UP
    }

    static SvcAim of(String verb, List<ServiceStatus> services, Supervisor supervisor) {
        var asked = new TreeMap<String, Asked>();
        for (ServiceStatus status : services) {
            ServiceSpec spec = supervisor.service(status.name());
            boolean checked = spec == null
                    || spec.kind() == Kind.ONESHOT
                    || !spec.readiness().equals(Readiness.NONE);
            boolean thisRun = !verb.equals("restart") && goesOn(status.phase());
            asked.put(status.name(), new Asked(status.starts() + (thisRun ? 0 : 1), checked));
        }
        return new SvcAim(verb, asked);
    }

    /** Its process runs, and nobody stops it. */
    private static boolean goesOn(ServiceStatus.Phase phase) {
        return switch (phase) {
            case STARTING, READY, NOT_READY, DRAINING -> true;
            case DOWN, WAITING, STOPPING, FINISHING, BACKING_OFF, DONE, FAILED -> false;
        };
    }

    /** {@code status}: null when it was removed meanwhile. */
    Progress progress(String name, @Nullable ServiceStatus status) {
        if (status == null) {
            return verb.equals("down") ? Progress.REACHED : Progress.GIVEN_UP;
        }
        return switch (verb) {
            case "down" -> down(status);
            case "once" -> over(name, status);
            default -> asked(name).checked() ? ready(name, status) : up(name, status);
        };
    }

    private Asked asked(String name) {
        return asked.getOrDefault(name, new Asked(0, true));
    }

    private static Progress down(ServiceStatus status) {
        return switch (status.phase()) {
            case DOWN, FAILED -> Progress.REACHED;
            // Somebody else has said that it shall be up.
            case READY, NOT_READY, STARTING, WAITING, BACKING_OFF, DONE ->
                status.wanted() == Wanted.DOWN ? Progress.NOT_YET : Progress.GIVEN_UP;
            case DRAINING, STOPPING, FINISHING -> Progress.NOT_YET;
        };
    }

    private Progress over(String name, ServiceStatus status) {
        return switch (status.phase()) {
            case DOWN, DONE, FAILED -> hasBegun(name, status) ? Progress.REACHED : Progress.GIVEN_UP;
            case READY, NOT_READY, STARTING, WAITING, BACKING_OFF, DRAINING, STOPPING, FINISHING -> Progress.NOT_YET;
        };
    }

    private Progress ready(String name, ServiceStatus status) {
        return switch (status.phase()) {
            case READY, DONE -> hasBegun(name, status) ? Progress.REACHED : Progress.NOT_YET;
            case DOWN, FAILED -> Progress.GIVEN_UP;
            case STARTING, NOT_READY, WAITING, BACKING_OFF, DRAINING, STOPPING, FINISHING -> Progress.NOT_YET;
        };
    }

    /** Of one that nobody can ask: it has ended when it is not in the run that was asked for. */
    private Progress up(String name, ServiceStatus status) {
        return switch (status.phase()) {
            case READY -> {
                if (hasEnded(name, status)) {
                    yield Progress.GIVEN_UP;
                }
                if (!hasBegun(name, status)) {
                    yield Progress.NOT_YET;
                }
                yield stillToStayUp(status).isZero() ? Progress.REACHED : Progress.BEGUN;
            }
            case FINISHING, BACKING_OFF -> hasBegun(name, status) ? Progress.GIVEN_UP : Progress.NOT_YET;
            case DOWN, FAILED, DONE -> Progress.GIVEN_UP;
            case STARTING, NOT_READY, WAITING, DRAINING, STOPPING ->
                hasEnded(name, status) ? Progress.GIVEN_UP : Progress.NOT_YET;
        };
    }

    private boolean hasBegun(String name, ServiceStatus status) {
        return status.starts() >= asked(name).firstRun();
    }

    private boolean hasEnded(String name, ServiceStatus status) {
        return status.starts() > asked(name).firstRun();
    }

    /** Zero when it was up for long enough. */
    static Duration stillToStayUp(ServiceStatus status) {
        Duration left = STAYS_UP.minus(Duration.between(status.since(), Instant.now()));
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** As in {@code web is not ready, it}; how it is follows. Of one that has not reached it. */
    String missed(String name, @Nullable ServiceStatus status) {
        return name
                + switch (verb) {
                    case "down" -> " is not down";
                    case "once" -> " is not over";
                    default ->
                        status == null || asked(name).checked() || !hasBegun(name, status)
                                ? verb.equals("up") ? " is not ready" : " is not ready again"
                                : progress(name, status) == Progress.BEGUN
                                        ? " has not been up for " + Durations.format(STAYS_UP)
                                        : " did not stay up";
                };
    }

    /** With what the asker exits: after once the code of the first that failed. */
    int code(List<ServiceStatus> statuses) {
        return !verb.equals("once")
                ? 0
                : statuses.stream()
                        .map(ServiceStatus::lastExit)
                        .mapToInt(exit -> exit == null ? 0 : exit.code())
                        .filter(code -> code != 0)
                        .findFirst()
                        .orElse(0);
    }
}
