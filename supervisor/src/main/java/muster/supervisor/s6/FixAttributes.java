package muster.supervisor.s6;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import muster.supervisor.linux.Accounts;

/**
 * One file of {@code fix-attrs.d}: lines of {@code PATH RECURSE ACCOUNT FILE-MODE DIRECTORY-MODE}, like
 * {@code /var/log/web true nobody,32768:32768 0644 0755}. The path may hold {@code *}, {@code ?} and {@code []}; the
 * account may be followed by a comma and the numbers to use when it does not exist; a mode of {@code -} changes none.
 *
 * <p>Symbolic links are neither changed nor followed below the path: a link in a directory that a service may write to
 * could make root give away any file.
 */
final class FixAttributes {
    private static final Pattern MODE = Pattern.compile("[0-7]{1,4}");

    private final Path root;
    private final boolean hidden;
    private final Consumer<String> problems;
    private boolean failed;

    /**
     * For one file.
     *
     * @param root what a path begins from; the root directory, but in tests
     * @param hidden entries whose names begin with a dot are reached too
     * @param problems hears sentences
     */
    FixAttributes(Path root, boolean hidden, Consumer<String> problems) {
        this.root = root;
        this.hidden = hidden;
        this.problems = problems;
    }

    private record Line(String path, boolean recurse, Accounts.Identity owner, int fileMode, int directoryMode) {}

    /** No change of the mode. */
    private static final int KEEP = -1;

    /** Does what the file says, as far as it can. Returns whether all of it could be done. */
    boolean apply(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            int number = 0;
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                number++;
                if (!text.isBlank()) {
                    apply(file + ":" + number, text.strip());
                }
            }
        } catch (IOException e) {
            problem(file + " cannot be read: " + e.getMessage());
        }
        return !failed;
    }

    private void apply(String place, String text) {
        try {
            Line line = parse(text);
            for (Path path : expand(line.path())) {
                fix(place, path, line);
            }
        } catch (IOException | IllegalArgumentException e) {
            problem(place + ": " + e.getMessage());
        }
    }

    private static Line parse(String text) throws IOException {
        String[] words = text.split("[ \t]+", -1);
        if (words.length != 5 || !(words[1].equals("true") || words[1].equals("false"))) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" must be PATH, true or false, ACCOUNT, FILE-MODE and DIRECTORY-MODE");
        }
        return new Line(words[0], words[1].equals("true"), owner(words[2]), mode(words[3]), mode(words[4]));
    }

    private static int mode(String word) {
        if (word.equals("-")) {
            return KEEP;
        }
        if (!MODE.matcher(word).matches()) {
            throw new IllegalArgumentException("mode \"" + word + "\" must be octal, like 0644, or - for no change");
        }
        return Integer.parseInt(word, 8);
    }

    private static Accounts.Identity owner(String word) throws IOException {
        String[] parts = word.split(",", 2);
        try {
            return account(parts[0]);
        } catch (IOException unknown) {
            if (parts.length == 2) {
                return account(parts[1]);
            }
            throw unknown;
        }
    }

    /** {@code nobody}, or {@code nobody:adm}, or {@code 65534:4}. */
    private static Accounts.Identity account(String word) throws IOException {
        String[] parts = word.split(":", 2);
        return Accounts.find(parts[0], parts.length == 2 ? parts[1] : "");
    }

    /** The paths that exist and match. As in a shell, a wildcard does not match a leading dot. */
    private List<Path> expand(String glob) throws IOException {
        List<Path> found = List.of(root);
        for (String part : glob.split("/", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            var next = new ArrayList<Path>();
            for (Path directory : found) {
                if (part.chars().noneMatch(c -> "*?[".indexOf(c) >= 0)) {
                    Path path = directory.resolve(part);
                    if (Files.exists(path)) {
                        next.add(path);
                    }
                } else if (Files.isDirectory(directory)) {
                    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + part);
                    for (Path entry : entries(directory)) {
                        String name = entry.getFileName().toString();
                        if (matcher.matches(entry.getFileName()) && name.startsWith(".") == part.startsWith(".")) {
                            next.add(entry);
                        }
                    }
                }
            }
            found = next;
        }
        return found;
    }

    private void fix(String place, Path path, Line line) {
        boolean directory = Files.isDirectory(path);
        try {
            Files.setAttribute(path, "unix:uid", Math.toIntExact(line.owner().uid()));
            Files.setAttribute(path, "unix:gid", Math.toIntExact(line.owner().gid()));
            int mode = directory ? line.directoryMode() : line.fileMode();
            if (mode != KEEP) {
                Files.setAttribute(path, "unix:mode", mode);
            }
            if (line.recurse() && directory) {
                for (Path entry : entries(path)) {
                    boolean dotted = entry.getFileName().toString().startsWith(".");
                    if (!Files.isSymbolicLink(entry) && (hidden || !dotted)) {
                        fix(place, entry, line);
                    }
                }
            }
        } catch (IOException e) {
            problem(place + ": " + path + " cannot be changed: " + e.getMessage());
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        var entries = new ArrayList<Path>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            all.forEach(entries::add);
        }
        entries.sort(null);
        return entries;
    }

    private void problem(String text) {
        failed = true;
        problems.accept(text);
    }
}
