package muster.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How to run the web app of examples/webapp here: with Node where that is installed, else with this program's own Java.
 * The build packs both files beside this class, so that the demo also works from a distribution.
 *
 * @param runtime what to say about it: {@code Node} or {@code Java}
 */
record WebAppProgram(List<String> interpreter, Path file, String runtime) {

    /** Unpacks the app into {@code folder}. */
    static WebAppProgram unpack(Path folder) {
        Optional<Path> node = onPath("node");
        return node.isPresent()
                ? new WebAppProgram(List.of(node.get().toString()), unpack("app.js", folder), "Node")
                : new WebAppProgram(
                        // A short-lived little process: spend nothing on optimising it.
                        List.of(java(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m"),
                        unpack("WebApp.java", folder),
                        "Java");
    }

    List<String> command(String name, int port) {
        List<String> command = new ArrayList<>(interpreter);
        command.addAll(
                List.of(file.toString(), "--host", "127.0.0.1", "--port", Integer.toString(port), "--name", name));
        return command;
    }

    /** The program of that name that a shell would run. */
    static Optional<Path> onPath(String program) {
        @Nullable String path = System.getenv("PATH");
        for (String folder : path == null ? new String[0] : path.split(":")) {
            Path candidate = Path.of(folder.isEmpty() ? "." : folder, program);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return Optional.of(candidate.toAbsolutePath());
            }
        }
        return Optional.empty();
    }

    private static String java() {
        return Path.of(System.getProperty("java.home", ""), "bin", "java").toString();
    }

    private static Path unpack(String name, Path folder) {
        try (InputStream packed = WebAppProgram.class.getResourceAsStream("webapp/" + name)) {
            if (packed == null) {
                throw new DemoRefused("this build of Muster lacks its web app (" + name + "): build it again");
            }
            Path file = folder.resolve(name);
            Files.copy(packed, file);
            return file;
        } catch (IOException e) {
            throw new DemoRefused("cannot write the web app to " + folder + ": " + e.getMessage());
        }
    }
}
