package muster.supervisor.linux;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Finds programs as a shell does. */
final class Programs {
    /** What execvp uses without PATH. */
    private static final String PATH_DEFAULT = "/usr/local/bin:/bin:/usr/bin";

    private static final int NOT_FOUND = 127;
    private static final int NOT_EXECUTABLE = 126;

    private Programs() {}

    sealed interface Found {
        record Program(String path) implements Found {}

        record Nothing(String reason, int code) implements Found {}
    }

    /** Where the command's program is, seen from the directory that it will start in. */
    static Found find(Command command) {
        String word = command.words().get(0);
        try {
            Path directory = Path.of(command.launch().directory());
            if (!command.launch().directory().isEmpty() && !Files.isDirectory(directory)) {
                return new Found.Nothing("Its directory " + directory + " does not exist; create it.", NOT_FOUND);
            }
            if (word.indexOf('/') >= 0) {
                return look(word, directory.resolve(word));
            }
            String search = command.launch().environment().getOrDefault("PATH", PATH_DEFAULT);
            Found best = new Found.Nothing(
                    "Command \"" + word + "\" is not found in PATH (" + search
                            + "); install it, or give its full path.",
                    NOT_FOUND);
            for (String entry : search.split(":", -1)) {
                Path candidate = directory.resolve(entry).resolve(word);
                if (Files.isRegularFile(candidate)) {
                    if (Files.isExecutable(candidate)) {
                        return new Found.Program(candidate.toString());
                    }
                    best = notExecutable(candidate.toString());
                }
            }
            return best;
        } catch (InvalidPathException e) {
            return new Found.Nothing("Command \"" + word + "\" is no valid path: " + e.getReason() + ".", NOT_FOUND);
        }
    }

    private static Found look(String word, Path path) {
        if (Files.isDirectory(path)) {
            return new Found.Nothing("Command " + word + " is a directory; name a program in it.", NOT_EXECUTABLE);
        }
        if (!Files.exists(path)) {
            return new Found.Nothing(
                    "Command " + word + " does not exist; check the path and the directory it is started in.",
                    NOT_FOUND);
        }
        return Files.isExecutable(path) ? new Found.Program(word) : notExecutable(word);
    }

    private static Found.Nothing notExecutable(String path) {
        return new Found.Nothing("Command " + path + " is not executable; chmod +x it.", NOT_EXECUTABLE);
    }

    /** What posix_spawn's refusal means for a program that is there. */
    static Found.Nothing refused(String path, int errno) {
        return switch (errno) {
            case Libc.ENOENT ->
                new Found.Nothing(
                        "Command " + path + " names an interpreter or loader that does not exist"
                                + " (its first line, or a binary for another libc); install it.",
                        NOT_FOUND);
            case Libc.ENOEXEC ->
                new Found.Nothing(
                        "Command " + path + " is no program for this machine, or a script without a first line like"
                                + " #!/bin/sh; add one.",
                        NOT_EXECUTABLE);
            case Libc.EACCES ->
                new Found.Nothing(
                        "Command " + path + " may not be executed: " + Libc.describe(errno)
                                + "; check its mode, its interpreter's, and that the file system is not mounted noexec.",
                        NOT_EXECUTABLE);
            default -> new Found.Nothing("Command " + path + " cannot be started: " + Libc.describe(errno) + ".", 1);
        };
    }
}
