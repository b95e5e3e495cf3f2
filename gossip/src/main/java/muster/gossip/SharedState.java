package muster.gossip;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message.NodeState;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage.State;
import org.jspecify.annotations.Nullable;

/** Serf's part of a push/pull: clocks, who left, and the latest user events. */
final class SharedState {
    private final Roster roster;
    private final Intents intents;
    private final LamportClock clock;
    private final UserEvents events;
    private final Queries queries;

    SharedState(Roster roster, Intents intents, LamportClock clock, UserEvents events, Queries queries) {
        this.roster = roster;
        this.intents = intents;
        this.clock = clock;
        this.events = events;
        this.queries = queries;
    }

    Bytes ours() {
        var times = new TreeMap<String, Long>();
        List<String> left = new ArrayList<>();
        for (Row row : roster.all()) {
            times.put(row.name, row.statusTime);
            if (row.status == Member.Status.LEFT) {
                left.add(row.name);
            }
        }
        return SerfCodec.encode(new State(
                clock.time(),
                times,
                left,
                events.clock().time(),
                events.remembered(),
                queries.clock().time()));
    }

    /** Takes in a peer's part. {@code offered} are the rows that came with it, already merged. */
    void merge(State theirs, List<NodeState> offered, boolean ignoreOldEvents) {
        // Their clocks show the next free time: nothing was said at it yet.
        witness(clock, theirs.time());
        witness(events.clock(), theirs.eventTime());
        witness(queries.clock(), theirs.queryTime());

        Set<String> left = new HashSet<>(theirs.leftMembers());
        Map<String, Long> incarnations = new HashMap<>();
        for (NodeState row : offered) {
            if (left.contains(row.name())) {
                incarnations.put(row.name(), row.incarnation());
            }
        }
        for (String name : theirs.leftMembers()) {
            left(name, theirs.statusTimes().getOrDefault(name, 0L), incarnations.get(name));
        }
        theirs.statusTimes().forEach((name, time) -> {
            if (!left.contains(name)) {
                intents.join(name, time);
            }
        });
        if (ignoreOldEvents) {
            events.ignoreBefore(theirs.eventTime());
        }
        events.replay(theirs.events());
    }

    private void left(String name, long time, @Nullable Long incarnation) {
        Row row = roster.find(name);
        if (row == null) {
            // If we ever meet it, it will have come back: kept as an early intent, this would make it leave at once.
            return;
        }
        if (row.present() && incarnation != null && incarnation < row.incarnation) {
            // They have not heard yet that it came back: its new life is not leaving.
            return;
        }
        boolean known = row.status == Member.Status.LEFT || row.status == Member.Status.LEAVING;
        // Serf adds one so that it also counts against a time that we already have. Where we know of the leave that
        // must not be done: two peers would push each other's times up at every exchange.
        intents.leave(name, known ? time : time + 1, false);
    }

    private static void witness(LamportClock clock, long next) {
        if (next > 0) {
            clock.witness(next - 1);
        }
    }
}
