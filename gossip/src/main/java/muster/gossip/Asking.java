package muster.gossip;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.FilterCodec;
import muster.gossip.wire.FilterCodec.Filter;
import muster.gossip.wire.KeyCodec;
import muster.gossip.wire.Message;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage.Query;
import muster.gossip.wire.SerfMessage.QueryResponse;
import org.jspecify.annotations.Nullable;

/** Our own queries: who is asked, who has answered, and when it is over. */
final class Asking {
    /** Nobody waits longer for an answer, whoever asks. */
    static final Duration TIMEOUT_MAX = Duration.ofHours(24);

    /** Our own queries at once: the last place is for the vote about our name, which is one at a time. */
    static final int RUNNING_MAX = 256;

    /** While so many run, none about keys begins; each lasts some seconds. */
    static final int KEYS_MAX = RUNNING_MAX - 1;

    /** While so many run, none of a client begins: theirs may last for a day, and keys are not to wait for that. */
    static final int CLIENTS_MAX = 192;

    /**
     * Members that are asked again at once; the next ones follow a gossip interval later. On a LAN that is at most a third
     * of a megabyte in a second, and half of the usual time for 10,000 members is enough for 2,560 that are silent.
     */
    static final int REPEATS_AT_ONCE = 64;

    /** Names with this beginning are Serf's own, and no handler sees them. */
    static final String INTERNAL = "_serf_";

    /** Asks for nothing but the ack. */
    static final String PING = INTERNAL + "ping";

    /** Serf's: a query may take this many gossip intervals for each power of ten of members. */
    private static final int TIMEOUT_MULTIPLIER = 16;

    private static final long ID_MAX = 0x7fff_ffffL;

    private final World world;
    private final Roster roster;
    private final Post post;
    private final LamportClock clock;
    private final IntSupplier longest;
    private final BiConsumer<Query, Bytes> out;

    /** By Lamport time, which each of our queries has for itself. */
    private final Map<Long, Running> running = new LinkedHashMap<>();

    /** {@code longest}: a query that can travel; {@code out} hears the query here and tells it on. */
    Asking(
            World world,
            Roster roster,
            Post post,
            LamportClock clock,
            IntSupplier longest,
            BiConsumer<Query, Bytes> out) {
        this.world = world;
        this.roster = roster;
        this.post = post;
        this.clock = clock;
        this.longest = longest;
        this.out = out;
    }

    /** Who wants to know. */
    interface Asker {
        /** By what the shell knows it; 0 where it does not. */
        default long reference() {
            return 0;
        }

        default void acked(String from) {}

        default void answered(String from, Bytes payload) {}

        void ended(int expected, int acks, int answers);
    }

    private static final class Running {
        final long id;
        final Asker asker;
        final Set<String> expected;
        final boolean acksWanted;
        final boolean answersWanted;
        final Set<String> acked = new TreeSet<>();
        final Set<String> answered = new TreeSet<>();
        Agenda.@Nullable Entry limit;

        Running(long id, Asker asker, Set<String> expected, boolean acksWanted, boolean answersWanted) {
            this.id = id;
            this.asker = asker;
            this.expected = expected;
            this.acksWanted = acksWanted;
            this.answersWanted = answersWanted;
        }

        boolean waitsFor(String member) {
            return (acksWanted && !acked.contains(member)) || (answersWanted && !answered.contains(member));
        }

        boolean complete() {
            return !expected.isEmpty()
                    && (!acksWanted || acked.containsAll(expected))
                    && (!answersWanted || answered.containsAll(expected));
        }
    }

