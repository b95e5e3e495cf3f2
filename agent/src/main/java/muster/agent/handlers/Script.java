package muster.agent.handlers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import muster.agent.configuration.Durations;
import muster.agent.configuration.HandlerOption;
import muster.agent.event.ClusterEvent;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Counters;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import muster.supervisor.ExitStatus;
import muster.supervisor.Signal;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.Command;
import org.jspecify.annotations.Nullable;

/**
 * One handler: a queue of events, and a thread that runs the script for one after another. An event that finds the script
 * idle is handed over at once; those that wait are folded as Serf folds them.
 */
final class Script implements AutoCloseable {
    static final int QUEUE_MAX = 1_024; // Serf's, for all its handlers together
    static final int OUTPUT_BYTES_MAX = 8 << 10; // Serf's: the last of it are kept

    private static final Duration SLOW_AFTER = Duration.ofSeconds(1); // Serf's
    private static final Duration END_LIMIT = Duration.ofSeconds(10); // a process stuck in the kernel

    /**
     * Runs {@code /bin/sh -c SCRIPT} with the input, and keeps the end of what it prints. Only our own words are in it: the
     * script and the folder come as arguments, the event as environment and input.
     */
    private static final String FRAME =
            "{ /bin/sh -c \"$1\" <\"$2/in\" 2>&1; { echo $? >\"$2/status\"; } 2>/dev/null; }" + " | tail -c "
                    + (OUTPUT_BYTES_MAX + 1) + " >\"$2/out\"";

    private final HandlerOption option;
    private final Supplier<Member> self;
    private final Handlers.Answers answers;
    private final Map<String, String> environment;
    private final Duration limit;
    private final Path folder;
    private final Counters counters;
    private final ArrayDeque<ClusterEvent> queue = new ArrayDeque<>(); // guarded by itself
    private final Thread thread;
    private volatile boolean closed;
    private boolean running; // guarded by queue

    /**
     * @param limit the longest run; zero for none
     * @param folder of this script's own
     */
    Script(
            HandlerOption option,
            Supplier<Member> self,
            Handlers.Answers answers,
            Map<String, String> environment,
            Duration limit,
            Path folder,
            Counters counters) {
        this.option = option;
        this.self = self;
        this.answers = answers;
        this.environment = environment;
        this.limit = limit;
        this.folder = folder;
        this.counters = counters;
        this.thread = Thread.ofPlatform().name("handler").daemon().start(this::run);
    }

    HandlerOption option() {
        return option;
    }

    /** Does not wait. */
    void offer(ClusterEvent event) {
        synchronized (queue) {
            if (closed || queue.size() >= QUEUE_MAX) {
                counters.count("handler-events-dropped");
                return;
            }
            queue.add(event);
            queue.notifyAll();
        }
    }

    /** Waits until all events are handled, but not for long. */
    void awaitIdle(long untilNanos) throws InterruptedException {
        synchronized (queue) {
            while (running || !queue.isEmpty()) {
                long millis = (untilNanos - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    return;
                }
                queue.wait(millis);
            }
        }
    }

    /** Hears and starts no more. A script that runs goes on; Serf leaves it alone too. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }

    private void run() {
        try {
            while (!closed) {
                ClusterEvent event = next();
                try {
                    invoke(event);
                } catch (IOException e) {
                    counters.count("handler-runs-failed");
                    Log.line(LogLevel.ERR, "agent: Error invoking script '" + option.script() + "': " + e.getMessage());
                } catch (RuntimeException e) {
                    counters.count("faults");
                    Log.line(LogLevel.ERR, "agent: a fault while invoking script '" + option.script() + "'", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private ClusterEvent next() throws InterruptedException {
        synchronized (queue) {
            running = false;
            queue.notifyAll();
            while (queue.isEmpty()) {
                queue.wait();
            }
            running = true;
            return fold(queue);
        }
    }

    /** Takes the next one, with all that may go with it. */
    static ClusterEvent fold(ArrayDeque<ClusterEvent> queue) {
        return switch (queue.remove()) {
            case ClusterEvent.Members first -> {
                // The latest of each member; the lines stay in the order in which members first appeared.
                Map<String, Member> members = new LinkedHashMap<>();
                first.members().forEach(member -> members.put(member.name(), member));
                while (queue.peek() instanceof ClusterEvent.Members more
                        && more.type().equals(first.type())) {
                    more.members().forEach(member -> members.put(member.name(), member));
                    queue.remove();
                }
                yield new ClusterEvent.Members(first.type(), new ArrayList<>(members.values()));
            }
            case ClusterEvent.User first -> {
                ClusterEvent.User latest = first;
                if (first.coalesce()) {
                    for (ClusterEvent other : List.copyOf(queue)) {
                        if (other instanceof ClusterEvent.User later
                                && later.coalesce()
                                && later.name().equals(first.name())) {
                            queue.remove(later);
                            latest = later.time() > latest.time() ? later : latest;
                        }
                    }
                }
                yield latest;
            }
            case ClusterEvent.Query query -> query;
        };
    }

