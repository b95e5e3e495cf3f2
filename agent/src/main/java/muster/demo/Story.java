package muster.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The plot: what is done to the cluster, in which order, and what must follow within which time. Each chapter measures from the
 * moment of the deed to the moment at which its effect was seen from outside. Runs on the caller's thread.
 */
final class Story {
    /** Starting several JVMs at once on a small, busy machine; far above what any of it needs. */
    private static final Duration START_MAX = Duration.ofSeconds(60);

    /** For anything that the design does within a second or two. */
    private static final Duration SOON_MAX = Duration.ofSeconds(20);

    /** Suspicion on a LAN ends after at most 24 s in a small cluster, and news travels within a second. */
    private static final Duration FAILED_MAX = Duration.ofSeconds(40);

    /** Long enough that gossip notices too; whether the frozen one already counts as failed then, or not yet, must not matter. */
    private static final Duration FROZEN = Duration.ofSeconds(5);

    private static final int WARM_UP_PER_SECOND = 500;
    private static final int WARM_UP_REQUESTS = 300;
    private static final Duration WARM_UP_MAX = Duration.ofSeconds(2);

    private static final Duration BEFORE_FIRST_CHAPTER = Duration.ofSeconds(3);
    private static final Duration BETWEEN_CHAPTERS_MIN = Duration.ofSeconds(1);

    private final Cluster cluster;
    private final Observer observer;
    private final Ledger ledger;
    private final StoryLog log;
    private final Findings findings;
    private final DemoOptions options;
    private @Nullable Load load;

    Story(Cluster cluster, Observer observer, Ledger ledger, StoryLog log, Findings findings, DemoOptions options) {
        this.cluster = cluster;
        this.observer = observer;
        this.ledger = ledger;
        this.log = log;
        this.findings = findings;
        this.options = options;
    }

    @FunctionalInterface
    private interface Chapter {
        void play() throws InterruptedException;
    }

    /** Plays it to its end; throws {@link DemoRefused} when the cluster does not even come up. */
    void play() throws InterruptedException {
        try {
            setUp();
            List<Chapter> chapters = List.of(
                    this::aFourthAppJoins,
                    this::oneIsKilled,
                    this::onlyAnAppIsKilled,
                    this::oneIsStoppedGracefully,
                    this::oneIsFrozenAndThawed,
                    this::theSeedIsRestarted,
                    this::aRealSerfAgentJoins);
            long from = System.nanoTime();
            long whole = TimeUnit.SECONDS.toNanos(options.seconds()) - (from - log.startNanos());
            for (int i = 0; i < chapters.size(); i++) {
                pauseUntil(from + whole * i / chapters.size());
                chapters.get(i).play();
            }
            pauseUntil(from + whole);
        } finally {
            if (load != null) {
                load.close();
            }
        }
    }

    private void setUp() throws InterruptedException {
        log.say("starting a balancer, a seed and three web apps, all at once");
        long commanded = System.nanoTime();
        cluster.startBalancer();
        for (String name : List.of("web-1", "web-2", "web-3")) {
            cluster.startApp(name);
        }
        cluster.startSeed();
        long ready = observer.awaitBackends(
                START_MAX,
                () -> anyEnded() || (observer.ready("web-1") && observer.ready("web-2") && observer.ready("web-3")));
        for (Node node : cluster.nodes()) {
            if (!cluster.isRunning(node)) {
                throw new DemoRefused(node.name() + " ended with code "
                        + cluster.child(node).exitCode().orElse(-1) + " right after its start:\n"
                        + cluster.child(node).lastWords());
            }
        }
        if (ready < 0) {
            throw new DemoRefused("the balancer did not see three ready apps within " + START_MAX.toSeconds() + " s"
                    + (observer.pageProblem().isEmpty()
                            ? ": it sees " + observer.backends().values()
                            : ": " + observer.pageProblem())
                    + "\n" + cluster.child(cluster.balancer()).lastWords());
        }
        findings.chapter("all start at once, in any order");
        findings.measured("commands → three apps ready", since(commanded, ready), "");
        log.say("three apps are ready; " + Text.count(options.rate()) + " requests/s from now on");
        warmUpTheClient(node("web-1"));
        load = Load.start(
                new InetSocketAddress(Ports.loopback(), cluster.balancer().appPort()), options.rate(), ledger);
        Thread.sleep(BEFORE_FIRST_CHAPTER.toMillis());
    }

    /** So that the first figures are those of the balancer, not of our own client being loaded; goes past the balancer. */
    private void warmUpTheClient(Node node) throws InterruptedException {
        InetSocketAddress app = new InetSocketAddress(Ports.loopback(), node.appPort());
        Ledger unused = new Ledger();
        try (Load _ = Load.start(app, WARM_UP_PER_SECOND, unused)) {
            observer.await(WARM_UP_MAX, 10, () -> unused.answered() >= WARM_UP_REQUESTS);
        }
    }

