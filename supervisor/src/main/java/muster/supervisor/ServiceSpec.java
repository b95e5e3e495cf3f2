package muster.supervisor;

import java.util.List;

/**
 * One supervised service. An instance is always valid.
 *
 * @param name for commands, logs and listeners
 * @param command the program, searched in the PATH of its environment if it has no slash, and its arguments
 * @param dependsOn the services that must be ready before it is started, and that are stopped after it
 * @param startDown it is not started before somebody says so
 */
public record ServiceSpec(
        String name,
        Kind kind,
        List<String> command,
        Launch launch,
        Restarts restarts,
        Readiness readiness,
        Liveness liveness,
        Stopping stopping,
        Finish finish,
        Logging logging,
        List<String> dependsOn,
        OnFailed onFailed,
        boolean startDown) {

    public ServiceSpec {
        if (name.isBlank() || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a service needs a name");
        }
        command = List.copyOf(command);
        if (command.isEmpty() || command.get(0).isEmpty()) {
            throw new IllegalArgumentException("service " + name + " has no command; say what to run after --");
        }
        for (String word : command) {
            if (word.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("service " + name + ": its command must not contain NUL");
            }
        }
        dependsOn = List.copyOf(dependsOn);
        boolean asked = readiness.notification() != Notification.NONE
                || !readiness.probes().isEmpty()
                || !liveness.probes().isEmpty();
        if (kind == Kind.ONESHOT && asked) {
            throw new IllegalArgumentException("service " + name
                    + " is a oneshot: it is ready when it is done; remove its notification and probes");
        }
        if (logging instanceof Logging.ToService logger && logger.name().equals(name)) {
            throw new IllegalArgumentException("service " + name + " must not be its own logger");
        }
    }

    /** A longrun that is always restarted, ready when it runs, stopped by TERM; with an empty environment. */
    public static ServiceSpec of(String name, List<String> command) {
        return new ServiceSpec(
                name,
                Kind.LONGRUN,
                command,
                Launch.DEFAULTS,
                Restarts.DEFAULTS,
                Readiness.NONE,
                Liveness.NONE,
                Stopping.DEFAULTS,
                Finish.NONE,
                Logging.INHERITED,
                List.of(),
                OnFailed.IGNORE,
                false);
    }

    /** A oneshot that is not tried again. */
    public static ServiceSpec oneshot(String name, List<String> command) {
        ServiceSpec longrun = of(name, command);
        return new ServiceSpec(
                name,
                Kind.ONESHOT,
                command,
                longrun.launch,
                Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER),
                longrun.readiness,
                longrun.liveness,
                longrun.stopping,
                longrun.finish,
                longrun.logging,
                longrun.dependsOn,
                longrun.onFailed,
                longrun.startDown);
    }

    public ServiceSpec with(Launch other) {
        return new ServiceSpec(
                name, kind, command, other, restarts, readiness, liveness, stopping, finish, logging, dependsOn,
                onFailed, startDown);
    }

    public ServiceSpec with(Restarts other) {
        return new ServiceSpec(
                name, kind, command, launch, other, readiness, liveness, stopping, finish, logging, dependsOn, onFailed,
                startDown);
    }

    public ServiceSpec with(Readiness other) {
        return new ServiceSpec(
                name, kind, command, launch, restarts, other, liveness, stopping, finish, logging, dependsOn, onFailed,
                startDown);
    }

    public ServiceSpec with(Liveness other) {
        return new ServiceSpec(
                name, kind, command, launch, restarts, readiness, other, stopping, finish, logging, dependsOn, onFailed,
                startDown);
    }

    public ServiceSpec with(Stopping other) {
        return new ServiceSpec(
                name, kind, command, launch, restarts, readiness, liveness, other, finish, logging, dependsOn, onFailed,
                startDown);
    }

    public ServiceSpec with(Finish other) {
        return new ServiceSpec(
                name, kind, command, launch, restarts, readiness, liveness, stopping, other, logging, dependsOn,
                onFailed, startDown);
    }

    public ServiceSpec with(Logging other) {
        return new ServiceSpec(
                name, kind, command, launch, restarts, readiness, liveness, stopping, finish, other, dependsOn,
                onFailed, startDown);
    }

    public ServiceSpec with(OnFailed other) {
        return new ServiceSpec(
                name, kind, command, launch, restarts, readiness, liveness, stopping, finish, logging, dependsOn, other,
                startDown);
    }

    public ServiceSpec withDependsOn(List<String> other) {
        return new ServiceSpec(
                name, kind, command, launch, restarts, readiness, liveness, stopping, finish, logging, other, onFailed,
                startDown);
    }

    public ServiceSpec withStartDown(boolean other) {
        return new ServiceSpec(
                name, kind, command, launch, restarts, readiness, liveness, stopping, finish, logging, dependsOn,
                onFailed, other);
    }

    /**
     * Who must be there as long as it is, and is stopped after it: those it depends on, and its logger. It does not wait for
     * the logger to start: the pipe between them holds the lines.
     */
    public List<String> needs() {
        return logging instanceof Logging.ToService logger && !dependsOn.contains(logger.name())
                ? java.util.stream.Stream.concat(dependsOn.stream(), java.util.stream.Stream.of(logger.name()))
                        .toList()
                : dependsOn;
    }
}
