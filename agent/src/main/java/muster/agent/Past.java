package muster.agent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import muster.agent.node.Node;
import muster.agent.node.Rejoin;
import muster.agent.node.Resolver;
import muster.agent.snapshot.Remembered;
import muster.agent.snapshot.Snapshot;
import muster.gossip.Input;
import muster.gossip.Member;
import org.jspecify.annotations.Nullable;

/** What an agent knows from before its restart, and keeps for the next one; nothing without {@code -snapshot}. */
final class Past implements AutoCloseable {
    private static final long CLOCKS_MILLIS = 2_000; // the node answers in microseconds, or is ending

    private final @Nullable Path path;
    private final Remembered remembered;
    private @Nullable Snapshot snapshot;
    private @Nullable Rejoin rejoin;

    private Past(@Nullable Path path, Remembered remembered) {
        this.path = path;
        this.remembered = remembered;
    }

    static Past read(Configuration configuration) throws CannotStart {
        String written = configuration.value(Schema.SNAPSHOT);
        if (written.isEmpty()) {
            return new Past(null, Remembered.NOTHING);
        }
        Path path = Path.of(written);
        try {
            return new Past(path, Snapshot.read(path, configuration.value(Schema.REJOIN)));
        } catch (CannotStart e) {
            throw new CannotStart(configuration.origin(Schema.SNAPSHOT) + ": " + e.getMessage());
        }
    }

    /** What the node has to hear first. */
    List<Input> recall() {
        return List.of(new Input.Recall(remembered.time(), remembered.eventTime(), remembered.queryTime()));
    }

    /** Begins to write, and to look for those who were there before. */
    void begin(Node node, Resolver resolver, Counters counters) {
        if (path != null) {
            snapshot = Snapshot.start(path, remembered, () -> present(node), counters);
            rejoin = Rejoin.start(node, resolver, previous());
        }
    }

    /** This node leaves. */
    void leave() {
        if (rejoin != null) {
            rejoin.close();
        }
        if (snapshot != null) {
            snapshot.leave();
        }
    }

    @Override
    public void close() {
        if (rejoin != null) {
            rejoin.close();
        }
        if (snapshot != null) {
            snapshot.close();
        }
    }

    /** For {@code info}; null without a snapshot. */
    @Nullable
    SortedMap<String, String> facts() {
        return snapshot == null ? null : snapshot.facts();
    }

    /** In random order, so that a whole cluster that starts anew does not run into one member; the failed ones last. */
    private List<Rejoin.Previous> previous() {
        var all = previous(remembered.alive());
        all.addAll(previous(remembered.failed()));
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
