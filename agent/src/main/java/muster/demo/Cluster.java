package muster.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The demo's nodes and the commands that start them: what a user would type. Thread-safe. */
final class Cluster {
    // So that the URLs are those of the README, where nobody else has the ports.
    private static final int LISTEN_USUAL = 8080;
    private static final int STATS_USUAL = 1936;

    private final Path launcher;
    private final WebAppProgram app;
    private final Processes processes;
    private final Ports ports;

    private final List<Node> nodes = new CopyOnWriteArrayList<>();
    private final Map<String, Child> running = new ConcurrentHashMap<>();
    private final Node balancer;
    private final Node seed;
    private final int statsPort;

    /** Where the app of a plain Serf agent listens: the balancer must know, as such an agent cannot tell. */
    private final int serfAppPort;

    /** Chooses the ports: make it when they are about to be used, before somebody else takes them. */
    Cluster(Path launcher, WebAppProgram app, Processes processes, Ports ports) {
        this.launcher = launcher;
        this.app = app;
        this.processes = processes;
        this.ports = ports;
        this.serfAppPort = ports.free();
        this.balancer = enter("lb", Node.Role.BALANCER, ports.freeOr(LISTEN_USUAL));
        this.statsPort = ports.freeOr(STATS_USUAL);
        this.seed = enter("seed", Node.Role.SEED, 0);
    }

    /** All nodes that ever entered, in that order. */
    List<Node> nodes() {
        return List.copyOf(nodes);
    }

    Node balancer() {
        return balancer;
    }

    Node seed() {
        return seed;
    }

    int statsPort() {
        return statsPort;
    }

    /** The process of that node; the last one when it was started again. */
    Child child(Node node) {
        Child child = running.get(node.name());
        if (child == null) {
            throw new IllegalStateException(node.name() + " was not started");
        }
        return child;
    }

    boolean isRunning(Node node) {
        Child child = running.get(node.name());
        return child != null && child.isAlive();
    }

    void startSeed() {
        start(seed, muster("agent", seed, List.of()));
    }

    void startBalancer() {
        start(
                balancer,
                muster(
                        "balance",
                        balancer,
                        List.of(
                                "--join",
                                seed.gossipAddress(),
                                "--listen",
                                "127.0.0.1:" + balancer.appPort(),
                                "--stats",
                                "127.0.0.1:" + statsPort,
                                "--backend-port",
                                Integer.toString(serfAppPort))));
    }

    Node startApp(String name) {
        Node node = enter(name, Node.Role.APP, ports.free());
        List<String> more = new ArrayList<>(
                List.of("--join", seed.gossipAddress(), "--service", "web:" + node.appPort() + ",check=/health", "--"));
        more.addAll(app.command(name, node.appPort()));
        start(node, muster("run", node, more));
        return node;
    }

    /** The app that the Serf agent will stand for, alone. */
    Node startSerfApp(String name) {
        Node node = enter(name, Node.Role.SERF, serfAppPort);
        processes.start(name + "-app", app.command(name, serfAppPort));
        return node;
    }

    void startSerfAgent(Node node, Path serf) {
        start(
                node,
                List.of(
                        serf.toString(),
                        "agent",
                        "-node",
                        node.name(),
                        "-bind",
                        node.gossipAddress(),
                        "-rpc-addr",
                        node.rpcAddress(),
                        "-join",
                        seed.gossipAddress(),
                        "-tag",
                        "role=backend"));
    }

    static Optional<Path> installedSerf() {
        return WebAppProgram.onPath("serf");
    }

    private Node enter(String name, Node.Role role, int appPort) {
        Node node = new Node(name, role, ports.free(), ports.free(), appPort);
        nodes.add(node);
        return node;
    }

    private void start(Node node, List<String> command) {
        running.put(node.name(), processes.start(node.name(), command));
    }

    private List<String> muster(String command, Node node, List<String> more) {
        List<String> line = new ArrayList<>(List.of(
                launcher.toString(),
                command,
                "--node",
                node.name(),
                "--bind",
                node.gossipAddress(),
                "--rpc-addr",
                node.rpcAddress()));
        line.addAll(more);
        return line;
    }
}
