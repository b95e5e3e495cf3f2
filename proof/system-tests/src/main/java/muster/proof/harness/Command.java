package muster.proof.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a command to its end. */
public final class Command {

    private Command() {}

    /**
     * Runs it, and returns what it left.
     *
     * @throws AssertionError when it has not ended after {@link Await#PATIENCE}; it is ended then
     */
    public static Outcome run(List<String> command, Map<String, String> environment) {
        return run(command, environment, Await.PATIENCE);
    }

    /** The same for what may take longer, such as the installation of packages. */
    static Outcome run(List<String> command, Map<String, String> environment, Duration limit) {
        try {
            var builder = new ProcessBuilder(command);
            builder.environment().keySet().removeIf(key -> key.startsWith("MUSTER_") || key.startsWith("SERF_"));
            builder.environment().putAll(environment);
            var process = builder.start();
            process.getOutputStream().close();
            var stdout =
                    CompletableFuture.supplyAsync(() -> text(process.getInputStream()), Thread::startVirtualThread);
            var stderr =
                    CompletableFuture.supplyAsync(() -> text(process.getErrorStream()), Thread::startVirtualThread);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end within " + limit.toSeconds() + " s");
            }
            return new Outcome(process.exitValue(), stdout.join(), stderr.join());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + command, e);
        }
    }

    private static String text(InputStream from) {
        try (from) {
            return new String(from.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
