package muster.proof.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests at a fixed rate, whether or not earlier ones were answered: a client that waited for answers would send nothing
 * during a stall and so not see it. Each request carries an id; the answer must be whole and must give the id back.
 *
 * <p>A rate above {@value #AT_ONCE} per second is reached step by step, by {@value #CLIMB} per second in each second: apps and
 * clients that have just started are several times slower than warm ones, and 2,000 requests in their first second would show
 * that and nothing else.
 *
 * <p>One thread keeps the beat, and each request has a virtual thread of its own.
 */
public final class OpenLoopClient implements AutoCloseable {

    /** Long enough that only a request that nobody will answer fails by it. */
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(15);

    private static final int AT_ONCE = 125;

    private static final int CLIMB = 100;

    private static final int POST_MILLIS = 50;

    /** The begin of what is told of a request that got another one's answer. */
    static final String WRONG_ANSWER = "the answer to another request: ";

    /** What a request looks like. */
    public enum Style {
        /** GET, on connections that stay open. */
        KEEP_ALIVE,
        /** GET, each on a connection of its own. */
        FRESH,
        /**
         * POST with a body, on connections that stay open; not safe to send twice, so a proxy must not. The app takes {@value
         * #POST_MILLIS} ms for each, so that some are under way at any moment.
         */
        POST
    }

    /** As clients do: servers close what was idle for long, and a request on its way just then is lost. */
    private static final Duration IDLE_AT_MOST = Duration.ofSeconds(10);

    /** A connection that may be used again, and since when. */
    private record Idle(Connection connection, long sinceNanos) {
        boolean isFresh() {
            return System.nanoTime() - sinceNanos < IDLE_AT_MOST.toNanos();
        }
    }

    private final String target;
    private final int perSecond;
    private final Style style;
    private final ConcurrentLinkedDeque<Idle> idle = new ConcurrentLinkedDeque<>();
    private final ConcurrentLinkedQueue<Report.Request> done = new ConcurrentLinkedQueue<>();
    private final ExecutorService inFlight = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread beat;
    private volatile boolean stopped;

    private OpenLoopClient(String target, int perSecond, Style style) {
        this.target = target;
        this.perSecond = perSecond;
        this.style = style;
        this.beat = Thread.ofPlatform()
                .name("beat of " + style + " to " + target)
                .daemon()
                .unstarted(this::run);
    }

    /**
     * Begins to send.
     *
     * @param target HOST:PORT of a balancer before {@link WebApp}s, or of one of them
     */
    public static OpenLoopClient start(String target, int perSecond, Style style) {
        var client = new OpenLoopClient(target, perSecond, style);
        client.beat.start();
        return client;
    }

    Style style() {
        return style;
    }

    /** Answers so far. */
    public int answered() {
        return done.size();
    }

    /** Goes on until that many more requests were answered or have failed: lets an effect show itself in traffic. */
    public OpenLoopClient sendsMore(int requests) {
        awaitAnswered(done.size() + requests);
        return this;
    }

    /** Goes on until that many requests in all were answered or have failed. */
    void awaitAnswered(int goal) {
        Await.until(goal + " requests", () -> done.size() >= goal);
    }

    /** Goes on until the rate is reached, and all that were sent on the way there were answered or have failed. */
    void awaitFullRate() {
        awaitAnswered((int) whileClimbing());
    }

    /** How many requests are sent before the rate is reached. */
    private double whileClimbing() {
        return (AT_ONCE + perSecond) / 2.0 * climbSeconds();
    }

    private double climbSeconds() {
        return Math.max(0, perSecond - AT_ONCE) / (double) CLIMB;
    }

    /** When a request is due, in nanoseconds after the begin. */
    private long dueNanos(long n) {
        double seconds = n < whileClimbing()
                ? (Math.sqrt((double) AT_ONCE * AT_ONCE + 2.0 * CLIMB * n) - AT_ONCE) / CLIMB
                : climbSeconds() + (n - whileClimbing()) / perSecond;
        return (long) (seconds * 1e9);
    }

    /** Goes on until this backend answers. @return when it did first, {@link System#nanoTime} */
    public long awaitServedBy(String backend) {
        Await.until(
                "an answer of " + backend,
                Await.PATIENCE,
                () -> report().servedBy().containsKey(backend),
                () -> report().toString());
        return report().firstAnswerAtNanos(backend);
    }

    /** What happened so far. */
    public Report report() {
        return new Report(List.copyOf(done));
    }

    /** Ends the beat, waits for all that is in flight, and says what happened. */
    public Report stop() {
        stopped = true;
        try {
            beat.join();
            inFlight.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while the last requests were in flight", e);
        }
        idle.forEach(each -> each.connection().close());
        return report();
    }

    @Override
    public void close() {
        stop();
    }

    private void run() {
        long startNanos = System.nanoTime();
        for (long n = 0; !stopped; n++) {
            long dueNanos = startNanos + dueNanos(n);
            for (long wait = dueNanos - System.nanoTime(); wait > 0; wait = dueNanos - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            var id = style + "-" + n;
            inFlight.execute(() -> done.add(request(id, dueNanos)));
        }
    }

    private Report.Request request(String id, long dueNanos) {
        try {
            var answer = exchange(id);
            var problem = problem(answer, id);
            var by = answer.headers().getOrDefault("x-served-by", "nobody");
            return new Report.Request(id, dueNanos, System.nanoTime(), by, problem);
        } catch (IOException | RuntimeException e) {
            return new Report.Request(id, dueNanos, System.nanoTime(), "nobody", e.toString());
        }
    }

    private Connection.Answer exchange(String id) throws IOException {
        var pooled = style == Style.FRESH ? null : pooled();
        var connection = pooled == null ? new Connection(target, ANSWER_WITHIN) : pooled;
        boolean keep = false;
        try {
            var answer = switch (style) {
                case KEEP_ALIVE -> connection.exchange("GET", "/who?id=" + id, "", new byte[0]);
                case FRESH -> connection.exchange("GET", "/who?id=" + id, "Connection: close\r\n", new byte[0]);
                case POST ->
                    connection.exchange(
                            "POST",
                            "/echo?id=" + id + "&delay=" + POST_MILLIS,
                            "Content-Type: text/plain\r\n",
                            body(id));
            };
            keep = style != Style.FRESH && !answer.closes();
            return answer;
        } finally {
            if (keep) {
                idle.addFirst(new Idle(connection, System.nanoTime()));
            } else {
                connection.close();
            }
        }
    }

    /** The one that was used last; null where none is fresh enough. The longest unused is closed when it no longer is. */
    private @Nullable Connection pooled() {
        var last = idle.peekLast();
        if (last != null && !last.isFresh() && idle.removeLastOccurrence(last)) {
            last.connection().close();
        }
        for (var first = idle.pollFirst(); first != null; first = idle.pollFirst()) {
            if (first.isFresh()) {
                return first.connection();
            }
            first.connection().close();
        }
        return null;
    }

    private static byte[] body(String id) {
        return (id + " ").repeat(100).getBytes(StandardCharsets.US_ASCII);
    }

    private String problem(Connection.Answer answer, String id) {
        if (answer.status() != 200) {
            return "status " + answer.status() + ": " + answer.text().strip().replaceAll("\\s+", " ");
        }
        boolean right = switch (style) {
            case POST -> answer.text().equals(new String(body(id), StandardCharsets.US_ASCII));
            case KEEP_ALIVE, FRESH -> id.equals(Json.object(answer.text()).get("id"));
        };
        return right ? "" : WRONG_ANSWER + answer.text();
    }
}
