package muster.proxy;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Notices that an event loop has ended or hangs. Nobody else would: the process lives on, and the loop's listener is still given its
 * part of the new connections. On a thread of its own.
 */
final class LoopWatch implements AutoCloseable {
    static final Duration EVERY = Duration.ofSeconds(5);

    /** So many times in a row; one may be a pause of the whole process, or of its machine. */
    private static final int SILENT_MAX = 3;

    private final List<Pulse> pulses;
    private final Duration every;
    private final Consumer<String> broken;
    private final Thread thread;

    private LoopWatch(List<Watched> loops, Duration every, Consumer<String> broken) {
        this.pulses = loops.stream().map(Pulse::new).toList();
        this.every = every;
        this.broken = broken;
        this.thread = Thread.ofPlatform().name("proxy-watch").daemon().unstarted(this::run);
    }

    /** {@code broken} hears once, on the watch's thread, which loop it is and what is wrong with it. */
    static LoopWatch start(List<Watched> loops, Duration every, Consumer<String> broken) {
        var watch = new LoopWatch(loops, every, broken);
        watch.thread.start();
        return watch;
    }

    /** A loop, and what changes with each of its events: one that has so many that it comes to no task does not hang. */
    record Watched(EventLoop loop, LongSupplier lastEvent) {}

    /** One loop, asked again and again for a sign of life. */
    private static final class Pulse {
        private final EventLoop loop;
        private final LongSupplier lastEvent;
        private volatile boolean answered = true;
        private long eventBefore;
        private int silent;

        Pulse(Watched watched) {
            this.loop = watched.loop;
            this.lastEvent = watched.lastEvent;
            this.eventBefore = lastEvent.getAsLong();
        }

        /** What is wrong; empty if nothing is. */
        String take() {
            if (loop.isShuttingDown()) {
                return "has ended";
            }
            long event = lastEvent.getAsLong();
            silent = answered || event != eventBefore ? 0 : silent + 1;
            eventBefore = event;
            if (answered) {
                answered = false;
                loop.execute(() -> answered = true);
            }
            return silent < SILENT_MAX ? "" : "hangs";
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(every);
                for (int i = 0; i < pulses.size(); i++) {
                    String wrong = pulses.get(i).take();
                    if (!wrong.isEmpty() && !Thread.currentThread().isInterrupted()) {
                        broken.accept("event loop " + i + " " + wrong);
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }
}
