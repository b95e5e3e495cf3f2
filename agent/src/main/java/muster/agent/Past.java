package muster.agent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import muster.agent.node.Node;
import muster.agent.node.Rejoin;
import muster.agent.node.Resolver;
import muster.agent.snapshot.Remembered;
import muster.agent.snapshot.Snapshot;
import muster.gossip.Figure;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import org.jspecify.annotations.Nullable;

/** What an agent knows from before its restart, and keeps for the next one; nothing without {@code -snapshot}. */
final class Past implements AutoCloseable {
    private static final long CLOCKS_MILLIS = 2_000; // the node answers in microseconds, or is ending

    private final @Nullable Path path;
    private final CompletableFuture<Remembered> reading;
    private final Remembered remembered;
    private @Nullable Snapshot snapshot;
    private @Nullable Rejoin rejoin; // guarded by this
    private boolean ending; // guarded by this

    /** @param remembered what was read in time */
    private Past(@Nullable Path path, CompletableFuture<Remembered> reading, Remembered remembered) {
        this.path = path;
        this.reading = reading;
        this.remembered = remembered;
    }

    static Past read(Configuration configuration) throws CannotStart {
        String written = configuration.value(Schema.SNAPSHOT);
        if (written.isEmpty()) {
            return new Past(null, CompletableFuture.completedFuture(Remembered.NOTHING), Remembered.NOTHING);
        }
        Path path = Path.of(written);
        try {
            CompletableFuture<Remembered> reading = Snapshot.read(path, configuration.value(Schema.REJOIN));
            return new Past(path, reading, Snapshot.inTime(path, reading));
        } catch (CannotStart e) {
            throw new CannotStart(configuration.origin(Schema.SNAPSHOT) + ": " + e.getMessage());
        }
    }

    /** What the node has to hear first. */
    List<Input> recall() {
        return List.of(recall(remembered));
    }

    private static Input recall(Remembered it) {
        return new Input.Recall(it.time(), it.eventTime(), it.queryTime());
    }

    /** Begins to write, and to look for those who were there before. */
    void begin(Node node, Resolver resolver, Counters counters, Consumer<Figure> figures) {
        if (path != null) {
            snapshot = Snapshot.start(path, reading, () -> present(node), counters, figures);
            CompletableFuture<Void> _ = reading.thenAccept(read -> meetAgain(read, node, resolver));
        }
    }

    /** On the thread that reads, where its disk is slow. */
    private synchronized void meetAgain(Remembered read, Node node, Resolver resolver) {
        if (ending) {
            return;
        }
        if (!read.equals(remembered)) {
            Log.line(LogLevel.INFO, "agent: the snapshot " + path + " is read at last");
            CompletableFuture<List<Notice>> _ = node.tell(recall(read));
        }
        rejoin = Rejoin.start(node, resolver, previous(read));
    }

    /** This node leaves. */
    void leave() {
        meetNobody();
        if (snapshot != null) {
            snapshot.leave();
        }
    }

    @Override
    public void close() {
        meetNobody();
        if (snapshot != null) {
            snapshot.close();
        }
    }

    private synchronized void meetNobody() {
        ending = true;
        if (rejoin != null) {
            rejoin.close();
        }
    }

    /** For {@code info}; null without a snapshot. */
    @Nullable
    SortedMap<String, String> facts() {
        return snapshot == null ? null : snapshot.facts();
    }

    /** In random order, so that a whole cluster that starts anew does not run into one member; the failed ones last. */
    private static List<Rejoin.Previous> previous(Remembered read) {
        var all = previous(read.alive());
        all.addAll(previous(read.failed()));
        return all;
    }

    private static List<Rejoin.Previous> previous(SortedMap<String, String> members) {
        var some = new ArrayList<Rejoin.Previous>();
        members.forEach((name, address) -> some.add(new Rejoin.Previous(name, address)));
        Collections.shuffle(some);
        return some;
    }

    private static Remembered present(Node node) {
        var alive = new TreeMap<String, String>();
        var failed = new TreeMap<String, String>();
        for (Member member : node.members()) {
            String address = member.address().toString();
            switch (member.status()) {
                case ALIVE, LEAVING -> alive.put(member.name(), address);
                case FAILED -> failed.put(member.name(), address);
                case NONE, LEFT -> {}
            }
        }
        SortedMap<String, Long> facts = facts(node);
        return new Remembered(
                alive, failed, seen(facts, "member_time"), seen(facts, "event_time"), seen(facts, "query_time"));
    }

    /** A clock shows the next time; what was seen is one less. */
    private static long seen(SortedMap<String, Long> facts, String clock) {
        return facts.getOrDefault(clock, 1L) - 1;
    }

    private static SortedMap<String, Long> facts(Node node) {
        try {
            return node.ask(core -> core.facts()).get(CLOCKS_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // The node is ending: the clocks as they were written last still hold.
        }
        return Collections.emptySortedMap();
    }
}