    private void invoke(ClusterEvent event) throws IOException, InterruptedException {
        Call call = Call.of(event, self.get(), environment);
        Files.write(folder.resolve("in"), call.input().array());
        Files.deleteIfExists(folder.resolve("status"));
        var words = List.of("/bin/sh", "-c", FRAME, "sh", option.script(), folder.toString());
        var child = new Child();
        long beganNanos = System.nanoTime();
        Children.ofThisProcess().spawn(new Command(words, call.environment(), ""), child);
        boolean inTime = child.await(SLOW_AFTER);
        if (!inTime) {
            Log.line(
                    LogLevel.WARN,
                    "agent: Script '" + option.script() + "' slow, execution exceeding "
                            + Durations.format(SLOW_AFTER));
            inTime = child.await(limit.isZero() ? Duration.ofDays(1_000) : limit.minus(SLOW_AFTER));
        }
        if (!inTime) {
            counters.count("handler-runs-timed-out");
            child.kill();
            child.await(END_LIMIT);
            throw new IOException(
                    "killed: it ran longer than " + Durations.format(limit) + " (-event-handler-timeout)");
        }
        finish(event, child.refusal(), (System.nanoTime() - beganNanos) / 1_000_000);
    }

    private void finish(ClusterEvent event, String refusal, long tookMillis) throws IOException, InterruptedException {
        if (!refusal.isEmpty()) {
            throw new IOException(refusal);
        }
        Bytes output = output();
        Log.line(LogLevel.DEBUG, "agent: Event '" + event.type() + "' script output: " + output.utf8());
        String status = status();
        if (!status.equals("0")) {
            throw new IOException("exit status " + status);
        }
        if (event instanceof ClusterEvent.Query query && !output.isEmpty()) {
            answers.give(query, output);
        }
        Log.line(
                LogLevel.TRACE,
                "agent: Script '" + option.script() + "' handled " + event.type() + " in " + tookMillis + " ms");
    }

    private Bytes output() throws IOException {
        byte[] bytes = Files.readAllBytes(folder.resolve("out"));
        if (bytes.length > OUTPUT_BYTES_MAX) {
            counters.count("handler-outputs-truncated");
            Log.line(
                    LogLevel.WARN,
                    "agent: Script '" + option.script() + "' generated more than " + OUTPUT_BYTES_MAX
                            + " bytes of output, truncated to " + OUTPUT_BYTES_MAX);
            bytes = Arrays.copyOfRange(bytes, 1, bytes.length);
        }
        return Bytes.of(bytes);
    }

    /** What the script exited with; a shell's 128 + signal when it was killed. */
    private String status() throws IOException {
        try {
            return Files.readString(folder.resolve("status"), StandardCharsets.US_ASCII)
                    .strip();
        } catch (NoSuchFileException e) {
            return "unknown: it was killed";
        }
    }

    /** The shell around one run. */
    private static final class Child implements Children.Handler {
        private final CompletableFuture<String> ended = new CompletableFuture<>();
        private volatile @Nullable Long pid;

        @Override
        public void spawned(long pid) {
            this.pid = pid;
        }

        @Override
        public void notSpawned(String reason, int code) {
            ended.complete(reason);
        }

        @Override
        public void exited(long pid, ExitStatus status, boolean groupLeft) {
            ended.complete("");
        }

        /** Whether it has ended within this time. */
        boolean await(Duration time) throws InterruptedException {
            try {
                ended.get(Math.max(0, time.toMillis()), TimeUnit.MILLISECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Why it could not be started; empty when it could. */
        String refusal() {
            return ended.join();
        }

        void kill() {
            Long group = pid;
            if (group != null) {
                Children.ofThisProcess().signalGroup(group, Signal.KILL);
            }
        }
    }
}
