package muster.supervisor.s6;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.supervisor.linux.Accounts;
import muster.supervisor.linux.FileTrouble;
import muster.supervisor.linux.Held;

/**
 * One file of {@code fix-attrs.d}: lines of {@code PATH RECURSE ACCOUNT FILE-MODE DIRECTORY-MODE}, like
 * {@code /var/log/web true nobody,32768:32768 0644 0755}. The path may hold {@code *}, {@code ?} and {@code []}; the
 * account may be followed by a comma and the numbers to use when it does not exist; a mode of {@code -} changes none.
 *
 * <p>A link in a directory that a service may write to could make root give away any file. So symbolic links are
 * followed only where the line names them itself, in directories where nobody but root may write; one that a wildcard
 * matches, or that is below the path, is neither changed nor followed. The walk goes from one {@link Held} file to the
 * next: one that is exchanged meanwhile changes nothing.
 */
final class FixAttributes {
    private static final Pattern MODE = Pattern.compile("[0-7]{1,4}");

    // stat.h
    private static final int TYPE = 0xf000;
    private static final int LINK = 0xa000;
    private static final int OTHERS_WRITE = 022;

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
            problem(file + " cannot be read: " + FileTrouble.of(e));
        }
        return !failed;
    }

    private void apply(String place, String text) {
        try {
            Line line = parse(text);
            List<String> parts = Stream.of(line.path().split("/", -1))
                    .filter(part -> !part.isEmpty())
                    .toList();
            try (Held begin = Held.following(root)) {
                reach(place, new Reached(begin, root), parts, true, line);
            }
        } catch (IOException e) {
            problem(place + ": " + FileTrouble.of(e));
        } catch (IllegalArgumentException e) {
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

    /** An existing file, and how to call it. */
    private record Reached(Held held, Path shown) {
        Object attribute(String name) throws IOException {
            return Files.getAttribute(held.path(), name);
        }

        // What it names is not what it is: the path through /proc leads to the link itself.
        boolean link() throws IOException {
            return ((int) attribute("unix:mode") & TYPE) == LINK;
        }

        /** Nobody but root and us can have put there what is in it. */
        boolean ours() throws IOException {
            int owner = (int) attribute("unix:uid");
            boolean trusted = owner == 0 || owner == (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            return trusted && ((int) attribute("unix:mode") & OTHERS_WRITE) == 0;
        }
    }

    /** Changes what exists and matches the parts from here on. As in a shell, a wildcard does not match a leading dot. */
    private void reach(String place, Reached here, List<String> parts, boolean named, Line line) throws IOException {
        if (parts.isEmpty()) {
            fix(place, here, line);
            return;
        }
        String part = parts.getFirst();
        List<String> rest = parts.subList(1, parts.size());
        if (part.chars().noneMatch(c -> "*?[".indexOf(c) >= 0)) {
            reachEntry(place, here, part, rest, named, line);
        } else if (Files.isDirectory(here.held().path())) {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + part);
            for (String name : names(here)) {
                if (matcher.matches(Path.of(name)) && name.startsWith(".") == part.startsWith(".")) {
                    reachEntry(place, here, name, rest, false, line);
                }
            }
        }
    }

    private void reachEntry(String place, Reached here, String name, List<String> rest, boolean named, Line line)
            throws IOException {
        Path shown = here.shown().resolve(name);
        Path entry = here.held().path().resolve(name);
        try (Held held = Held.at(entry)) {
            var next = new Reached(held, shown);
            if (!next.link()) {
                reach(place, next, rest, named, line);
            } else if (named && here.ours()) {
                try (Held target = Held.following(entry)) {
                    reach(place, new Reached(target, shown), rest, true, line);
                }
            } else if (named) {
                problem(place + ": " + shown + " is a symbolic link where others than root may write, and is not"
                        + " followed; name its target");
            }
        } catch (NoSuchFileException e) {
            // As in a shell: what is not there is not meant.
        }
    }

    private void fix(String place, Reached reached, Line line) {
        try {
            Path path = reached.held().path();
            boolean directory = Files.isDirectory(path);
            Files.setAttribute(path, "unix:uid", Math.toIntExact(line.owner().uid()));
            Files.setAttribute(path, "unix:gid", Math.toIntExact(line.owner().gid()));
            int mode = directory ? line.directoryMode() : line.fileMode();
            if (mode != KEEP) {
                Files.setAttribute(path, "unix:mode", mode);
            }
            if (line.recurse() && directory) {
                for (String name : names(reached)) {
                    if (hidden || !name.startsWith(".")) {
                        reachEntry(place, reached, name, List.of(), false, line);
                    }
                }
            }
        } catch (IOException e) {
            problem(place + ": " + reached.shown() + " cannot be changed: " + FileTrouble.of(e));
        }
    }

    private static List<String> names(Reached directory) throws IOException {
        var names = new ArrayList<String>();
        try (DirectoryStream<Path> all =
                Files.newDirectoryStream(directory.held().path())) {
            all.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        names.sort(null);
        return names;
    }

    private void problem(String text) {
        failed = true;
        problems.accept(text);
    }
}
