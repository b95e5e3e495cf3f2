package muster.proof.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import muster.proof.harness.Await;
import muster.proof.harness.OpenLoopClient;
import muster.proof.harness.OpenLoopClient.Style;
import muster.proof.harness.Report;
import muster.proof.harness.Stage;
import muster.proof.harness.WebApp;

/**
 * From an event on a machine to its effect on users' requests, against the classic glue: all sites run at the same time on the
 * same machine, scenes alternate in an order drawn anew each time, and one open-loop client counts.
 */
final class FailoverBench {

    private static final int PER_SECOND = 200;
    private static final long SEED = 42;
    private static final int AFTERMATH = 400; // requests still watched when the member list has changed: 2 s

    private static final long STUCK_NANOS = 5_000_000_000L; // far above any pause of a healthy but busy machine

    private static final String MUSTER = "Muster";
    private static final String MUSTER_HAPROXY = "Muster-HAProxy";

    private enum Scene {
        JOIN("node starts → its first answer", "s"),
        READY("app listens → its first answer", "s"),
        OUT("a serf agent's tags say that its app drains → the last request sent there", "s"),
        KILL_FAILED("kill -9 of a node: failed requests", ""),
        KILL_LAST("kill -9 → last failed request", "s"),
        KILL_LONGEST("kill -9: longest wait of a request", "s"),
        KILL_KNOWN("kill -9 → the balancer's member list says failed", "s"),
        FREEZE_FAILED("freeze of a node: requests that failed or waited > 5 s", ""),
        FREEZE_LAST("freeze → the last of these was sent", "s"),
        FREEZE_LONGEST("freeze: longest wait of a request (the client gives up after 15 s)", "s"),
        STOP_FAILED("orderly stop of a node: failed requests", ""),
        STOP_LAST("orderly stop → last failed request", "s");

        final String label;
        final String unit;

        Scene(String label, String unit) {
            this.label = label;
            this.unit = unit;
        }
    }

    private record Figure(String site, Scene scene, double value) {}

    private final Stage stage;
    private final int repetitions;
    private final List<Figure> figures = new ArrayList<>();

    FailoverBench(Stage stage, int repetitions) {
        this.stage = stage;
        this.repetitions = repetitions;
    }

    void run() {
        var facts = MachineFacts.line();
        var sites = new ArrayList<Site>(List.of(
                ClassicSite.byHandlers(stage),
                ClassicSite.byPolling(stage),
                MusterSite.start(
                        stage,
                        MUSTER_HAPROXY,
                        "-with=haproxy",
                        "-haproxy-dir=" + stage.directory().resolve("haproxy")),
                MusterSite.start(stage, MUSTER)));
        var labels = sites.stream().map(Site::label).toList();
        for (var site : sites) {
            for (var name : List.of("stable-1", "stable-2")) {
                site.add(site.label() + "-" + name);
            }
            warmUp(site);
        }
        var random = new Random(SEED);
        for (int n = 1; n <= repetitions; n++) {
            Collections.shuffle(sites, random);
            for (var site : sites) {
                kill(site, join(site, site.label() + "-k" + n));
                var machine = join(site, site.label() + "-s" + n);
                takeOut(site, site.label() + "-o" + n);
                freezeAndThaw(site, machine);
                stop(site, machine);
                Bench.progress("repetition %d of %d, %s".formatted(n, repetitions, site.label()));
            }
        }
        print(facts, labels);
    }

    private static void warmUp(Site site) {
        Await.until("both stable backends of " + site.label(), () -> {
            try (var client = OpenLoopClient.start(site.address(), PER_SECOND, Style.FRESH)) {
                return client.sendsMore(PER_SECOND).stop().servedBy().size() == 2;
            }
        });
        try (var client = OpenLoopClient.start(site.address(), PER_SECOND, Style.FRESH)) {
            client.sendsMore(10 * PER_SECOND);
        }
    }

    private Site.Machine join(Site site, String name) {
        try (var client = OpenLoopClient.start(site.address(), PER_SECOND, Style.FRESH)) {
            client.sendsMore(PER_SECOND / 2);
            long startNanos = System.nanoTime();
            var machine = site.add(name);
            long firstNanos = client.awaitServedBy(name);
            add(site, Scene.JOIN, seconds(startNanos, firstNanos));
            add(
                    site,
                    Scene.READY,
                    seconds(machine.app().awaitLine("listening on").atNanos(), firstNanos));
            client.sendsMore(PER_SECOND);
            return machine;
        }
    }

    /** The same machine for all sites, by a serf agent whose tags all of them understand. */
    private void takeOut(Site site, String name) {
        var serf = stage.serf(name)
                .with(
                        "-tag=role=backend",
                        "-tag=svc.web=" + Stage.APP_PORT,
                        "-join=" + site.balancer().gossipAddress());
        var app = stage.start("app of " + name, WebApp.command(name, serf.host(), Stage.APP_PORT));
        app.awaitLine("listening on");
        serf.start();
        try (var client = OpenLoopClient.start(site.address(), PER_SECOND, Style.FRESH)) {
            client.awaitServedBy(name);
            client.sendsMore(PER_SECOND);
            long startNanos = System.nanoTime();
            serf.serf("tags", "-set", "state=draining", "-set", "svc.web=" + Stage.APP_PORT + ";state=draining")
                    .orFail();
            var after = client.sendsMore(2 * AFTERMATH).stop().since(startNanos);
            add(
                    site,
                    Scene.OUT,
                    after.requests().stream()
                            .filter(request -> request.by().equals(name))
                            .mapToDouble(request -> seconds(startNanos, request.dueNanos()))
                            .max()
                            .orElse(0));
        }
        serf.leave();
        app.stop();
    }

