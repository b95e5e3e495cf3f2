package muster.agent.handlers;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import muster.agent.event.ClusterEvent;
import muster.agent.node.Counters;
import muster.gossip.Member;
import org.jspecify.annotations.Nullable;

/**
 * Events in the order in which they came, and a thread that runs scripts for one after another. An event that finds it
 * idle is handed over at once, and those that wait are folded; with a delay, events are held and folded as Serf does it.
 */
final class Line implements AutoCloseable {
    static final int QUEUE_MAX = 1_024; // Serf's

    private final Lull lull; // guarded by queue
    private final boolean holds;
    private final Counters counters;
    private final ArrayDeque<ClusterEvent> queue = new ArrayDeque<>(); // guarded by itself
    private final Thread thread;
    private volatile List<Script> scripts;
    private volatile boolean closed;
    private boolean finishing; // guarded by queue
    private boolean running; // guarded by queue

    /** @param delay how long it has to be quiet before an event that may be folded is handed over; zero for not at all */
    Line(List<Script> scripts, Duration delay, Counters counters) {
        this.scripts = List.copyOf(scripts);
        this.lull = new Lull(delay);
        this.holds = !delay.isZero();
        this.counters = counters;
        this.thread = Thread.ofPlatform().name("handler").daemon().start(this::run);
    }

    /** Each gets an event before the next event is looked at. */
    List<Script> scripts() {
        return scripts;
    }

    /** Others, from the next event on; what waits stays. */
    void scripts(List<Script> others) {
        scripts = List.copyOf(others);
    }

    /** Does not wait. */
    void offer(ClusterEvent event) {
        if (scripts.stream().noneMatch(script -> script.option().wants(event))) {
            return;
        }
        synchronized (queue) {
            if (closed || finishing || queue.size() + lull.size() >= QUEUE_MAX) {
                counters.count("handler-events-dropped");
                return;
            }
            if (!holds || !lull.hold(event, System.nanoTime())) {
                queue.add(event);
            }
            queue.notifyAll();
        }
    }

    /** Waits until all events are handled, those that are held included, but not for long. */
    void awaitIdle(long untilNanos) throws InterruptedException {
        synchronized (queue) {
            queue.addAll(lull.release());
            queue.notifyAll();
            while (running || !queue.isEmpty()) {
                long millis = (untilNanos - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    return;
                }
                queue.wait(millis);
            }
        }
    }

    /** Hears no more. The script that runs goes on, what waits is handled, and then the thread ends. Does not wait. */
    void finish() {
        synchronized (queue) {
            finishing = true;
            queue.addAll(lull.release());
            queue.notifyAll();
        }
    }

    /** Whether all is handled, after {@link #finish}. */
    boolean hasFinished() {
        return !thread.isAlive();
    }

    /** Hears and starts no more, at the end of the program; what waits is dropped. A script that runs goes on without us. */
    @Override
    public void close() {
        synchronized (queue) {
            closed = true;
            queue.addAll(lull.release());
            queue.forEach(_ -> counters.count("handler-events-dropped"));
            queue.clear();
        }
        thread.interrupt();
    }

    private void run() {
        try {
            while (!closed) {
                ClusterEvent event = next();
                if (event == null) {
                    return;
                }
                for (Script script : scripts) {
                    if (script.option().wants(event)) {
                        script.run(event);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    /** Waits for one; null when there will be none. */
    private @Nullable ClusterEvent next() throws InterruptedException {
        synchronized (queue) {
            running = false;
            queue.notifyAll();
            while (true) {
                queue.addAll(lull.release(System.nanoTime()));
                long nanos = lull.remainingNanos(System.nanoTime());
                if (!queue.isEmpty()) {
                    running = true;
                    return holds ? queue.remove() : fold(queue);
                }
                if (finishing) {
                    return null;
                }
                if (nanos == Lull.NOTHING_HELD) {
                    queue.wait();
                } else {
                    TimeUnit.NANOSECONDS.timedWait(queue, Math.max(nanos, 1));
                }
            }
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
                if (!first.coalesce()) {
                    yield first;
                }
                var alike = new ArrayList<>(List.of(first));
                for (ClusterEvent other : queue) {
                    if (other instanceof ClusterEvent.User later
                            && later.coalesce()
                            && later.name().equals(first.name())) {
                        alike.add(later);
                    }
                }
                ClusterEvent.User latest = Collections.max(alike, Comparator.comparingLong(ClusterEvent.User::time));
                // Two at the same time are two, as under Serf: the second waits on.
                alike.removeIf(other -> !other.equals(latest) && other.time() == latest.time());
                alike.forEach(queue::remove);
                yield latest;
            }
            case ClusterEvent.Query query -> query;
        };
    }
}
