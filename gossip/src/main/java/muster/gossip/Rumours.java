package muster.gossip;

import java.util.List;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.MessageCodec;
import muster.gossip.wire.Packet;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage;
import org.jspecify.annotations.Nullable;

/**
 * What we tell others, and when. A round of gossip goes to a few members; rounds are {@code gossipEvery} apart, but the
 * first after a quiet time starts at once, so that news does not wait for a tick.
 */
final class Rumours {
    /** In small clusters every member hears news directly from each that tells it: dearer by a few packets, never missed. */
    static final int TOLD_DIRECTLY_MAX = 8;

    /** A user message is its type and the Serf message. */
    private static final int USER_HEAD = 1;

    private final World world;
    private final Roster roster;
    private final Post post;
    private final long everyNanos;

    private final Broadcasts members;
    private final Broadcasts intents;
    private final Broadcasts queries;
    private final Broadcasts events;
    private final List<Broadcasts> inOrder;

    private long nextRoundNanos = Long.MIN_VALUE;
    private Agenda.@Nullable Entry planned;
    private long nobodyListenedAt = -1;

    Rumours(World world, Roster roster) {
        this.world = world;
        this.roster = roster;
        this.post = new Post(world, this);
        this.everyNanos = world.timing.gossipEvery().toNanos();
        members = new Broadcasts("Member", world);
        intents = new Broadcasts("Intent", world);
        queries = new Broadcasts("Query", world);
        events = new Broadcasts("Event", world);
        inOrder = List.of(members, intents, queries, events);
    }

    Post post() {
        return post;
    }

    /** News of one member; it overtakes older news of the same. */
    void about(String member, Message news) {
        about(member, news, null);
    }

    void about(String member, Message news, @Nullable Runnable finished) {
        add(members, MessageCodec.encode(news), member, finished);
    }

    void intent(SerfMessage intent) {
        intent(intent, null);
    }

    void intent(SerfMessage intent, @Nullable Runnable finished) {
        add(intents, user(SerfCodec.encode(intent)), null, finished);
    }

    /** A query as it came, or as it is encoded. */
    void query(Bytes payload) {
        add(queries, user(payload), null, null);
    }

    /** A user event as it came, or as it is encoded. */
    void event(Bytes payload) {
        add(events, user(payload), null, null);
    }

    /** The longest Serf message, encoded, that can travel as a rumour. */
    int longest() {
        return post.longest() - USER_HEAD;
    }

    /** Intents that could still follow a {@code dead} would make real Serf show a failure. */
    void forgetIntents() {
        intents.clear();
    }

    private static Bytes user(Bytes payload) {
        return MessageCodec.encode(new Message.User(payload));
    }

    private void add(Broadcasts queue, Bytes message, @Nullable String subject, @Nullable Runnable finished) {
        if (message.size() > post.longest()) {
            world.count(Counter.MESSAGES_TOO_LONG);
            return;
        }
        queue.add(message, subject, finished);
    }

    /** Adds what fits into {@code budget} bytes. */
    void fill(List<Bytes> parts, int budget, boolean gossip) {
        int limit = limit();
        int left = budget;
        for (Broadcasts queue : inOrder) {
            left -= queue.take(left, Packet.PARTS_MAX - parts.size(), Packet.PART_OVERHEAD, limit, gossip, message -> {
                parts.add(message);
                if (queue != members) {
                    world.measured(Figure.sample("serf.msgs.sent", message.size() - USER_HEAD));
                }
            });
        }
    }

    private int limit() {
        return Math.max(
                Formulas.retransmits(world.timing.retransmitMultiplier(), roster.size()),
                Math.min(roster.othersPresent(), TOLD_DIRECTLY_MAX));
    }

    /** To be called after each input: starts a round, now or when one is allowed. */
    void settle() {
        if (planned != null || quiet() || nobodyListenedAt == roster.generation()) {
            return;
        }
        if (nextRoundNanos <= world.now()) {
            round();
            if (quiet() || nobodyListenedAt == roster.generation()) {
                return;
            }
        }
        // The rest has its own time and does not wait for whatever comes in next.
        planned = world.agenda.at(nextRoundNanos, this::round);
    }

    private void round() {
        planned = null;
        List<Row> listeners = roster.nextToGossip(world.timing.gossipNodes());
        if (listeners.isEmpty()) {
            nobodyListenedAt = roster.generation();
            return;
        }
        nextRoundNanos = world.now() + everyNanos;
        for (Row listener : listeners) {
            if (!post.gossip(listener)) {
                break;
            }
        }
        world.measured(new Figure(Figure.Kind.TOOK, "memberlist.gossip", 0));
    }

    private boolean quiet() {
        return members.isEmpty() && intents.isEmpty() && queries.isEmpty() && events.isEmpty();
    }

    int intentsWaiting() {
        return intents.size();
    }

    int queriesWaiting() {
        return queries.size();
    }

    int eventsWaiting() {
        return events.size();
    }

    int waiting() {
        return members.size() + intents.size() + queries.size() + events.size();
    }
}