    private boolean anyEnded() {
        return cluster.nodes().stream().anyMatch(node -> !cluster.isRunning(node));
    }

    private void aFourthAppJoins() throws InterruptedException {
        findings.chapter("a fourth app joins");
        ledger.mark("web-4");
        Node node = cluster.startApp("web-4");
        log.say("web-4 joins: muster run --join " + cluster.seed().gossipAddress() + " --service web:" + node.appPort()
                + " -- …");
        measureFirstRequest(node, cluster.child(node).startedNanos());
    }

    private void measureFirstRequest(Node node, long startedNanos) throws InterruptedException {
        long answers = observer.await(START_MAX, 2, () -> answersHealth(node));
        if (answers < 0) {
            findings.problem(node.name() + "'s app does not answer on port " + node.appPort());
            return;
        }
        findings.measured("command → its app answers", since(startedNanos, answers), "");
        long first = awaitFirstAnswer(node.name());
        if (first < 0) {
            problem(node.name() + " served no request within " + SOON_MAX.toSeconds() + " s");
            return;
        }
        findings.measured("app answers → first request served", since(answers, first), "");
        log.say(node.name() + " serves: " + Text.duration(since(answers, first)) + " after its app first answered");
    }

    private void oneIsKilled() throws InterruptedException {
        findings.chapter("kill -9 of an app and its node");
        Node node = node("web-2");
        Child child = cluster.child(node);
        log.say("web-2: kill -9, app and node");
        long killed = child.kill();
        measureMoved(node, "kill", killed);
        measureKnownByAll(node, "kill", killed, FAILED_MAX, "failed");
    }

    private void onlyAnAppIsKilled() throws InterruptedException {
        findings.chapter("kill -9 of an app, its node lives");
        Node node = node("web-3");
        log.say("web-3: kill -9 of the app only; its node must start it again");
        long killed = cluster.child(node).killDescendants();
        measureMoved(node, "kill", killed);
        // Only from here on: an answer that was under way when the app died is none of the new one.
        ledger.mark(node.name());
        long first = awaitFirstAnswer(node.name());
        if (first < 0) {
            problem("web-3 was not back within " + SOON_MAX.toSeconds() + " s");
            return;
        }
        findings.measured("kill → restarted and serving", since(killed, first), "");
        log.say("web-3 was started again and serves, " + Text.duration(since(killed, first)) + " after the kill");
    }

    private void oneIsStoppedGracefully() throws InterruptedException {
        findings.chapter("graceful stop (SIGTERM)");
        Node node = node("web-1");
        Child child = cluster.child(node);
        log.say("web-1: SIGTERM, as a service manager would");
        long asked = System.nanoTime();
        child.terminate();
        measureMoved(node, "SIGTERM", asked);
        if (!child.awaitEnd(SOON_MAX)) {
            problem("web-1 did not end within " + SOON_MAX.toSeconds() + " s");
            return;
        }
        long ended = System.nanoTime();
        OptionalInt code = child.exitCode();
        findings.measured("SIGTERM → drained and ended", since(asked, ended), "exit code " + code.orElse(-1));
        if (code.orElse(-1) != 0) {
            problem("web-1 ended with code " + code.orElse(-1) + ", not 0");
        }
        log.say("web-1 drained, left and ended after " + Text.duration(since(asked, ended)));
        measureKnownByAll(node, "SIGTERM", asked, SOON_MAX, "left");
    }

    private void oneIsFrozenAndThawed() throws InterruptedException {
        findings.chapter("freeze of " + FROZEN.toSeconds() + " s (SIGSTOP), app and node");
        Node node = node("web-4");
        Child child = cluster.child(node);
        log.say("web-4: frozen, app and node (SIGSTOP)");
        long frozen = System.nanoTime();
        child.freeze();
        try {
            measureMoved(node, "freeze", frozen);
            pauseUntil(frozen + FROZEN.toNanos());
        } finally {
            child.thaw();
        }
        long thawed = System.nanoTime();
        log.say("web-4: thawed (SIGCONT)");
        ledger.mark(node.name());
        long first = awaitFirstAnswer(node.name());
        if (first < 0) {
            problem("web-4 served nothing within " + SOON_MAX.toSeconds() + " s after the thaw");
            return;
        }
        findings.measured("thaw → serving again", since(thawed, first), "");
        log.say("web-4 serves again, " + Text.duration(since(thawed, first)) + " after the thaw");
    }

