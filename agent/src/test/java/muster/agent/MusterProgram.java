package muster.agent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Muster as a program of its own, from the classes under test: for what has to do with signals, children and exit codes. */
public final class MusterProgram implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;
    private static final Pattern RPC = Pattern.compile("RPC addr: '([^']+)'");
    private static final Pattern BIND = Pattern.compile("Bind addr: '([^']+)'");

    private final Process process;
    private final Path log;

    /** How a command line ended, and what it said. */
    public record Outcome(int code, String output, String error) {}

    private MusterProgram(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** An agent on free ports of loopback, up when this returns. */
    public static MusterProgram agent(Path folder, String name, String... more)
            throws IOException, InterruptedException {
        return agent(folder, name, Map.of(), more);
    }

    /** With these variables besides ours. */
    public static MusterProgram agent(Path folder, String name, Map<String, String> environment, String... more)
            throws IOException, InterruptedException {
        var words =
                new ArrayList<>(List.of("agent", "-node", name, "-bind", "127.0.0.1:0", "-rpc-addr", "127.0.0.1:0"));
        words.addAll(List.of("-profile", "local", "-log-level", "debug"));
        words.addAll(List.of(more));
        return started(folder, List.of(), environment, words.toArray(String[]::new));
    }

    /** Any command that stays, up when this returns. */
    public static MusterProgram started(Path folder, String... words) throws IOException, InterruptedException {
        return started(folder, List.of(), Map.of(), words);
    }

    /** By another program, whose last words it is. */
    public static MusterProgram started(
            Path folder, List<String> before, Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        var line = new ArrayList<>(before);
        line.addAll(line());
        line.addAll(List.of(words));
        return started(folder, environment, line, "Log data will now stream in");
    }

    private static MusterProgram started(
            Path folder, Map<String, String> environment, List<String> line, String upWhenSaid)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile(folder, "muster", ".log");
        var builder = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        var program = new MusterProgram(builder.start(), log);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!program.output().contains(upWhenSaid)) {
            if (!program.process.isAlive() || System.nanoTime() > end) {
                throw new IOException("it did not start: " + program.output());
            }
            Thread.sleep(20);
        }
        return program;
    }

    /** Another program of these classes, up when it has said so. */
    public static MusterProgram started(Path folder, Class<?> main, String upWhenSaid)
            throws IOException, InterruptedException {
        var line = line();
        line.set(line.size() - 1, main.getName());
        return started(folder, Map.of(), line, upWhenSaid);
    }

    /** One command line, to its end. */
    public static Outcome run(Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        var line = line();
        line.addAll(List.of(words));
        Path error = Files.createTempFile("muster", ".stderr");
        try {
            var builder = new ProcessBuilder(line).redirectError(error.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("muster " + List.of(words) + " does not end");
            }
            return new Outcome(process.exitValue(), output, Files.readString(error));
        } finally {
            Files.delete(error);
        }
    }

    /** One command line, to its end, with a terminal for all its streams; what appeared there. */
    public static String onTerminal(Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        var line = line();
        line.addAll(List.of(words));
        String command = line.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        var builder = new ProcessBuilder("script", "-q", "-e", "-c", command, "/dev/null").redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** One command line, whose output is read while it goes on. */
    public static Process start(Map<String, String> environment, String... words) throws IOException {
        var line = line();
        line.addAll(List.of(words));
        var builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static ArrayList<String> line() {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-MaxFDLimit",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "muster.agent.cli.Main"));
    }

    /** Where it gossips, for a join. */
    public String address() throws IOException {
        return found(BIND);
    }

    /** Where its RPC listens, as a flag's value. */
    public String rpc() throws IOException {
        return found(RPC);
    }

    /** The same, to connect to. */
    public InetSocketAddress rpcAddress() throws IOException {
        String written = rpc();
        int colon = written.lastIndexOf(':');
        return new InetSocketAddress(written.substring(0, colon), Integer.parseInt(written.substring(colon + 1)));
    }

    private String found(Pattern pattern) throws IOException {
        Matcher matcher = pattern.matcher(output());
        if (!matcher.find()) {
            throw new IOException("the banner lacks " + pattern);
        }
        return matcher.group(1);
    }

    public String output() throws IOException {
        return Files.readString(log);
    }

    /** Sends a signal by its name. */
    public void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its exit code. */
    public int awaitEnd() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("it does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
