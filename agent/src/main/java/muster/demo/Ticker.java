package muster.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Puts a {@link Scene} together a few times a second and shows it. One thread of its own. */
final class Ticker implements AutoCloseable {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long RATE_WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LATENCY_WINDOW_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Cluster cluster;
    private final Observer observer;
    private final Ledger ledger;
    private final StoryLog log;
    private final int seconds;
    private final Display display;
    private final Tempo tempo = new Tempo(RATE_WINDOW_NANOS);
    private final Thread thread;
    private volatile boolean stopped;

    Ticker(Cluster cluster, Observer observer, Ledger ledger, StoryLog log, int seconds, Display display) {
        this.cluster = cluster;
        this.observer = observer;
        this.ledger = ledger;
        this.log = log;
        this.seconds = seconds;
        this.display = display;
        this.thread = Thread.ofPlatform().name("demo-view").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Override
    public void close() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!stopped) {
            display.refresh(scene(System.nanoTime()));
            LockSupport.parkNanos(EVERY_NANOS);
        }
    }

    private Scene scene(long nowNanos) {
        Map<String, Long> totals = ledger.totals();
        Map<String, Long> rates = tempo.perSecond(nowNanos, totals);
        Map<String, String> members = observer.members();
        Map<String, PoolsPage.Backend> backends = observer.backends();
        List<Scene.Row> rows = new ArrayList<>();
        for (Node node : cluster.nodes()) {
            String name = node.name();
            String membership = members.getOrDefault(name, "");
            rows.add(
                    switch (node.role()) {
                        case BALANCER -> new Scene.Row(name, membership, "balances", 0, -1);
                        case SEED -> new Scene.Row(name, membership, "plain member", 0, -1);
                        case APP, SERF -> {
                            PoolsPage.Backend backend = backends.get(name);
                            yield new Scene.Row(
                                    name,
                                    membership,
                                    backend == null ? "" : backend.state(),
                                    rates.getOrDefault(name, 0L),
                                    totals.getOrDefault(name, 0L));
                        }
                    });
        }
        return new Scene(
                nowNanos - log.startNanos(),
                seconds,
                rates.values().stream().mapToLong(Long::longValue).sum(),
                ledger.answered(),
                ledger.failed(),
                ledger.latencies().between(nowNanos - LATENCY_WINDOW_NANOS, nowNanos),
                rows,
                log.lines(),
                "app http://127.0.0.1:" + cluster.balancer().appPort() + "/   balancer http://127.0.0.1:"
                        + cluster.statsPort() + "/   Ctrl-C ends all");
    }
}
