package muster.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One process that the demo started, and all that came from it. Thread-safe.
 *
 * <p>A handle knows when its process started, so a signal never hits a stranger that got the same number later.
 */
final class Child {
    private static final int LOG_LINES_SHOWN = 12;

    private final String name;
    private final Process process;
    private final Path log;
    private final long startedNanos;
    private final Set<ProcessHandle> descendants = ConcurrentHashMap.newKeySet();

    Child(String name, Process process, Path log, long startedNanos) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.startedNanos = startedNanos;
    }

    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    long startedNanos() {
        return startedNanos;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Empty while it runs; a death by signal n shows as 128 + n. */
    OptionalInt exitCode() {
        return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
    }

    /** Asks it to stop, as an operator or a service manager would. */
    void terminate() {
        process.destroy();
    }

    /** Ends what came from it, but not the process itself. Returns when, of {@link System#nanoTime}. */
    long killDescendants() {
        return kill(family().filter(handle -> handle.pid() != process.pid()).toList());
    }

    /** Ends it and all that came from it at once, without a goodbye. Returns when, of {@link System#nanoTime}. */
    long kill() {
        return kill(family().toList());
    }

    private static long kill(List<ProcessHandle> all) {
        // They were found before the first signal: once a supervisor is dead its app can no longer be found through it.
        long nanos = System.nanoTime();
        all.forEach(ProcessHandle::destroyForcibly);
        return nanos;
    }

    void freeze() {
        signal("STOP");
    }

    void thaw() {
        signal("CONT");
    }

    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Finds the processes that came from it so far; they stay known when their parent dies. */
    void remember() {
        process.descendants().forEach(descendants::add);
    }

    /** It and all living processes known to have come from it, it first. */
    Stream<ProcessHandle> family() {
        remember();
        return Stream.concat(Stream.of(process.toHandle()), descendants.stream())
                .filter(ProcessHandle::isAlive);
    }

    /** The end of what it printed, indented, for an error message. */
    String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size());
            return last.isEmpty() ? "    (it printed nothing)" : "    " + String.join("\n    ", last);
        } catch (IOException e) {
            return "    (its output cannot be read: " + e.getMessage() + ")";
        }
    }

    private void signal(String signal) {
        // The JDK can only end processes; the shell's own kill is on every system. The process itself comes first, so
        // that it starts nothing new meanwhile; of the others, some may just have ended by themselves.
        String script = "kill -" + signal + " \"$1\"; code=$?; shift; for pid; do kill -" + signal
                + " \"$pid\"; done; exit $code";
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        family().map(handle -> Long.toString(handle.pid())).forEach(command::add);
        try {
            int code = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new DemoRefused("cannot send SIG" + signal + " to " + name + ": kill ended with " + code);
            }
        } catch (IOException e) {
            throw new DemoRefused("cannot send SIG" + signal + " to " + name + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
