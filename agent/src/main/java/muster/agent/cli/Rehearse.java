package muster.agent.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import muster.agent.Agent;
import muster.agent.balance.Balancer;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.logging.Log;
import muster.agent.node.CannotStart;
import muster.agent.pages.StatsServer;

/**
 * {@code muster rehearse FACE}: what the launcher runs to train a start-up cache. Walks the code that a face walks when
 * it starts, on loopback with free ports, prints nothing and ends by itself. Not listed in help: people have
 * {@code muster prepare}.
 */
final class Rehearse implements FlaglessCommand {
    private static final List<String> QUIET_MEMBER =
            List.of("-bind", "127.0.0.1:0", "-rpc-addr", "127.0.0.1:0", "-profile", "local", "-log-level", "trace");

    @Override
    public String name() {
        return "rehearse";
    }

    @Override
    public String summary() {
        return "train a start-up cache (called by the launcher)";
    }

    @Override
    public String wordsHelp() {
        return "command|node|balance";
    }

    @Override
    public String story() {
        return "Walks the start of a command so that the launcher can cache it. 'muster prepare' calls it.";
    }

    @Override
    public int run(List<String> arguments, Console console) {
        var silence = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        var quiet = new Console(silence, silence, Map.of());
        Log.start(silence);
        Main.run(List.of("version"), quiet);
        Main.run(List.of("help", "run"), quiet);
        try (Agent seed = agent("rehearsal-seed", Schema.AGENT, List.of())) {
            String rpc = "127.0.0.1:" + seed.rpcAddress().getPort();
            switch (arguments.isEmpty() ? "" : arguments.getFirst()) {
                case "node" -> {
                    member(seed);
                    services(quiet);
                }
                case "balance" -> balancer(seed);
                default -> {
                    Main.run(List.of("members", "-rpc-addr", rpc), quiet);
                    Main.run(List.of("members", "-rpc-addr", rpc, "-format", "json"), quiet);
                    Main.run(List.of("info", "-rpc-addr", rpc), quiet);
                    Main.run(List.of("pool", "-rpc-addr", rpc), quiet);
                }
            }
            return OK;
        } catch (CannotStart | IOException e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the main thread", e);
        }
    }

    private static void member(Agent seed) throws CannotStart, InterruptedException {
        try (Agent agent = agent("rehearsal", Schema.AGENT, List.of("-tag", "role=rehearsal"))) {
            agent.join(List.of(seed.node().advertised().toString()), false);
            agent.stats();
            agent.leaveInTime();
        }
    }

    /** A service of a tree that says when it is ready, ends and is started again: the first crash of a node's life finds its code here. */
    private static void services(Console quiet) throws IOException {
        Path directory = Files.createTempDirectory("muster-rehearsal");
        try {
            Path service = Files.createDirectories(directory.resolve("tree/services.d/rehearsal"));
            Path again = directory.resolve("again");
            Files.writeString(service.resolve("notification-fd"), "3\n");
            Files.writeString(service.resolve("run"), """
                    #!/bin/sh
                    echo >&3
                    [ -e '%1$s.once' ] || { : >'%1$s.once'; exit 1; }
                    : >'%1$s'
                    exec sleep 60
                    """.formatted(again));
            String untilThen = "n=0; until [ -e '" + again + "' ] || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done";
            Main.run(
                    List.of(
                            "init",
                            "-tree=" + directory.resolve("tree"),
                            "-run-dir=" + directory.resolve("run"),
                            "-control-dir=" + directory.resolve("control"),
                            "--",
                            "/bin/sh",
                            "-c",
                            untilThen),
                    quiet);
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void balancer(Agent seed) throws CannotStart, InterruptedException, IOException {
        List<String> flags = List.of("-listen", "127.0.0.1:0", "-stats", "127.0.0.1:0");
        try (Agent agent = agent("rehearsal", Schema.BALANCE, flags);
                Balancer balancer = Balancer.start(agent, configuration(Schema.BALANCE, flags), Map.of());
                StatsServer stats = StatsServer.start(
                        configuration(Schema.BALANCE, flags).value(Schema.STATS),
                        () -> LongRunning.view(agent, balancer, System.nanoTime()))) {
            agent.join(List.of(seed.node().advertised().toString()), false);
            read(stats.port(), "/");
            read(stats.port(), "/pools.json");
            read(balancer.port(), "/");
            balancer.drain();
            agent.leaveInTime();
        }
    }

    private static void read(int port, String path) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(uri.getHost(), port), 1_000);
            socket.setSoTimeout(2_000);
            String request =
                    "GET " + path + " HTTP/1.1\r\nHost: " + uri.getAuthority() + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        }
    }

    private static Agent agent(String name, List<Setting<?>> settings, List<String> more) throws CannotStart {
        var flags = new ArrayList<>(List.of("-node", name));
        flags.addAll(more);
        return Agent.start(configuration(settings, flags));
    }

    private static Configuration configuration(List<Setting<?>> settings, List<String> more) {
        var flags = new ArrayList<>(QUIET_MEMBER);
        flags.addAll(more);
        return Configuration.load(FlagParser.parse(flags, settings).given(), Map.of(), settings);
    }
}
