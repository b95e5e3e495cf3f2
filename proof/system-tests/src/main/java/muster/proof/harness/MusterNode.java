package muster.proof.harness;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A node of Muster in one of its roles, as a real process of the built distribution. */
public final class MusterNode implements Member {

    private enum Role {
        AGENT,
        RUN,
        BALANCE
    }

    private final Stage stage;
    private final Role role;
    private final String name;
    private String address;
    private final List<String> flags = new ArrayList<>();
    private final List<String> wrapper = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private boolean named = true;
    private boolean byHaproxy;
    private @Nullable Program program;

    private MusterNode(Stage stage, Role role, String name, String address) {
        this.stage = stage;
        this.role = role;
        this.name = name;
        this.address = address;
    }

    static MusterNode agent(Stage stage, String name, String address) {
        return new MusterNode(stage, Role.AGENT, name, address);
    }

    static MusterNode app(Stage stage, String name, String address) {
        return new MusterNode(stage, Role.RUN, name, address);
    }

    static MusterNode balancer(Stage stage, String name, String address) {
        return new MusterNode(stage, Role.BALANCE, name, address);
    }

    /** Adds flags as on its command line. */
    public MusterNode with(String... more) {
        flags.addAll(List.of(more));
        return this;
    }

    /** Has HAProxy forward, with its files in a directory of the stage. */
    public MusterNode byHaproxy() {
        byHaproxy = true;
        return with("-with=haproxy", "-haproxy-dir=" + stage.directory().resolve("haproxy"));
    }

    /** Keeps trying to join these, before or after they are there. */
    public MusterNode joining(Member... seeds) {
        for (var seed : seeds) {
            flags.add((role == Role.AGENT ? "-retry-join=" : "-join=") + seed.gossipAddress());
        }
        return this;
    }

    /** Starts it by a command that becomes the program given to it, such as {@code taskset -c 0}. */
    public MusterNode under(String... command) {
        wrapper.addAll(List.of(command));
        return this;
    }

    public MusterNode environment(String key, String value) {
        environment.put(key, value);
        return this;
    }

    /** Leaves it to the program to find its name. */
    public MusterNode unnamed() {
        named = false;
        return this;
    }

    /** From the next start on it lives elsewhere. */
    public MusterNode at(String newAddress) {
        address = newAddress;
        return this;
    }

    /** Starts it, and returns when its agent answers; an app may not be ready yet. */
    @Override
    public MusterNode start() {
        launch();
        Await.until(
                name + " to answer on its RPC address",
                Await.PATIENCE,
                () -> {
                    if (!program().running()) {
                        throw new AssertionError(name + " ended with exit code "
                                + program().awaitExit() + ":\n" + program().output());
                    }
                    return members().containsKey(name);
                },
                () -> program().output());
        return this;
    }

    /** Starts it without waiting for anything. */
    public MusterNode launch() {
        var arguments = new ArrayList<String>();
        arguments.add(
                switch (role) {
                    case AGENT -> "agent";
                    case RUN -> "run";
                    case BALANCE -> "balance";
                });
        if (named) {
            arguments.add("-node=" + name);
        }
        arguments.addAll(List.of("-bind=" + gossipAddress(), "-rpc-addr=" + rpcAddress()));
        switch (role) {
            case AGENT -> arguments.addAll(flags);
            case BALANCE -> {
                arguments.addAll(List.of(
                        "-listen=" + address + ":" + Stage.LISTEN_PORT, "-stats=" + address + ":" + Stage.STATS_PORT));
                arguments.addAll(flags);
            }
            case RUN -> {
                arguments.add("-service=web:" + Stage.APP_PORT + ",proto=http,check=/health");
                arguments.addAll(flags);
                arguments.add("--");
                arguments.addAll(WebApp.command(name, address, Stage.APP_PORT));
            }
        }
        var command = new ArrayList<>(wrapper);
        command.addAll(Launcher.command(arguments));
        program = stage.start(name, command, environment);
        return this;
    }

    /** Runs {@code muster VERB … -rpc-addr=…} against this node. */
    public Outcome cli(String verb, String... arguments) {
        return stage.muster(Stream.concat(Stream.of(verb, "-rpc-addr=" + rpcAddress()), Stream.of(arguments))
                .toArray(String[]::new));
    }

    /** Where a balancer listens, HOST:PORT. */
    public String listenAddress() {
        return address + ":" + Stage.LISTEN_PORT;
    }

    /** Where a balancer shows its pools, HOST:PORT. */
    public String statsAddress() {
        return address + ":" + Stage.STATS_PORT;
    }

    /** The state of each backend by the name of its node, as a balancer tells; empty when it does not answer. */
    public Map<String, String> backends() {
        var states = new TreeMap<String, String>();
        if (byHaproxy) { // whose page is not ours
            var outcome = cli("pool", "-format=json");
            if (outcome.exitCode() == 0) {
                for (var backend : Json.objects(Json.object(outcome.stdout()).get("backends"))) {
                    states.put(String.valueOf(backend.get("node")), String.valueOf(backend.get("state")));
                }
            }
            return states;
        }
        try (var connection = new Connection(statsAddress(), Duration.ofSeconds(5))) {
            var pools = Json.object(
                    connection.exchange("GET", "/pools.json", "", new byte[0]).text());
            for (var pool : Json.objects(pools.get("pools"))) {
                for (var backend : Json.objects(pool.get("backends"))) {
                    states.put(String.valueOf(backend.get("node")), String.valueOf(backend.get("state")));
                }
            }
        } catch (IOException e) {
            return Map.of(); // not listening yet, or no more
        }
        return states;
    }

    /** Waits until a balancer gives this state to the backends on these nodes. */
    public void awaitBackends(String state, List<MusterNode> nodes) {
        Await.until(
                name + " to call " + nodes + " " + state,
                Await.PATIENCE,
                () -> {
                    var states = backends();
                    return nodes.stream().allMatch(node -> state.equals(states.get(node.name())));
                },
                () -> backends().toString());
    }

    /** Where its app listens. */
    public String host() {
        return address;
    }

    /** The processes that it started itself: the app of {@code run}. */
    public List<ProcessHandle> children() {
        return program().children();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Program program() {
        if (program == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return program;
    }

    @Override
    public String gossipAddress() {
        return address + ":" + Stage.GOSSIP_PORT;
    }

    @Override
    public String rpcAddress() {
        return address + ":" + Stage.RPC_PORT;
    }

    @Override
    public int leave() {
        return program().stop();
    }

    @Override
    public void kill() {
        var children = children();
        program().kill();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** SIGSTOP to the node and its app: the machine hangs. */
    public void freeze() {
        children().forEach(child -> Signals.send("STOP", child.pid()));
        program().signal("STOP");
    }

    /** The end of {@link #freeze}. */
    public void thaw() {
        program().signal("CONT");
        children().forEach(child -> Signals.send("CONT", child.pid()));
    }

    @Override
    public String toString() {
        return name + " (muster, " + gossipAddress() + ")";
    }
}
