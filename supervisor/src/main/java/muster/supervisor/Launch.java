package muster.supervisor;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a service's processes start with: run, finish and command probes alike, but that only the first may have our
 * terminal.
 *
 * @param environment where all of it begins; nothing of ours is added
 * @param environmentFiles read at each start, later ones win over earlier ones and over {@code environment}: a file of
 *     {@code NAME=VALUE} lines, or a directory with one file for each variable
 * @param ownVariables win over both
 * @param directory where it starts, "" for ours
 * @param user its name or number, "" for ours
 * @param group its name or number, "" for the user's
 * @param umask from 0 to 0777, null for ours
 * @param limits what is not named is as ours
 * @param nice from -20 to 19, null for ours
 * @param oomScoreAdj from -1000 to 1000; null for a little more than ours, so that the kernel takes a service before
 *     its supervisor
 * @param input what it reads
 * @param session whose terminal it has
 */
public record Launch(
        SortedMap<String, String> environment,
        List<String> environmentFiles,
        SortedMap<String, String> ownVariables,
        String directory,
        String user,
        String group,
        @Nullable Integer umask,
        SortedMap<Resource, Limit> limits,
        @Nullable Integer nice,
        @Nullable Integer oomScoreAdj,
        Input input,
        Session session) {

    /** What a process reads from its standard input. */
    public enum Input {
        /** What we do. */
        INHERITED,
        /** The end of file, at once. */
        NOTHING
    }

    /** Whether a process has a terminal. */
    public enum Session {
        /** Its own session and group, no terminal. */
        OWN,
        /** As {@link #OWN}; it goes on when we are killed, for somebody who finds it again. */
        DETACHED,
        /** Its own group in our session; in the foreground of our terminal, if we have one. */
        FOREGROUND
    }

    /** An empty environment and nothing else of its own. */
    public static final Launch DEFAULTS = new Launch(
            new TreeMap<>(),
            List.of(),
            new TreeMap<>(),
            "",
            "",
            "",
            null,
            new TreeMap<>(),
            null,
            null,
            Input.INHERITED,
            Session.OWN);

    public Launch {
        environment = variables(environment);
        environmentFiles = List.copyOf(environmentFiles);
        environmentFiles.forEach(path -> noNul("environment file", path));
        ownVariables = variables(ownVariables);
        noNul("directory", directory);
        noNul("user", user);
        noNul("group", group);
        within("umask", umask, 0, 0_777);
        limits = Collections.unmodifiableSortedMap(new TreeMap<>(limits));
        within("nice", nice, -20, 19);
        within("oom score adjustment", oomScoreAdj, -1_000, 1_000);
    }

    public Launch withEnvironment(SortedMap<String, String> other) {
        return new Launch(
                other,
                environmentFiles,
                ownVariables,
                directory,
                user,
                group,
                umask,
                limits,
                nice,
                oomScoreAdj,
                input,
                session);
    }

    public Launch withEnvironmentFiles(List<String> other) {
        return new Launch(
                environment,
                other,
                ownVariables,
                directory,
                user,
                group,
                umask,
                limits,
                nice,
                oomScoreAdj,
                input,
                session);
    }

    public Launch withOwnVariables(SortedMap<String, String> other) {
        return new Launch(
                environment,
                environmentFiles,
                other,
                directory,
                user,
                group,
                umask,
                limits,
                nice,
                oomScoreAdj,
                input,
                session);
    }

    public Launch withDirectory(String other) {
        return new Launch(
                environment,
                environmentFiles,
                ownVariables,
                other,
                user,
                group,
                umask,
                limits,
                nice,
                oomScoreAdj,
                input,
                session);
    }

    /** As this user and, unless "", this group. */
    public Launch as(String otherUser, String otherGroup) {
        return new Launch(
                environment,
                environmentFiles,
                ownVariables,
                directory,
                otherUser,
                otherGroup,
                umask,
                limits,
                nice,
                oomScoreAdj,
                input,
                session);
    }

    public Launch withUmask(int other) {
        return new Launch(
                environment,
                environmentFiles,
                ownVariables,
                directory,
                user,
                group,
                other,
                limits,
                nice,
                oomScoreAdj,
                input,
                session);
    }

    public Launch withLimits(SortedMap<Resource, Limit> other) {
        return new Launch(
                environment,
                environmentFiles,
                ownVariables,
                directory,
                user,
                group,
                umask,
                other,
                nice,
                oomScoreAdj,
                input,
                session);
    }

    public Launch withNice(int other) {
        return new Launch(
                environment,
                environmentFiles,
                ownVariables,
                directory,
                user,
                group,
                umask,
                limits,
                other,
                oomScoreAdj,
                input,
                session);
    }

    public Launch withOomScoreAdj(int other) {
        return new Launch(
                environment,
                environmentFiles,
                ownVariables,
                directory,
                user,
                group,
                umask,
                limits,
                nice,
                other,
                input,
                session);
    }

    public Launch with(Input other) {
        return new Launch(
                environment,
                environmentFiles,
                ownVariables,
                directory,
                user,
                group,
                umask,
                limits,
                nice,
                oomScoreAdj,
                other,
                session);
    }

    public Launch with(Session other) {
        return new Launch(
                environment,
                environmentFiles,
                ownVariables,
                directory,
                user,
                group,
                umask,
                limits,
                nice,
                oomScoreAdj,
                input,
                other);
    }

    private static SortedMap<String, String> variables(SortedMap<String, String> given) {
        var copy = new TreeMap<>(given);
        copy.forEach((key, value) -> {
            noNul("environment", key + value);
            if (key.isEmpty() || key.indexOf('=') >= 0) {
                throw new IllegalArgumentException("environment variable \"" + key + "\" must have a name without '='");
            }
        });
        return Collections.unmodifiableSortedMap(copy);
    }

    private static void noNul(String what, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("its " + what + " must not contain NUL");
        }
    }

    private static void within(String what, @Nullable Integer value, int min, int max) {
        if (value != null && (value < min || value > max)) {
            throw new IllegalArgumentException(what + " " + value + " must be from " + min + " to " + max);
        }
    }
}
