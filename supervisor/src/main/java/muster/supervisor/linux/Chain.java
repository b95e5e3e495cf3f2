package muster.supervisor.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.supervisor.Launch;
import org.jspecify.annotations.Nullable;

/**
 * What stands before a program when it needs what posix_spawn cannot give: programs that set something and then become
 * the next one, with the same pid.
 *
 * <pre>
 *   /bin/sh: umask, wait at the gate ──exec──► env: variables ──exec──► setpriv: user, groups ──exec──► the program
 * </pre>
 *
 * <p>Shells such as dash hand on only variables that they could use themselves; env puts back the others.
 *
 * At the gate the process waits until limits and nice value are set from outside, exactly and without the dialects of
 * shells.
 *
 * @param program the path of the first one
 * @param words what it is called with, its own name first
 * @param gate the number under which it must be given a pipe that ends when it may go on, or 0
 */
record Chain(String program, List<String> words, int gate) {
    /** Shells take one digit. */
    private static final List<Integer> GATES = List.of(9, 8, 7, 6, 5, 4, 3);

    // What a shell adds to the environment is not the service's.
    private static final List<String> SHELLS_OWN = List.of("PWD", "OLDPWD", "SHLVL");

    private static final Pattern NAME_FOR_SHELLS = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private static final List<Path> PLACES = Stream.of(
                    "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/command")
            .map(Path::of)
            .toList();

    /**
     * Of this program.
     *
     * @throws IOException if it cannot be done here; says what to do
     */
    static Chain before(String program, Command command) throws IOException {
        Launch launch = command.launch();
        var words = new ArrayList<>(identity(launch));
        boolean plain = words.isEmpty();
        words.add(program);
        words.addAll(command.words().subList(1, command.words().size()));
        boolean gated = !launch.limits().isEmpty() || launch.nice() != null;
        if (!gated && launch.umask() == null) {
            // The first word is what the program sees as its own name.
            return plain ? new Chain(program, command.words(), 0) : new Chain(words.getFirst(), words, 0);
        }
        int gate = gated ? gateBeside(command) : 0;
        var script = new StringBuilder();
        Integer umask = launch.umask();
        if (umask != null) {
            script.append("umask ").append(String.format("%04o", umask)).append("; ");
        }
        if (gate != 0) {
            script.append("read -r muster_gate <&%d; exec %d<&-; ".formatted(gate, gate));
        }
        for (String name : SHELLS_OWN) {
            String value = launch.environment().get(name);
            script.append(value == null ? "unset " + name : "export " + name + "=" + quoted(value))
                    .append("; ");
        }
        script.append("exec \"$@\"");
        words.addAll(0, variablesThatShellsDrop(launch, words.getFirst()));
        words.addAll(0, List.of(shell(), "-c", script.toString(), "muster"));
        return new Chain(words.getFirst(), words, gate);
    }

    private static List<String> variablesThatShellsDrop(Launch launch, String next) throws IOException {
        List<String> variables = launch.environment().entrySet().stream()
                .filter(variable -> !NAME_FOR_SHELLS.matcher(variable.getKey()).matches())
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
        if (variables.isEmpty()) {
            return List.of();
        }
        String path = find("env");
        // env would take a path with = for a variable.
        if (path == null || next.indexOf('=') >= 0) {
            throw new IOException("With its umask, limits or nice value it cannot get the variable "
                    + variables.getFirst().substring(0, variables.getFirst().indexOf('='))
                    + ", a name that shells drop: that needs env, of coreutils or busybox, and a program without = in its"
                    + " path.");
        }
        return Stream.concat(Stream.of(path, "--"), variables.stream()).toList();
    }

    private static int gateBeside(Command command) {
        return GATES.stream()
                .filter(number -> !command.descriptors().containsKey(number))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("descriptors 3 to 9 are all taken"));
    }

    private static List<String> identity(Launch launch) throws IOException {
        if (launch.user().isEmpty() && launch.group().isEmpty()) {
            return List.of();
        }
        Accounts.Identity wanted = Accounts.find(launch.user(), launch.group());
        Accounts.Identity ours = Accounts.ours();
        if (wanted.uid() == ours.uid() && wanted.gid() == ours.gid()) {
            return List.of();
        }
        if (ours.uid() != 0) {
            throw new IOException("It shall run as user " + wanted.uid() + " and group " + wanted.gid()
                    + ", which only root can order; start Muster as root, or as that user.");
        }
        return Stream.<@Nullable List<String>>of(
                        setpriv(wanted),
                        helper("su-exec", wanted.uid() + ":" + wanted.gid()),
                        helper("gosu", wanted.uid() + ":" + wanted.gid()),
                        helper("s6-setuidgid", wanted.uid() + ":" + wanted.gid()),
                        helper("chpst", "-u", ":" + wanted.uid() + ":" + wanted.gid()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new IOException("It shall run as user " + wanted.uid()
                        + ", and no program is here that does that; install setpriv (of util-linux), su-exec, gosu,"
                        + " s6-setuidgid or chpst."));
    }

    private static @Nullable List<String> setpriv(Accounts.Identity identity) throws IOException {
        String path = find("setpriv");
        // Busybox has one that cannot change users.
        if (path == null || Path.of(path).toRealPath().endsWith("busybox")) {
            return null;
        }
        String groups = identity.groups().isEmpty()
                ? "--clear-groups"
                : "--groups=" + identity.groups().stream().map(String::valueOf).collect(Collectors.joining(","));
        return List.of(path, "--reuid=" + identity.uid(), "--regid=" + identity.gid(), groups, "--");
    }

    private static @Nullable List<String> helper(String name, String... arguments) {
        String path = find(name);
        return path == null
                ? null
                : Stream.concat(Stream.of(path), Stream.of(arguments)).toList();
    }

    static String shell() throws IOException {
        String path = find("sh");
        if (path == null) {
            throw new IOException(
                    "Its umask, limits or nice value need a shell, and there is none; install one as" + " /bin/sh.");
        }
        return path;
    }

    private static @Nullable String find(String name) {
        return PLACES.stream()
                .map(place -> place.resolve(name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse(null);
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
