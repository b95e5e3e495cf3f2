package muster.supervisor.s6;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The container's environment as a directory: one file per variable, its whole content is the value. Scripts change it
 * while the container runs, so it is read anew at each use. Unlike s6-overlay v1, a value may be longer than 4,095
 * bytes, and an empty file sets an empty variable.
 */
final class Contenv {
    /** Linux takes no longer string in an environment. */
    private static final int VALUE_BYTES_MAX = 128 * 1024;

    private Contenv() {}

    /** Writes all variables whose name can be that of a file. */
    static void write(Path directory, Map<String, String> environment) throws IOException {
        Files.createDirectories(directory);
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            if (isFileName(variable.getKey())) {
                Files.writeString(directory.resolve(variable.getKey()), variable.getValue());
            }
        }
    }

    /** What is there now; nothing when the directory is not. */
    static SortedMap<String, String> read(Path directory) throws IOException {
        var environment = new TreeMap<String, String>();
        if (!Files.isDirectory(directory)) {
            return environment;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (isFileName(name) && Files.isRegularFile(file) && Files.size(file) <= VALUE_BYTES_MAX) {
                    // A value cannot hold NUL; s6 puts a line break in its place.
                    environment.put(
                            name, new String(Files.readAllBytes(file), StandardCharsets.UTF_8).replace('\0', '\n'));
                }
            }
        }
        return Collections.unmodifiableSortedMap(environment);
    }

    private static boolean isFileName(String name) {
        return !name.isEmpty() && name.charAt(0) != '.' && name.indexOf('/') < 0 && name.indexOf('=') < 0;
    }
}
