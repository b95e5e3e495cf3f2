package muster.supervisor.linux;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who descends from us, as {@code /proc} tells it. Zombies count. */
final class Descendants {
    private static final Path PROC = Path.of("/proc");

    private Descendants() {}

    /**
     * All descendants of this process, without the trees below these.
     *
     * @throws IOException if /proc cannot be read
     */
    static List<Long> without(Set<Long> roots) throws IOException {
        Map<Long, List<Long>> children = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                try {
                    String stat =
                            Files.readString(process.resolve("stat"), java.nio.charset.StandardCharsets.ISO_8859_1);
                    children.computeIfAbsent(parent(stat), parent -> new ArrayList<>())
                            .add(Long.parseLong(process.getFileName().toString()));
                } catch (NoSuchFileException gone) {
                    // It ended while we looked.
                } catch (IOException gone) {
                    // ESRCH: likewise, between open and read.
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        var found = new ArrayList<Long>();
        collect(ProcessHandle.current().pid(), children, roots, found);
        return found;
    }

    /** The fourth field; the second, a name in parentheses, may hold anything. */
    private static long parent(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 3);
        return Long.parseLong(fields[1]);
    }

    private static void collect(long of, Map<Long, List<Long>> children, Set<Long> roots, List<Long> found) {
        for (long child : children.getOrDefault(of, List.of())) {
            if (!roots.contains(child)) {
                found.add(child);
                collect(child, children, roots, found);
            }
        }
    }
}
