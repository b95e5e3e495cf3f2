package muster.agent.telemetry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import muster.agent.configuration.Endpoint;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.gossip.Figure;
import muster.supervisor.linux.FileTrouble;
import org.jspecify.annotations.Nullable;

/**
 * One that collects figures. Whoever has one never waits: a thread of its own sends. What was measured while the
 * collector was away is lost and counted, because it would look as if it had been measured later.
 */
final class Collector implements AutoCloseable {
    static final int QUEUE_MAX = 4_096; // go-metrics'; an agent that is busy measures some hundred in a second
    private static final int BATCH_BYTES_MAX = 1_400; // go-metrics': a datagram that no network cuts
    private static final Duration FLUSH_AFTER = Duration.ofMillis(100); // go-metrics'
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5); // go-metrics'
    private static final Duration WELL_AFTER = Duration.ofMinutes(1); // UDP seems to work between two failures
    private static final Duration CLOSE_LIMIT = Duration.ofMillis(500);

    private final String name;
    private final Opening opening;
    private final StatsdText text;
    private final BlockingQueue<Figure> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final AtomicLong lost = new AtomicLong();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    // Only on the thread:
    private @Nullable Link link;
    private @Nullable String next;
    private boolean troubled;
    private long failedNanos;

    private interface Opening {
        Link open() throws IOException;
    }

    private Collector(String name, Opening opening, StatsdText text) {
        this.name = name;
        this.opening = opening;
        this.text = text;
        this.thread = Thread.ofPlatform().name("telemetry-" + name).daemon().start(this::run);
    }

    /** Over UDP. */
    static Collector statsd(Endpoint at, StatsdText text) {
        return new Collector("statsd " + at, () -> Link.Udp.to(at), text);
    }

    /** Over TCP. */
    static Collector statsite(Endpoint at, StatsdText text) {
        return new Collector("statsite " + at, () -> new Link.Tcp(at), text);
    }

    void offer(Figure figure) {
        if (!queue.offer(figure)) {
            lost.incrementAndGet();
        }
    }

    /** Figures that were not sent. */
    long lost() {
        return lost.get();
    }

    /** Sends what is there, but waits for nobody. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(CLOSE_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }

    private void run() {
        try {
            while (closing.getCount() > 0 || !queue.isEmpty() || next != null) {
                String batch = batch();
                if (!batch.isEmpty()) {
                    send(batch);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed while the collector was away
        } finally {
            closeLink();
        }
    }

    /** What there is within {@link #FLUSH_AFTER} of the first line, as far as it fits. */
    private String batch() throws InterruptedException {
        var batch = new StringBuilder();
        long endNanos = System.nanoTime() + FLUSH_AFTER.toNanos();
        while (true) {
            String line = next == null ? line(endNanos - System.nanoTime()) : next;
            next = null;
            if (line == null) {
                return batch.toString();
            }
            if (batch.isEmpty()) {
                endNanos = System.nanoTime() + FLUSH_AFTER.toNanos();
            } else if (batch.length() + line.length() > BATCH_BYTES_MAX) {
                next = line;
                return batch.toString();
            }
            batch.append(line);
        }
    }

    private @Nullable String line(long waitNanos) throws InterruptedException {
        Figure figure = queue.poll(waitNanos, TimeUnit.NANOSECONDS);
        return figure == null ? null : text.line(figure);
    }

    private void send(String batch) throws InterruptedException {
        try {
            Link open = link;
            if (open == null) {
                open = opening.open();
                link = open;
            }
            open.send(batch.getBytes(StandardCharsets.UTF_8));
            if (troubled && System.nanoTime() - failedNanos > WELL_AFTER.toNanos()) {
                troubled = false;
                Log.line(LogLevel.INFO, "agent: figures reach " + name + " again");
            }
        } catch (IOException e) {
            closeLink();
            lost.addAndGet(batch.chars().filter(c -> c == '\n').count());
            failed(e);
        }
    }

    private void failed(IOException e) throws InterruptedException {
        failedNanos = System.nanoTime();
        if (!troubled) {
            troubled = true;
            Log.line(
                    LogLevel.WARN,
                    "agent: figures do not reach " + name + ": " + FileTrouble.of(e)
                            + "; they are lost until it is there");
        }
        boolean _ = closing.await(RETRY_AFTER.toMillis(), TimeUnit.MILLISECONDS);
        if (next != null) {
            next = null;
            lost.incrementAndGet();
        }
        while (queue.poll() != null) {
            lost.incrementAndGet();
        }
    }

    private void closeLink() {
        try {
            if (link != null) {
                link.close();
            }
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "agent: closing the way to " + name + ": " + e.getMessage());
        }
        link = null;
    }
}
