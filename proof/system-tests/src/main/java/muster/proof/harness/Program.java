package muster.proof.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A process that the test started: what it printed and when, its signals, its end. Safe to use from any thread. */
public final class Program {

    /** One line of stdout or stderr, with the time of its arrival ({@link System#nanoTime}). */
    public record Line(long atNanos, String text) {}

    private final String name;
    private final Process process;
    private final List<Line> lines = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private Program(String name, Process process) {
        this.name = name;
        this.process = process;
        this.reader = Thread.ofVirtual().name("output of " + name).start(() -> read(process.getInputStream()));
    }

    static Program start(String name, List<String> command, Map<String, String> environment, Path directory) {
        var builder = new ProcessBuilder(command).redirectErrorStream(true).directory(directory.toFile());
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        // What the developer set for a real agent must not reach the ones under test.
        builder.environment().keySet().removeIf(key -> key.startsWith("MUSTER_") || key.startsWith("SERF_"));
        builder.environment().putAll(environment);
        try {
            return new Program(name, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command, e);
        }
    }

    private void read(InputStream from) {
        try (var text = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
            for (String line = text.readLine(); line != null; line = text.readLine()) {
                lines.add(new Line(System.nanoTime(), line));
            }
        } catch (IOException e) {
            lines.add(new Line(System.nanoTime(), "[the test lost this output: " + e + "]"));
        }
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    /** The processes that it started and that still run. */
    public List<ProcessHandle> children() {
        return process.descendants().toList();
    }

    /** Whether any process of that number runs: an orphan that ended stays a zombie until its new parent has asked how. */
    public static boolean runs(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException ended) {
            return false;
        }
    }

    public boolean running() {
        return process.isAlive();
    }

    public List<Line> lines() {
        return List.copyOf(lines);
    }

    /** The lines in which the pattern is found. */
    public Stream<Line> lines(Pattern pattern) {
        return lines.stream().filter(line -> pattern.matcher(line.text()).find());
    }

    public String output() {
        return String.join("\n", lines.stream().map(Line::text).toList());
    }

    /** Waits for a line in which the regular expression is found; fails at once when the process ends without it. */
    public Line awaitLine(String regex) {
        var pattern = Pattern.compile(regex);
        Await.until(
                "a line like " + regex + " of " + name,
                Await.PATIENCE,
                () -> {
                    boolean running = running();
                    boolean found = lines(pattern).findFirst().isPresent();
                    if (!found && !running && !reader.isAlive()) {
                        throw new AssertionError(name + " ended with exit code " + process.exitValue()
                                + " before a line like " + regex + ":\n" + output());
                    }
                    return found;
                },
                this::output);
        return lines(pattern).findFirst().orElseThrow();
    }

    /** What a person at the terminal or an orchestrator does: TERM, INT, HUP. */
    public void signal(String signal) {
        Signals.send(signal, pid());
    }

    /** SIGKILL: no chance to say anything. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** SIGKILL to it and to what it started and still has as children; does not wait. */
    void endWithDescendants() {
        var family = children();
        process.destroyForcibly();
        family.forEach(ProcessHandle::destroyForcibly);
    }

    /** SIGTERM, and waits for the end. @return the exit code */
    public int stop() {
        signal("TERM");
        return awaitExit();
    }

    /** Waits for the end and the last of the output. @return the exit code; 128 + n after signal n */
    public int awaitExit() {
        return awaitExit(Await.PATIENCE);
    }

    public int awaitExit(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(name + " did not end within " + limit.toSeconds() + " s:\n" + output());
            }
            // A child that outlives the process may hold its output open: not a reason to wait for ever.
            reader.join(Duration.ofSeconds(5));
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for the end of " + name, e);
        }
    }

    @Override
    public String toString() {
        return name + " (pid " + pid() + ")";
    }
}
