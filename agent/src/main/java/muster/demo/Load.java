package muster.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A steady open-loop load of GET requests. One thread keeps the {@link Schedule}; each request runs on its own virtual thread,
 * carries an id, and counts as answered only if exactly that id comes back. Every {@value #FRESH_EVERY}th request uses a
 * connection of its own, the others share kept ones.
 */
final class Load implements AutoCloseable {
    static final int FRESH_EVERY = 4;

    /** A user would have given up; a balancer that needs longer than this to find a live backend has failed the request. */
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** Above this the target is not just slow but stuck: further requests fail at once instead of piling up. */
    static final int IN_FLIGHT_MAX = 20_000;

    /** A kept connection idle for longer is dropped, well before any server's idle limit could close it under a request. */
    private static final Duration IDLE_MAX = Duration.ofSeconds(5);

    private static final Pattern BODY =
            Pattern.compile("\\{\"name\":\"([^\"]+)\",\"host\":\"[^\"]*\",\"pid\":\\d+,\"id\":\"([^\"]*)\"}\n");

    private final InetSocketAddress target;
    private final Schedule schedule;
    private final Ledger ledger;
    private final Deque<HttpConnection> kept = new ConcurrentLinkedDeque<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Thread clock;
    private volatile boolean stopped;

    private Load(InetSocketAddress target, int perSecond, Ledger ledger) {
        this.target = target;
        this.schedule = new Schedule(System.nanoTime(), perSecond);
        this.ledger = ledger;
        this.clock = Thread.ofPlatform().name("demo-load").daemon().unstarted(this::run);
    }

    static Load start(InetSocketAddress target, int perSecond, Ledger ledger) {
        Load load = new Load(target, perSecond, ledger);
        load.clock.start();
        return load;
    }

    /** Sends nothing more and waits until every request has ended one way or the other. */
    @Override
    public void close() {
        stopped = true;
        LockSupport.unpark(clock);
        long deadline = System.nanoTime() + TIMEOUT.toNanos() * 2;
        while ((clock.isAlive() || inFlight.get() > 0) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        for (HttpConnection idle = kept.poll(); idle != null; idle = kept.poll()) {
            idle.close();
        }
    }

    int inFlight() {
        return inFlight.get();
    }

    private void run() {
        long next = 0;
        while (!stopped) {
            long due = schedule.dueBy(System.nanoTime());
            while (next < due && !stopped) {
                send(next++);
            }
            LockSupport.parkNanos(schedule.intendedNanos(next) - System.nanoTime());
        }
    }

    private void send(long n) {
        String request = "/who?id=" + n;
        if (inFlight.incrementAndGet() > IN_FLIGHT_MAX) {
            inFlight.decrementAndGet();
            fail(n, request, "not sent: " + IN_FLIGHT_MAX + " requests wait for their answers");
            return;
        }
        Thread.ofVirtual().name("demo-request").start(() -> {
            try {
                exchange(n, request, n % FRESH_EVERY == 0);
            } finally {
                inFlight.decrementAndGet();
            }
        });
    }

    private void exchange(long n, String request, boolean fresh) {
        HttpConnection connection = fresh ? null : keptConnection();
        String how = connection == null ? (fresh ? "fresh connection" : "new kept connection") : "kept connection";
        try {
            if (connection == null) {
                connection = new HttpConnection(target, TIMEOUT);
            }
            HttpConnection.Answer answer = connection.get(request, fresh);
            long now = System.nanoTime();
            String wrong = wrong(answer, Long.toString(n));
            if (wrong != null) {
                fail(n, request, wrong + " (" + how + ")");
            } else if (now - schedule.intendedNanos(n) > TIMEOUT.toNanos()) {
                fail(n, request, "answered after more than " + TIMEOUT.toSeconds() + " s (" + how + ")");
            } else {
                ledger.answered(servedBy(answer), schedule.intendedNanos(n), now);
            }
            if (connection.reusable() && !stopped) {
                kept.push(connection);
            } else {
                connection.close();
            }
        } catch (IOException e) {
            if (connection != null) {
                connection.close();
            }
            fail(n, request, e + " (" + how + ")");
        }
    }

    private @Nullable HttpConnection keptConnection() {
        for (HttpConnection idle = kept.poll(); idle != null; idle = kept.poll()) {
            if (idle.idleNanos() < IDLE_MAX.toNanos()) {
                return idle;
            }
            idle.close();
        }
        return null;
    }

    private void fail(long n, String request, String what) {
        ledger.failed(new Ledger.Failure(schedule.intendedNanos(n), System.nanoTime(), request, what));
    }

    /** Why this is not the right answer; null when it is. */
    static @Nullable String wrong(HttpConnection.Answer answer, String id) {
        if (answer.status() != 200) {
            return "status " + answer.status() + ": " + firstLine(answer.body());
        }
        Matcher body = BODY.matcher(answer.body());
        if (!body.matches()) {
            return "not the app's answer: " + firstLine(answer.body());
        }
        if (!body.group(2).equals(id)) {
            return "the answer to another request: id " + body.group(2);
        }
        String header = answer.header("X-Served-By");
        return body.group(1).equals(header) ? null : "head of " + header + ", body of " + body.group(1);
    }

    private static String servedBy(HttpConnection.Answer answer) {
        String name = answer.header("X-Served-By");
        return name == null ? "?" : name;
    }

    private static String firstLine(String text) {
        String line = text.lines().findFirst().orElse("(empty)");
        return line.length() > 120 ? line.substring(0, 120) + "…" : line;
    }
}
