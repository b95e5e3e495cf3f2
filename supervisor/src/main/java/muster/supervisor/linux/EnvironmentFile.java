package muster.supervisor.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Variables in a file, or in a directory with one file for each. */
final class EnvironmentFile {
    /** More is no environment that a program could be started with. */
    private static final long BYTES_MAX = 1 << 20;

    private static final Pattern EXPORT = Pattern.compile("^export\\s+");

    private EnvironmentFile() {}

    /**
     * Adds what is there.
     *
     * <p>A file: lines of {@code NAME=VALUE}, or {@code export NAME=VALUE} as shells read them; empty lines and those that
     * begin with # are left out; a value in single or double quotes loses them; nothing else is special. A directory: the content of each file is a value, without the
     * newline at its end, with NUL for newline; names that begin with a dot or have a = are left out.
     *
     * @throws IOException if it cannot be read; says what to do
     */
    static void readInto(Path path, Map<String, String> environment) throws IOException {
        if (Files.isDirectory(path)) {
            try (var files = Files.list(path)) {
                for (Path file : files.sorted().toList()) {
                    String name = file.getFileName().toString();
                    if (!name.startsWith(".") && name.indexOf('=') < 0 && Files.isRegularFile(file)) {
                        String text = text(file);
                        environment.put(
                                name,
                                (text.endsWith("\n") ? text.substring(0, text.length() - 1) : text)
                                        .replace('\0', '\n'));
                    }
                }
            }
            return;
        }
        int number = 0;
        for (String line : lines(path)) {
            number++;
            String stripped = line.strip();
            if (stripped.isEmpty() || stripped.startsWith("#")) {
                continue;
            }
            String variable = EXPORT.matcher(stripped).replaceFirst("");
            int equals = variable.indexOf('=');
            if (equals < 1 || variable.indexOf('\0') >= 0) {
                throw new IOException("Environment file " + path + ", line " + number + " is not NAME=VALUE; mend it.");
            }
            String name = variable.substring(0, equals).strip();
            if (name.chars().anyMatch(Character::isWhitespace)) {
                throw new IOException("Environment file " + path + ", line " + number
                        + " has a blank in the name of the variable; mend it.");
            }
            environment.put(name, unquoted(variable.substring(equals + 1).strip()));
        }
    }

    private static List<String> lines(Path path) throws IOException {
        return new ArrayList<>(text(path).lines().toList());
    }

    private static String text(Path path) throws IOException {
        if (!Files.isReadable(path)) {
            throw new IOException("Environment file " + path + " cannot be read; create it, or check its mode.");
        }
        if (Files.size(path) > BYTES_MAX) {
            throw new IOException("Environment file " + path + " is longer than " + BYTES_MAX + " bytes.");
        }
        return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2
                && ((value.startsWith("\"") && value.endsWith("\"")) || (value.startsWith("'") && value.endsWith("'")));
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