    void ask(Input.Ask ask) {
        boolean internal = ask.name().startsWith(INTERNAL);
        if (internal && !(ask.name().equals(PING) && ask.payload().isEmpty())) {
            refused(ask.reference(), "Queries cannot contain the '" + INTERNAL + "' prefix");
            return;
        }
        String error = ask(
                CLIENTS_MAX,
                ask.name(),
                ask.payload(),
                filters(ask.nodes(), ask.tags()),
                ask.ack(),
                ask.relayFactor(),
                ask.timeout(),
                new Asker() {
                    @Override
                    public long reference() {
                        return ask.reference();
                    }

                    @Override
                    public void acked(String from) {
                        world.tell(new Notice.QueryAcked(ask.reference(), from));
                    }

                    @Override
                    public void answered(String from, Bytes payload) {
                        world.tell(new Notice.QueryAnswered(ask.reference(), from, payload));
                    }

                    @Override
                    public void ended(int expected, int acks, int answers) {
                        world.tell(new Notice.QueryEnded(ask.reference(), expected, acks, answers));
                    }
                });
        if (!error.isEmpty()) {
            refused(ask.reference(), error);
        }
    }

    void ask(Input.AskAboutKeys ask) {
        boolean keyed = ask.change() != Input.KeyChange.LIST;
        if (keyed && ask.key().isEmpty()) {
            refused(ask.reference(), "no key was given");
            return;
        }
        String error = ask(
                KEYS_MAX,
                ask.change().query(),
                keyed ? KeyCodec.request(ask.key()) : Bytes.EMPTY,
                List.of(),
                false,
                0,
                Duration.ZERO,
                new Asker() {
                    @Override
                    public void answered(String from, Bytes payload) {
                        switch (KeyCodec.readReply(payload)) {
                            case Decoded.Ok<KeyCodec.Reply>(KeyCodec.Reply reply) ->
                                world.tell(new Notice.KeyReply(ask.reference(), from, reply));
                            case Decoded.Rejected<KeyCodec.Reply>(var reason, var offset) ->
                                world.counters().add(reason);
                        }
                    }

                    @Override
                    public void ended(int expected, int acks, int answers) {
                        world.tell(new Notice.QueryEnded(ask.reference(), expected, acks, answers));
                    }
                });
        if (!error.isEmpty()) {
            refused(ask.reference(), error);
        }
    }

    private void refused(long reference, String reason) {
        world.count(Counter.QUERIES_REFUSED);
        world.tell(new Notice.QueryRefused(reference, reason));
    }

    /**
     * Asks, while fewer than {@code runningMax} run; gives the reason why not, or "" when the question is on its way. A
     * timeout of zero means the usual one.
     */
    String ask(
            int runningMax,
            String name,
            Bytes payload,
            List<Filter> filters,
            boolean ack,
            int relayFactor,
            Duration timeout,
            Asker asker) {
        if (running.size() >= runningMax) {
            return runningMax + " queries of this member are running: wait for one to end";
        }
        Row self = roster.self();
        long timeoutNanos = timeout.isZero()
                ? usualTimeoutNanos()
                : (timeout.compareTo(TIMEOUT_MAX) < 0 ? timeout : TIMEOUT_MAX).toNanos();
        long id = world.random.nextLong(ID_MAX + 1);
        var query = new Query(
                clock.time(),
                id,
                self.address.ip(),
                self.address.port(),
                self.name,
                filters.stream().map(FilterCodec::encode).toList(),
                ack ? Query.ACK : 0,
                relayFactor,
                timeoutNanos,
                name,
                payload);
        Bytes encoded = SerfCodec.encode(query);
        int limit = Math.min(world.settings.sizes().query(), longest.getAsInt());
        if (encoded.size() > limit) {
            return "query exceeds limit of " + limit + " bytes";
        }
        Predicate<Row> meant = filters.stream()
                .map(filter -> Filters.test(filter, filters.size()))
                .reduce(Row::present, Predicate::and);
        var expected = new TreeSet<String>();
        for (Row row : roster.all()) {
            if (meant.test(row)) {
                expected.add(row.name);
            }
        }
        var question = new Running(id, asker, expected, ack, !name.equals(PING));
        running.put(query.time(), question);
        question.limit = world.after(timeoutNanos, () -> end(query.time(), question));
        long untilNanos = world.now() + timeoutNanos;
        world.after(
                Math.min(timeoutNanos, usualTimeoutNanos()) / 2,
                () -> askAgain(
                        query, untilNanos, question, List.copyOf(expected).iterator()));
        clock.stamp();
        out.accept(query, encoded);
        return "";
    }

