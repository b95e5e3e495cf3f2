package muster.agent.rpc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import muster.agent.FreePort;

/** Debian's {@code serf}: its agent as a process, and its command line. */
public final class SerfProgram implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final Path log;
    private final int gossipPort;
    private final int rpcPort;

    /** How a command line ended, and what it said on both its streams together. */
    public record Outcome(int code, String output) {}

    private SerfProgram(Process process, Path log, int gossipPort, int rpcPort) {
        this.process = process;
        this.log = log;
        this.gossipPort = gossipPort;
        this.rpcPort = rpcPort;
    }

    /** Skips the test where serf is not installed; ./verify installs it. */
    public static void needed() {
        assumeTrue(isInstalled(), "serf is not installed (Debian package serf); ./verify installs it");
    }

    public static boolean isInstalled() {
        return !path().equals(Path.of("/"));
    }

    public static Path path() {
        return Stream.of("/usr/bin/serf", "/usr/sbin/serf", "/usr/local/bin/serf")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(Path.of("/"));
    }

    /** An agent on free ports of loopback, up when this returns. */
    public static SerfProgram agent(Path folder, String name, String... more) throws IOException, InterruptedException {
        int gossipPort = FreePort.next();
        int rpcPort = FreePort.next();
        var line = new ArrayList<>(List.of(
                path().toString(),
                "agent",
                "-node=" + name,
                "-bind=127.0.0.1:" + gossipPort,
                "-rpc-addr=127.0.0.1:" + rpcPort,
                "-profile=local",
                "-log-level=debug"));
        line.addAll(List.of(more));
        Path log = Files.createTempFile(folder, name, ".log");
        Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        var program = new SerfProgram(process, log, gossipPort, rpcPort);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!program.output().contains("Log data will now stream in")) { // after that its RPC listens
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new IOException("serf agent did not start: " + program.output());
            }
            Thread.sleep(20);
        }
        return program;
    }

    /** One command line of Serf's, to its end. */
    public static Outcome run(String... words) throws IOException, InterruptedException {
        return run(List.of(words), Map.of());
    }

    /** One command, sent to this agent. */
    public Outcome run(String command, Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        var all = new ArrayList<>(List.of(command, "-rpc-addr=" + rpc()));
        all.addAll(List.of(words));
        return run(all, environment);
    }

    /** The same with its two streams apart. */
    public record Parts(int code, String output, String error) {}

    public static Parts parts(List<String> words, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path error = Files.createTempFile("serf", ".stderr");
        try {
            var line = new ArrayList<>(List.of(path().toString()));
            line.addAll(words);
            var builder = new ProcessBuilder(line).redirectError(error.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Parts(process.waitFor(), output, Files.readString(error));
        } finally {
            Files.delete(error);
        }
    }

    private static Outcome run(List<String> words, Map<String, String> environment)
            throws IOException, InterruptedException {
        var line = new ArrayList<>(List.of(path().toString()));
        line.addAll(words);
        var builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("serf " + words + " does not end");
        }
        return new Outcome(process.exitValue(), output);
    }

    /** Where it gossips, for a join. */
    public String address() {
        return "127.0.0.1:" + gossipPort;
    }

    /** Where its RPC listens, as a flag's value. */
    public String rpc() {
        return "127.0.0.1:" + rpcPort;
    }

    /** Sends a signal by its name. */
    public void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** What it has printed so far. */
    public String output() throws IOException {
        return Files.readString(log);
    }

    /** Its exit code. */
    public int awaitEnd() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("it does not end");
        }
        return process.exitValue();
    }

    /** Ends it without a goodbye. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
