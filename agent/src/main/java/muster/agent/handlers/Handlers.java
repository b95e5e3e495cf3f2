package muster.agent.handlers;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import muster.agent.configuration.HandlerOption;
import muster.agent.event.ClusterEvent;
import muster.agent.event.EventFilter;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import muster.gossip.Figure;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.supervisor.linux.Children;

/** All handlers of an agent. Any thread may call; {@link #hear} never waits. */
public final class Handlers implements AutoCloseable {
    /** The agent's own leave is an event too, and the last one. */
    private static final long LAST_EVENTS_NANOS = 1_000_000_000L;

    static final int EARLY_MAX = 64; // events of the node's own start, before it can be asked who it is

    /** Lines of handlers that were replaced while their scripts hang: threads that sleep. */
    private static final int FINISHING_MAX = 64;

    private final Manner manner;
    private final Map<String, String> environment;
    private final List<HandlerOption> first;
    private final Counters counters;
    private final Consumer<Figure> figures;
    private final ArrayDeque<ClusterEvent> early = new ArrayDeque<>(); // guarded by itself
    private boolean begun; // guarded by early
    private int earlyDropped; // guarded by early
    private volatile List<Line> lines = List.of();
    private final ArrayDeque<Line> finishing = new ArrayDeque<>(); // guarded by this
    private Supplier<Member> self = () -> { // guarded by this
        throw new IllegalStateException("not begun");
    };
    private Answers answers = (query, payload) -> {}; // guarded by this

    /**
     * How scripts are run.
     *
     * @param limit the longest run of one; zero for none
     * @param delay how long it has to be quiet before an event that may be folded is handed over; zero for not at all
     * @param serial one after another, instead of each at its own pace
     */
    public record Manner(Duration limit, Duration delay, boolean serial) {}

    /**
     * @param environment what scripts inherit
     * @param first the handlers of the start
     * @param figures hears how long they run; must not block
     */
    public Handlers(
            Manner manner,
            Map<String, String> environment,
            List<HandlerOption> first,
            Counters counters,
            Consumer<Figure> figures) {
        this.manner = manner;
        this.environment = Map.copyOf(environment);
        this.first = List.copyOf(first);
        this.counters = counters;
        this.figures = figures;
    }

    /** Where the output of a query's handler goes. Called on the script's thread. */
    @FunctionalInterface
    public interface Answers {
        void give(ClusterEvent.Query query, Bytes payload) throws InterruptedException;
    }

    /** From now on scripts run. {@code self}: the member that they belong to, as it is at that moment. */
    public synchronized void begin(Supplier<Member> self, Answers answers) throws CannotStart {
        this.self = self;
        this.answers = answers;
        try {
            if (!first.isEmpty()) {
                Children.ofThisProcess(); // a machine where no script can be started should say so now
            }
            replace(first);
        } catch (IllegalStateException e) {
            throw new CannotStart(String.valueOf(e.getMessage()));
        }
        synchronized (early) {
            early.forEach(this::hand);
            early.clear();
            begun = true;
            if (earlyDropped > 0) {
                Log.line(
                        LogLevel.WARN,
                        "agent: " + earlyDropped + " events of the start reached no handler: more than " + EARLY_MAX
                                + " came before it was over; 'muster members' shows who is there");
            }
        }
    }

    /** Other handlers from the next event on. Those that stay keep their queue, those that go handle what they have heard. */
    public synchronized void replace(List<HandlerOption> options) {
        if (manner.serial()) {
            List<Script> scripts = options.stream().map(this::script).toList();
            if (lines.isEmpty()) {
                lines = List.of(new Line(scripts, manner.delay(), counters));
            } else {
                lines.getFirst().scripts(scripts);
            }
            return;
        }
        var rest = new ArrayList<>(lines);
        var next = new ArrayList<Line>();
        for (HandlerOption option : options) {
            Line kept = rest.stream()
                    .filter(line -> line.scripts().getFirst().option().equals(option))
                    .findFirst()
                    .orElse(null);
            if (kept == null) {
                next.add(new Line(List.of(script(option)), manner.delay(), counters));
            } else {
                rest.remove(kept);
                next.add(kept);
            }
        }
        lines = List.copyOf(next);
        rest.forEach(this::finish);
    }

    private synchronized void finish(Line line) {
        line.finish();
        finishing.removeIf(Line::hasFinished);
        finishing.add(line);
        if (finishing.size() > FINISHING_MAX) {
            finishing.remove().close();
        }
    }

    private Script script(HandlerOption option) {
        return new Script(option, self, answers, environment, manner.limit(), counters, figures);
    }

    /** To be called on the node's thread, in order. Does not wait. */
    public void hear(Notice notice) {
        ClusterEvent event = ClusterEvent.of(notice);
        if (event == null) {
            return;
        }
        synchronized (early) {
            if (!begun) {
                if (first.stream().noneMatch(option -> option.wants(event))) {
                    return;
                }
                if (early.size() < EARLY_MAX) {
                    early.add(event);
                } else {
                    counters.count("handler-events-dropped");
                    earlyDropped++;
                }
                return;
            }
        }
        hand(event);
    }

    /** For {@code info}, as Serf has them: scripts by their filters. */
    public SortedMap<String, String> facts() {
        var facts = new TreeMap<String, String>();
        for (Line line : lines) {
            for (Script script : line.scripts()) {
                String filters = script.option().filters().stream()
                        .map(EventFilter::toString)
                        .collect(Collectors.joining(","));
                facts.merge(filters, script.option().script(), (one, other) -> one + "; " + other);
            }
        }
        return facts;
    }

    /** Gives the last events a moment, then starts no more. */
    @Override
    public void close() {
        List<Line> ending;
        synchronized (this) {
            ending = new ArrayList<>(lines);
            ending.addAll(finishing);
            lines = List.of();
        }
        long untilNanos = System.nanoTime() + LAST_EVENTS_NANOS;
        try {
            for (Line line : ending) {
                line.awaitIdle(untilNanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ending.forEach(Line::close);
    }

    private void hand(ClusterEvent event) {
        for (Line line : lines) {
            line.offer(event);
        }
    }
}