    private void theSeedIsRestarted() throws InterruptedException {
        findings.chapter("restart of the seed that all joined through");
        Node seed = cluster.seed();
        log.say("seed: stopped, then started again; it remembers nobody");
        cluster.child(seed).terminate();
        if (!cluster.child(seed).awaitEnd(SOON_MAX)) {
            problem("the seed did not end within " + SOON_MAX.toSeconds() + " s");
            return;
        }
        cluster.startSeed();
        long started = cluster.child(seed).startedNanos();
        List<String> living = cluster.nodes().stream()
                .filter(cluster::isRunning)
                .map(Node::name)
                .toList();
        long found = observer.awaitMembers(
                FAILED_MAX,
                () -> living.stream()
                                .allMatch(name -> observer.statusOf(name, seed).equals("alive"))
                        && observer.allSay(seed.name(), "alive"));
        if (found < 0) {
            problem("the restarted seed and the others had not all found each other after " + FAILED_MAX.toSeconds()
                    + " s");
            return;
        }
        findings.measured("started → it and all others see each other", since(started, found), "");
        log.say("seed: found again by all, " + Text.duration(since(started, found)) + " after its start");
    }

    private void aRealSerfAgentJoins() throws InterruptedException {
        Optional<Path> serf = Cluster.installedSerf();
        if (serf.isEmpty()) {
            findings.chapter("a real Serf agent joins: left out, serf is not installed");
            log.say("no real Serf agent joins: 'serf' is not installed (Debian: apt install serf)");
            return;
        }
        findings.chapter("a real Serf agent joins");
        Node node = cluster.startSerfApp("serf-1");
        if (observer.await(START_MAX, 5, () -> answersHealth(node)) < 0) {
            problem("serf-1's app does not answer on port " + node.appPort());
            return;
        }
        log.say("serf-1 joins: serf agent -join " + cluster.seed().gossipAddress() + " -tag role=backend");
        ledger.mark(node.name());
        cluster.startSerfAgent(node, serf.get());
        long started = cluster.child(node).startedNanos();
        long first = awaitFirstAnswer(node.name());
        if (first < 0) {
            problem("serf-1 served no request within " + SOON_MAX.toSeconds() + " s");
            return;
        }
        findings.measured("command → first request served", since(started, first), "");
        log.say("serf-1 serves: " + Text.duration(since(started, first)) + " after its command");
    }

    /** From the deed until the balancer says that it gives that backend no new request. */
    private void measureMoved(Node node, String deed, long deedNanos) throws InterruptedException {
        long moved = observer.awaitBackends(
                SOON_MAX, () -> observer.pageProblem().isEmpty() && !observer.ready(node.name()));
        if (moved < 0) {
            problem("the balancer still sends requests to " + node.name() + " " + SOON_MAX.toSeconds() + " s after the "
                    + deed);
            return;
        }
        PoolsPage.Backend backend = observer.backends().get(node.name());
        String now = backend == null ? "gone" : backend.state();
        findings.measured(deed + " → traffic moved", since(deedNanos, moved), "now " + now);
        log.say("traffic moved off " + node.name() + " " + Text.duration(since(deedNanos, moved)) + " after the " + deed
                + (backend == null || backend.reason().isEmpty() ? "" : ": " + backend.reason()));
    }

    private void measureKnownByAll(Node node, String deed, long deedNanos, Duration max, String status)
            throws InterruptedException {
        long known = observer.awaitMembers(max, () -> observer.allSay(node.name(), status));
        if (known < 0) {
            problem("not all nodes knew that " + node.name() + " " + status + " " + max.toSeconds() + " s after the "
                    + deed);
            return;
        }
        long witnesses = cluster.nodes().stream().filter(cluster::isRunning).count();
        findings.measured(deed + " → '" + status + "' known by all", since(deedNanos, known), witnesses + " nodes");
        log.say("all " + witnesses + " nodes know that " + node.name() + " " + status + ", "
                + Text.duration(since(deedNanos, known)) + " after the " + deed);
    }

    private long awaitFirstAnswer(String name) throws InterruptedException {
        BooleanSupplier served = () -> ledger.firstAnswer(name).isPresent();
        if (observer.await(SOON_MAX, 5, served) < 0) {
            return -1;
        }
        OptionalLong first = ledger.firstAnswer(name);
        return first.orElse(-1);
    }

    private static boolean answersHealth(Node node) {
        try (HttpConnection direct =
                new HttpConnection(new InetSocketAddress(Ports.loopback(), node.appPort()), Duration.ofSeconds(1))) {
            return direct.get("/health", true).status() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    private void problem(String problem) {
        findings.problem(problem);
        log.say("PROBLEM: " + problem);
    }

    private Node node(String name) {
        return cluster.nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void pauseUntil(long nanos) throws InterruptedException {
        long pause = Math.max(nanos - System.nanoTime(), BETWEEN_CHAPTERS_MIN.toNanos());
        Thread.sleep(TimeUnit.NANOSECONDS.toMillis(pause));
    }

    private static Duration since(long fromNanos, long toNanos) {
        return Duration.ofNanos(toNanos - fromNanos);
    }
}
