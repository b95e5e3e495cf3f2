package muster.gossip;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.FilterCodec;
import muster.gossip.wire.FilterCodec.Filter;
import muster.gossip.wire.Message;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage;
import muster.gossip.wire.SerfMessage.Query;
import muster.gossip.wire.SerfMessage.QueryResponse;

/**
 * Queries that are meant for us: acked at once if that is wanted, then answered, Serf's own by ourselves and the others by
 * whoever listens. Answers go straight to the asker, and through a few others as well where it asks for that.
 */
final class Answering {
    /** Queries that may still be answered, and as many answers, of 1 KB as a rule. A flood of them must not fill the memory. */
    static final int OPEN_MAX = 1_024;

    /** Filters of one query: as many tags as a client may name by far, and few enough to be tried between two packets. */
    static final int FILTERS_MAX = 64;

    /** From this memberlist protocol on a peer passes answers on. */
    private static final int RELAY_PROTOCOL = 5;

    private final World world;
    private final Roster roster;
    private final Post post;
    private final Asking asking;
    private final Keys keys;
    private final int bytesMax;
    private final Map<Long, Open> open = new LinkedHashMap<>();
    private final Map<Asked, Given> given = new LinkedHashMap<>();
    private long lastOpened;

    Answering(World world, Roster roster, Post post, Asking asking, Keys keys) {
        this.world = world;
        this.roster = roster;
        this.post = post;
        this.asking = asking;
        this.keys = keys;
        this.bytesMax = world.settings.sizes().answer();
    }

    /** What tells two queries apart. */
    private record Asked(long time, long id) {}

    /** Where an answer goes: what is kept of a query, which may be long itself and last for a day. */
    private record Asker(Asked asked, Address address, String name, int relayFactor) {
        static Asker of(Query query) {
            return new Asker(
                    new Asked(query.time(), query.id()),
                    new Address(query.address(), query.port()),
                    query.sourceNode(),
                    query.relayFactor());
        }
    }

    private record Open(Asker asker, long untilNanos) {}

    /** An answer that may have been lost, until its query has ended. */
    private record Given(Asker asker, QueryResponse response, long untilNanos) {}

    /** A query that was not heard before. */
    void heard(Query query) {
        if (!isForUs(query)) {
            return;
        }
        acknowledge(query);
        if (query.name().startsWith(Asking.INTERNAL)) {
            answerInternal(query);
        } else {
            open(query);
        }
    }

    private void acknowledge(Query query) {
        if ((query.flags() & Query.ACK) != 0) {
            Asker asker = Asker.of(query);
            send(asker, response(asker, QueryResponse.ACK, Bytes.EMPTY));
        }
    }

    /** Its asker says that it has not heard us. What we said goes out once more; nobody here is asked again. */
    void heardAgain(Query query) {
        if (!isForUs(query)) {
            return;
        }
        acknowledge(query);
        Given before = given.get(new Asked(query.time(), query.id()));
        if (before != null && before.untilNanos - world.now() > 0) {
            send(before.asker, before.response);
        }
    }

    private void answer(Asker asker, QueryResponse response, long untilNanos) {
        Iterator<Given> oldest = given.values().iterator();
        while (oldest.hasNext() && (oldest.next().untilNanos - world.now() < 0 || given.size() >= OPEN_MAX)) {
            oldest.remove();
        }
        given.put(asker.asked, new Given(asker, response, untilNanos));
        send(asker, response);
    }

    private long untilNanos(Query query) {
        return world.now() + Math.min(query.timeoutNanos(), Asking.TIMEOUT_MAX.toNanos());
    }

