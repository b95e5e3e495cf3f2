package muster.supervisor;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One supervised service. An instance is always valid.
 *
 * @param name for logs and listeners
 * @param command the program, searched in PATH if it has no slash, and its arguments
 * @param environment added to ours
 * @param directory where it starts, "" for ours
 */
public record ServiceSpec(
        String name,
        List<String> command,
        SortedMap<String, String> environment,
        String directory,
        Restarts restarts,
        Readiness readiness,
        Stopping stopping) {

    public ServiceSpec {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a service needs a name");
        }
        command = List.copyOf(command);
        if (command.isEmpty() || command.get(0).isEmpty()) {
            throw new IllegalArgumentException("service " + name + " has no command; say what to run after --");
        }
        for (String word : command) {
            noNul(name, "command", word);
        }
        environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
        environment.forEach((key, value) -> {
            noNul(name, "environment", key + value);
            if (key.isEmpty() || key.indexOf('=') >= 0) {
                throw new IllegalArgumentException(
                        "service " + name + ": environment variable \"" + key + "\" must have a name without '='");
            }
        });
        noNul(name, "directory", directory);
    }

    /** Always restarted, ready when it runs, stopped by TERM. */
    public static ServiceSpec of(String name, List<String> command) {
        return new ServiceSpec(
                name, command, new TreeMap<>(), "", Restarts.DEFAULTS, Readiness.NONE, Stopping.DEFAULTS);
    }

    public ServiceSpec with(Restarts other) {
        return new ServiceSpec(name, command, environment, directory, other, readiness, stopping);
    }

    public ServiceSpec with(Readiness other) {
        return new ServiceSpec(name, command, environment, directory, restarts, other, stopping);
    }

    public ServiceSpec with(Stopping other) {
        return new ServiceSpec(name, command, environment, directory, restarts, readiness, other);
    }

    public ServiceSpec withEnvironment(SortedMap<String, String> other) {
        return new ServiceSpec(name, command, other, directory, restarts, readiness, stopping);
    }

    public ServiceSpec withDirectory(String other) {
        return new ServiceSpec(name, command, environment, other, restarts, readiness, stopping);
    }

    private static void noNul(String service, String what, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("service " + service + ": its " + what + " must not contain NUL");
        }
    }
}
