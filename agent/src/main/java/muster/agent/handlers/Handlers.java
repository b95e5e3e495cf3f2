package muster.agent.handlers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.agent.configuration.HandlerOption;
import muster.agent.event.ClusterEvent;
import muster.agent.event.EventFilter;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.supervisor.linux.Children;

/** All handlers of an agent. Any thread may call; {@link #hear} never waits. */
public final class Handlers implements AutoCloseable {
    /** The agent's own leave is an event too, and the last one. */
    private static final long LAST_EVENTS_NANOS = 1_000_000_000L;

    private static final int EARLY_MAX = 64; // events of the node's own start, before it can be asked who it is

    private final Supplier<Duration> limit;
    private final Map<String, String> environment;
    private final Counters counters;
    private final ArrayDeque<ClusterEvent> early = new ArrayDeque<>(); // guarded by itself
    private boolean begun; // guarded by early
    private volatile List<Script> scripts = List.of();
    private Supplier<Member> self = () -> { // guarded by this
        throw new IllegalStateException("not begun");
    };
    private Answers answers = (query, payload) -> {}; // guarded by this
    private int folders; // guarded by this
    private Path folder = Path.of(""); // guarded by this; empty: not made yet

    /**
     * @param limit the longest run of a script; zero for none
     * @param environment what scripts inherit
     */
    public Handlers(Supplier<Duration> limit, Map<String, String> environment, Counters counters) {
        this.limit = limit;
        this.environment = Map.copyOf(environment);
        this.counters = counters;
    }

    /** Where the output of a query's handler goes. Called on the script's thread. */
    @FunctionalInterface
    public interface Answers {
        void give(ClusterEvent.Query query, Bytes payload) throws InterruptedException;
    }

    /** From now on scripts run. {@code self}: the member that they belong to, as it is at that moment. */
    public synchronized void begin(Supplier<Member> self, Answers answers, List<HandlerOption> options)
            throws CannotStart {
        this.self = self;
        this.answers = answers;
        try {
            if (!options.isEmpty()) {
                Children.ofThisProcess(); // a machine where no script can be started should say so now
            }
            replace(options);
        } catch (UncheckedIOException | IllegalStateException e) {
            throw new CannotStart(String.valueOf(e.getMessage()));
        }
        synchronized (early) {
            early.forEach(this::hand);
            early.clear();
            begun = true;
        }
    }

    /** Other handlers from the next event on; those that stay keep their queue. */
    public synchronized void replace(List<HandlerOption> options) {
        var rest = new ArrayList<>(scripts);
        var next = new ArrayList<Script>();
        for (HandlerOption option : options) {
            Script kept = rest.stream()
                    .filter(script -> script.option().equals(option))
                    .findFirst()
                    .orElse(null);
            if (kept == null) {
                next.add(new Script(option, self, answers, environment, limit.get(), freshFolder(), counters));
            } else {
                rest.remove(kept);
                next.add(kept);
            }
        }
        rest.forEach(Script::close);
        scripts = List.copyOf(next);
    }

    /** To be called on the node's thread, in order. Does not wait for {@link #replace}, which makes folders. */
    public void hear(Notice notice) {
        ClusterEvent event = ClusterEvent.of(notice);
        if (event == null) {
            return;
        }
        synchronized (early) {
            if (!begun) {
                if (early.size() < EARLY_MAX) {
                    early.add(event);
                }
                return;
            }
        }
        hand(event);
    }

    /** For {@code info}, as Serf has them: scripts by their filters. */
    public SortedMap<String, String> facts() {
        var facts = new TreeMap<String, String>();
        for (Script script : scripts) {
            String filters = script.option().filters().stream()
                    .map(EventFilter::toString)
                    .collect(Collectors.joining(","));
            facts.merge(filters, script.option().script(), (one, other) -> one + "; " + other);
        }
        return facts;
    }

    /** Gives the last events a moment, then starts no more. */
    @Override
    public void close() {
        List<Script> ending;
        synchronized (this) {
            ending = scripts;
            scripts = List.of();
        }
        long untilNanos = System.nanoTime() + LAST_EVENTS_NANOS;
        try {
            for (Script script : ending) {
                script.awaitIdle(untilNanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ending.forEach(Script::close);
        removeFolder();
    }

    private void hand(ClusterEvent event) {
        for (Script script : scripts) {
            if (script.option().wants(event)) {
                script.offer(event);
            }
        }
    }

    /** Only ours to look into: payloads may be secret. Memory, where the usual place cannot be written to. */
    private Path freshFolder() {
        var onlyOurs = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        try {
            if (folder.toString().isEmpty()) {
                try {
                    folder = Files.createTempDirectory("muster-handlers", onlyOurs);
                } catch (IOException e) {
                    folder = Files.createTempDirectory(Path.of("/dev/shm"), "muster-handlers", onlyOurs);
                }
            }
            return Files.createDirectory(folder.resolve(Integer.toString(folders++)), onlyOurs);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "event handlers need a place for their input and output, and neither the folder for temporary"
                            + " files nor /dev/shm can be written to: " + e.getMessage(),
                    e);
        }
    }

    private void removeFolder() {
        if (folder.toString().isEmpty()) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            Log.line(LogLevel.DEBUG, "agent: removing " + folder + ": " + e.getMessage());
        }
    }
}
