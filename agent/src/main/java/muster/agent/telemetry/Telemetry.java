package muster.agent.telemetry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.node.Node;
import muster.gossip.Figure;
import muster.supervisor.linux.HostName;

/** All collectors of an agent, perhaps none; and what is measured for them at regular times. */
public final class Telemetry implements Consumer<Figure>, AutoCloseable {
    private static final Duration RUNTIME_EVERY = Duration.ofSeconds(1); // go-metrics'
    private static final int QUEUES_EVERY = 30; // of these times: Serf's 30 s

    private final List<Collector> collectors;
    private final CountDownLatch closed = new CountDownLatch(1);

    private Telemetry(List<Collector> collectors) {
        this.collectors = List.copyOf(collectors);
    }

    /** Those that the operator names, from now on. */
    public static Telemetry of(Configuration configuration) {
        var text = new StatsdText(HostName.ofKernel());
        var collectors = new ArrayList<Collector>();
        if (isGiven(configuration, Schema.STATSD_ADDR)) {
            collectors.add(Collector.statsd(configuration.value(Schema.STATSD_ADDR), text));
        }
        if (isGiven(configuration, Schema.STATSITE_ADDR)) {
            collectors.add(Collector.statsite(configuration.value(Schema.STATSITE_ADDR), text));
        }
        return new Telemetry(collectors);
    }

    private static boolean isGiven(Configuration configuration, Setting<Endpoint> setting) {
        Endpoint address = configuration.value(setting);
        return !address.host().isEmpty() || address.hasPort();
    }

    @Override
    public void accept(Figure figure) {
        for (Collector collector : collectors) {
            collector.offer(figure);
        }
    }

    /** From now on measures the program, each second, and what waits in the node's queues. */
    public void begin(Node node, IntSupplier threads) {
        if (!collectors.isEmpty()) {
            Thread.ofPlatform().name("telemetry").daemon().start(() -> measure(node, threads));
        }
    }

    /** Figures that were not sent. */
    public long lost() {
        return collectors.stream().mapToLong(Collector::lost).sum();
    }

    /** Sends what is there, for half a second at most. */
    @Override
    public void close() {
        closed.countDown();
        collectors.forEach(Collector::close);
    }

    private void measure(Node node, IntSupplier threads) {
        try {
            for (int times = 1; !closed.await(RUNTIME_EVERY.toMillis(), TimeUnit.MILLISECONDS); times++) {
                measureProgram(threads);
                if (times % QUEUES_EVERY == 0) {
                    measureQueues(node);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void measureProgram(IntSupplier threads) {
        Runtime runtime = Runtime.getRuntime();
        accept(Figure.gauge("runtime.num_goroutines", threads.getAsInt()));
        accept(Figure.gauge("runtime.alloc_bytes", (double) (runtime.totalMemory() - runtime.freeMemory())));
        accept(Figure.gauge("runtime.sys_bytes", (double) runtime.totalMemory()));
    }

    private void measureQueues(Node node) throws InterruptedException {
        try {
            SortedMap<String, Long> facts =
                    node.ask(core -> core.facts()).get(RUNTIME_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            accept(Figure.sample("serf.queue.Intent", (double) facts.getOrDefault("intent_queue", 0L)));
            accept(Figure.sample("serf.queue.Event", (double) facts.getOrDefault("event_queue", 0L)));
            accept(Figure.sample("serf.queue.Query", (double) facts.getOrDefault("query_queue", 0L)));
        } catch (ExecutionException | TimeoutException e) {
            // The node is ending, or has too much to do: thirty seconds later there is another time.
        }
    }
}