    private void kill(Site site, Site.Machine machine) {
        try (var client = OpenLoopClient.start(site.address(), PER_SECOND, Style.FRESH)) {
            client.sendsMore(PER_SECOND);
            long startNanos = System.nanoTime();
            machine.kill();
            site.balancer().awaitSees("failed", machine.member());
            add(site, Scene.KILL_KNOWN, seconds(startNanos, System.nanoTime()));
            var after = client.sendsMore(AFTERMATH).stop().since(startNanos);
            add(site, Scene.KILL_FAILED, after.failures().size());
            add(site, Scene.KILL_LAST, lastFailure(after, startNanos));
            add(site, Scene.KILL_LONGEST, after.latencyMillis(1) / 1e3);
        }
    }

    private void freezeAndThaw(Site site, Site.Machine machine) {
        try (var client = OpenLoopClient.start(site.address(), PER_SECOND, Style.FRESH)) {
            client.sendsMore(PER_SECOND);
            long startNanos = System.nanoTime();
            machine.freeze();
            site.balancer().awaitSees("failed", machine.member());
            var after = client.sendsMore(AFTERMATH).stop().since(startNanos); // waits for the last answer, thaw or not
            machine.thaw();
            var stuck = after.requests().stream()
                    .filter(request -> request.failed() || request.waitedNanos() > STUCK_NANOS)
                    .toList();
            add(site, Scene.FREEZE_FAILED, stuck.size());
            add(
                    site,
                    Scene.FREEZE_LAST,
                    stuck.stream()
                            .mapToDouble(request -> seconds(startNanos, request.dueNanos()))
                            .max()
                            .orElse(0));
            add(site, Scene.FREEZE_LONGEST, after.latencyMillis(1) / 1e3);
        }
        site.balancer().awaitSees("alive", machine.member());
    }

    private void stop(Site site, Site.Machine machine) {
        try (var client = OpenLoopClient.start(site.address(), PER_SECOND, Style.FRESH)) {
            client.sendsMore(PER_SECOND);
            long startNanos = System.nanoTime();
            machine.stop();
            site.balancer().awaitSees("left", machine.member());
            var after = client.sendsMore(AFTERMATH).stop().since(startNanos);
            add(site, Scene.STOP_FAILED, after.failures().size());
            add(site, Scene.STOP_LAST, lastFailure(after, startNanos));
        }
    }

    private void add(Site site, Scene scene, double value) {
        figures.add(new Figure(site.label(), scene, value));
        Bench.progress("%s: %s %.3f".formatted(site.label(), scene.label, value));
    }

    private static double lastFailure(Report report, long sinceNanos) {
        return report.failures().stream()
                .mapToDouble(failure -> seconds(sinceNanos, failure.endNanos()))
                .max()
                .orElse(0);
    }

    private static double seconds(long fromNanos, long toNanos) {
        return (toNanos - fromNanos) / 1e9;
    }

    private void print(String facts, List<String> labels) {
        System.out.printf("""
                ## From an event to its effect

                %s Command: `proof/benchmarks/bench failover %d`.

                Classic: a serf agent per machine, and at HAProxy a handler script that renders its configuration from the members,
                checks it and reloads with `-sf`; HTTP checks every second, two failures down, redispatch and retries on. Polling: the
                same script once a second instead of by events. Muster: `muster balance`, and `muster run` per machine; with HAProxy:
                `muster balance -with haproxy`. All at the same time on one machine, two stable backends each; %d repetitions in
                shuffled order; the client sends %d GETs per second, open loop, each on a fresh connection (kept ones would fail more often
                across HAProxy's reloads). A node starts with its app: the app's own start is in the first line for all.
                Median (min … max).

                """, facts, repetitions, repetitions, PER_SECOND);
        System.out.println("| | " + String.join(" | ", labels) + " | classic ÷ Muster |");
        System.out.println("|---".repeat(labels.size() + 2) + "|");
        for (var scene : Scene.values()) {
            double theirs = median(values(labels.getFirst(), scene));
            double ours = median(values(MUSTER, scene));
            System.out.printf(
                    "| %s | %s | %s |%n",
                    scene.label,
                    String.join(
                            " | ",
                            labels.stream()
                                    .map(label -> range(values(label, scene), scene.unit))
                                    .toList()),
                    ours > 0 ? "%.1f×".formatted(theirs / ours) : "—");
        }
    }

    private List<Double> values(String site, Scene scene) {
        return figures.stream()
                .filter(figure -> figure.site().equals(site) && figure.scene() == scene)
                .map(Figure::value)
                .toList();
    }

    private static double median(List<Double> values) {
        return Bench.median(values.stream().mapToDouble(value -> value).toArray());
    }

    private static String range(List<Double> values, String unit) {
        var format = unit.isEmpty() ? "%.0f" : "%.3f " + unit;
        return (format + " (" + format + " … " + format + ")")
                .formatted(median(values), Collections.min(values), Collections.max(values));
    }
}