    /**
     * Gossip may have missed some, or their answers were lost: they are asked again, each once and directly. Whoever knows
     * the query already takes it for a copy; and nobody tells a directed one on.
     */
    private void askAgain(Query query, long untilNanos, Running question, Iterator<String> members) {
        if (running.get(query.time()) != question) {
            return;
        }
        var again = new Message.User(SerfCodec.encode(query.directed(untilNanos - world.now())));
        int asked = 0;
        while (asked < REPEATS_AT_ONCE && members.hasNext()) {
            Row row = roster.find(members.next());
            if (row != null && row != roster.self() && row.present() && question.waitsFor(row.name)) {
                post.send(row, again);
                world.count(Counter.QUERIES_REPEATED);
                asked++;
            }
        }
        if (members.hasNext()) {
            world.after(world.timing.gossipEvery().toNanos(), () -> askAgain(query, untilNanos, question, members));
        }
    }

    /** Serf's: 3.2 s for up to 9 members on a LAN, twice that for up to 99. */
    private long usualTimeoutNanos() {
        return world.timing.gossipEvery().toNanos() * Formulas.retransmits(TIMEOUT_MULTIPLIER, roster.size());
    }

    private static List<Filter> filters(List<String> nodes, SortedMap<String, String> tags) {
        List<Filter> filters = new ArrayList<>();
        if (!nodes.isEmpty()) {
            filters.add(new Filter.Nodes(nodes));
        }
        new TreeMap<>(tags).forEach((tag, expression) -> filters.add(new Filter.Tag(tag, expression)));
        return filters;
    }

    /** An answer or an ack, from outside or from ourselves. */
    void heard(QueryResponse response) {
        Running question = running.get(response.time());
        if (question == null || question.id != response.id()) {
            world.count(Counter.QUERY_RESPONSES_UNEXPECTED);
            world.debug("serf: reply for non-running query (LTime: " + response.time() + ", ID: " + response.id()
                    + ") From: " + response.from());
            return;
        }
        boolean ack = (response.flags() & QueryResponse.ACK) != 0;
        // More names than members can only be invented.
        boolean room = question.answered.size() + question.acked.size() < 2 * Math.max(16, roster.known());
        if (!room || !(ack ? question.acked : question.answered).add(response.from())) {
            world.count(Counter.QUERY_RESPONSES_SEEN_BEFORE);
            world.count(ack ? "serf.query_duplicate_acks" : "serf.query_duplicate_responses");
            return;
        }
        world.count(ack ? "serf.query_acks" : "serf.query_responses");
        if (ack) {
            question.asker.acked(response.from());
        } else {
            question.asker.answered(response.from(), response.payload());
        }
        if (question.complete()) {
            // Not from within the asking itself: a cluster of one answers before the question is out.
            Agenda.Entry limit = question.limit;
            if (limit != null) {
                limit.cancel();
            }
            question.limit = world.after(0, () -> end(response.time(), question));
        }
    }

    /** Ends one before its time. */
    void end(long reference) {
        for (Map.Entry<Long, Running> each : List.copyOf(running.entrySet())) {
            Running question = each.getValue();
            if (question.asker.reference() == reference) {
                Agenda.Entry limit = question.limit;
                if (limit != null) {
                    limit.cancel();
                }
                end(each.getKey(), question);
            }
        }
    }

    private void end(long time, Running question) {
        if (running.remove(time, question)) {
            question.asker.ended(question.expected.size(), question.acked.size(), question.answered.size());
        }
    }

    int size() {
        return running.size();
    }
}
