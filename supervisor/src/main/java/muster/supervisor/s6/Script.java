package muster.supervisor.s6;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How to start a file that may lie where nothing can be executed: what the kernel does with its first line is done
 * here, so that only the interpreter is executed and the file is only read. Neither a mount with noexec nor a missing
 * mode bit stops it.
 */
final class Script {
    /** Linux reads so much of a first line. */
    private static final int FIRST_LINE_BYTES_MAX = 256;

    private Script() {}

    /**
     * The words that run it.
     *
     * @param file where it is
     * @param shown how it is to see itself ({@code $0}), like {@code ./run}
     * @param arguments what follows
     * @throws IOException with a sentence that says what is wrong with it and what to do
     */
    static List<String> command(Path file, String shown, List<String> arguments) throws IOException {
        if (!Files.isRegularFile(file)) {
            // A FIFO would wait for somebody to write.
            throw new IOException(
                    Files.exists(file)
                            ? file + " is no regular file; put a script or a program there."
                            : file + " is not there.");
        }
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(FIRST_LINE_BYTES_MAX);
        }
        var words = new ArrayList<String>();
        if (start.length < 2 || start[0] != '#' || start[1] != '!') {
            // A program of its own, or a script without a first line, of which the spawner will speak.
            words.add(file.toString());
            words.addAll(arguments);
            return words;
        }
        String line = new String(start, 2, start.length - 2, StandardCharsets.UTF_8);
        int end = line.indexOf('\n');
        line = end < 0 ? line : line.substring(0, end);
        if (line.endsWith("\r")) {
            throw new IOException(
                    "The first line of " + file + " ends as lines do on Windows; save it with line feeds only.");
        }
        line = line.strip();
        if (line.isEmpty()) {
            throw new IOException("The first line of " + file + " names no interpreter; write one, like #!/bin/sh.");
        }
        // As Linux does: the interpreter, and all the rest as one argument.
        String[] parts = line.split("[ \t]+", 2);
        words.add(parts[0]);
        if (parts.length == 2) {
            words.add(parts[1].stripTrailing());
        }
        words.add(shown);
        words.addAll(arguments);
        return words;
    }
}