    private boolean isForUs(Query query) {
        if (query.filters().size() > FILTERS_MAX) {
            world.count(Counter.QUERY_FILTERS_UNREADABLE);
            return false;
        }
        for (Bytes encoded : query.filters()) {
            switch (FilterCodec.decode(encoded)) {
                case Decoded.Rejected<Filter>(var reason, var offset) -> {
                    world.count(Counter.QUERY_FILTERS_UNREADABLE);
                    return false;
                }
                case Decoded.Ok<Filter>(Filter filter) -> {
                    if (!Filters.test(filter, query.filters().size()).test(roster.self())) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private void open(Query query) {
        long untilNanos = untilNanos(query);
        world.tell(new Notice.QueryHeard(
                keepOpen(Asker.of(query), untilNanos),
                query.time(),
                query.name(),
                query.payload(),
                query.sourceNode(),
                untilNanos - world.now()));
    }

    /** Gives the number by which it can be answered. */
    private long keepOpen(Asker asker, long untilNanos) {
        forgetEnded();
        if (open.size() >= OPEN_MAX) {
            world.count(Counter.QUERIES_OPEN_LIMITED);
            open.remove(open.keySet().iterator().next());
        }
        long number = ++lastOpened;
        open.put(number, new Open(asker, untilNanos));
        return number;
    }

    private void forgetEnded() {
        // In the order of hearing, which is about that of ending; those behind a longer one are met at their answer.
        Iterator<Open> oldest = open.values().iterator();
        while (oldest.hasNext() && oldest.next().untilNanos - world.now() < 0) {
            oldest.remove();
        }
    }

    /** Our listener answers. */
    void answer(long number, Bytes payload) {
        Open asked = open.get(number);
        if (asked == null) {
            refuse(number, "response already sent");
            return;
        }
        if (asked.untilNanos - world.now() < 0) {
            open.remove(number);
            refuse(number, "response is past the deadline");
            return;
        }
        QueryResponse response = response(asked.asker, 0, payload);
        if (SerfCodec.encode(response).size() > bytesMax) {
            refuse(number, "response exceeds limit of " + bytesMax + " bytes");
            return;
        }
        open.remove(number);
        answer(asked.asker, response, asked.untilNanos);
    }

    /** The ring that a query changed is kept, or is not. Whoever asked may have given up meanwhile. */
    void keysKept(long number, String error) {
        Open asked = open.remove(number);
        if (asked != null) {
            answer(asked.asker, response(asked.asker, 0, Keys.kept(error)), asked.untilNanos);
        }
    }

    private void refuse(long number, String reason) {
        world.count(Counter.ANSWERS_REFUSED);
        world.tell(new Notice.AnswerRefused(number, reason));
    }

    private void answerInternal(Query query) {
        switch (query.name()) {
            case NameConflicts.QUERY -> conflict(query);
            case "_serf_install-key", "_serf_use-key", "_serf_remove-key", "_serf_list-keys" -> {
                Asker asker = Asker.of(query);
                int room = bytesMax
                        - SerfCodec.encode(response(asker, 0, Bytes.EMPTY)).size();
                long untilNanos = untilNanos(query);
                long number = keepOpen(asker, untilNanos);
                Bytes answer = keys.answer(query, room, number);
                if (answer != null) {
                    open.remove(number);
                    answer(asker, response(asker, 0, answer), untilNanos);
                }
            }
            case Asking.PING -> {} // the ack was the answer
            default -> world.debug("serf: Unhandled internal query '" + query.name() + "'");
        }
    }

    /**
     * Two claim a name and ask who is known under it. The claimants say nothing; and neither do we of someone whom we do not
     * know or believe gone: any answer counts against those who are not at the place that it names, and who loses the vote
     * shuts down.
     */
    private void conflict(Query query) {
        Row row = roster.find(query.payload().utf8());
        if (row == null || row == roster.self() || row.life != LifeState.ALIVE) {
            return;
        }
        Asker asker = Asker.of(query);
        QueryResponse response = response(asker, 0, NameConflicts.encode(row));
        if (SerfCodec.encode(response).size() <= bytesMax) {
            answer(asker, response, untilNanos(query));
        } else {
            world.count(Counter.ANSWERS_REFUSED);
        }
    }

    private QueryResponse response(Asker asker, long flags, Bytes payload) {
        return new QueryResponse(asker.asked.time, asker.asked.id, world.settings.name(), flags, payload);
    }

    private void send(Asker asker, QueryResponse response) {
        if (asker.name.equals(world.settings.name()) && asker.address.samePlaceAs(roster.self().address)) {
            asking.heard(response);
            return;
        }
        Bytes encoded = SerfCodec.encode(response);
        post.sendAlone(asker.address, new Message.User(encoded));
        relay(asker, encoded);
    }

    private void relay(Asker asker, Bytes response) {
        int factor = asker.relayFactor;
        if (factor == 0 || roster.known() < factor + 1) {
            return;
        }
        Bytes wrapped = SerfCodec.encode(
                new SerfMessage.Relay(asker.address.ip(), asker.address.port(), "", asker.name, response));
        if (wrapped.size() > bytesMax) {
            world.count(Counter.MESSAGES_TOO_LONG);
            return;
        }
        List<Row> relays = roster.some(
                factor,
                row -> row.life == LifeState.ALIVE
                        && row.protocolMax() >= RELAY_PROTOCOL
                        && !row.name.equals(asker.name));
        for (Row row : relays) {
            post.send(row, new Message.User(wrapped));
        }
    }

    int size() {
        return open.size();
    }
}
