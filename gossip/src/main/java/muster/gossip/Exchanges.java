package muster.gossip;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.Message;
import muster.gossip.wire.Message.Ack;
import muster.gossip.wire.Message.ErrorReply;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.Message.NodeState;
import muster.gossip.wire.Message.Ping;
import muster.gossip.wire.Message.PushPull;
import muster.gossip.wire.Rejection;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage;
import muster.gossip.wire.StreamCodec;
import muster.gossip.wire.StreamReader;
import muster.gossip.wire.StreamReader.Progress;

/** Streams: one question and one answer each. Full-state exchange (push/pull), and pings where datagrams do not get through. */
final class Exchanges {
    /** Memberlist's limit on concurrent push/pulls. Above, peers are turned away and come again. */
    static final int ACCEPTED_MAX = 128;

    /** All addresses of all names given to join, at once, and some pings. */
    static final int OPENED_MAX = 256;

    private final World world;
    private final Roster roster;
    private final Lifecycle lifecycle;
    private final SharedState shared;
    private final Consumer<Row> doubted;
    private final Consumer<Bytes> userMessage;
    private final Map<Long, Exchange> exchanges = new LinkedHashMap<>();
    private long lastOpened;
    private int accepted;

    Exchanges(
            World world,
            Roster roster,
            Lifecycle lifecycle,
            SharedState shared,
            Consumer<Row> doubted,
            Consumer<Bytes> userMessage) {
        this.world = world;
        this.roster = roster;
        this.lifecycle = lifecycle;
        this.shared = shared;
        this.doubted = doubted;
        this.userMessage = userMessage;
    }

    /** Why a stream is open. */
    private sealed interface Purpose {
        /** A peer wants something; its message says what. */
        record Serve() implements Purpose {}

        /** We want a peer's state; {@code ended} gets an error, or "" for none. */
        record Swap(boolean join, boolean ignoreOldEvents, Consumer<String> ended) implements Purpose {}

        /** We ask a peer whether it lives. */
        record Knock(Ping ping, Consumer<Boolean> answered) implements Purpose {}
    }

    private static final class Exchange {
        final long stream;
        final Address peer;
        final Purpose purpose;
        final StreamReader reader;
        final Agenda.Entry limit;

        Exchange(long stream, Address peer, Purpose purpose, StreamReader reader, Agenda.Entry limit) {
            this.stream = stream;
            this.peer = peer;
            this.purpose = purpose;
            this.reader = reader;
            this.limit = limit;
        }
    }

    /** Exchanges full state with whoever is at {@code peer}. */
    void swap(Address peer, boolean join, boolean ignoreOldEvents, Consumer<String> ended) {
        long beganNanos = world.now();
        Consumer<String> measured = error -> {
            world.measured(Figure.time("memberlist.pushPullNode", world.now() - beganNanos));
            ended.accept(error);
        };
        if (!open(peer, new Purpose.Swap(join, ignoreOldEvents, measured))) {
            measured.accept("too many streams are open");
        }
    }

    /** Pings over a stream. */
    void knock(Address peer, Ping ping, Consumer<Boolean> answered) {
        if (!open(peer, new Purpose.Knock(ping, answered))) {
            answered.accept(false);
        }
    }

    private boolean open(Address peer, Purpose purpose) {
        if (exchanges.size() - accepted >= OPENED_MAX) {
            world.count(Counter.STREAMS_OPENED_LIMITED);
            return false;
        }
        begin(++lastOpened, peer, purpose);
        world.emit(new Effect.OpenStream(lastOpened, peer));
        return true;
    }

    private void begin(long stream, Address peer, Purpose purpose) {
        Agenda.Entry limit = world.after(world.timing.streamTimeout().toNanos(), () -> timedOut(stream));
        exchanges.put(stream, new Exchange(stream, peer, purpose, new StreamReader(() -> world.keys), limit));
    }

    void accepted(long stream, Address from) {
        if (accepted >= ACCEPTED_MAX) {
            world.count(Counter.STREAMS_ACCEPTED_LIMITED);
            world.emit(new Effect.CloseStream(stream));
            return;
        }
        accepted++;
        world.count("memberlist.tcp.accept");
        begin(stream, from, new Purpose.Serve());
    }

    void connected(long stream) {
        Exchange exchange = exchanges.get(stream);
        if (exchange == null) {
            return;
        }
        switch (exchange.purpose) {
            case Purpose.Serve() -> {}
            case Purpose.Swap swap -> {
                world.count("memberlist.tcp.connect");
                world.debug("memberlist: Initiating push/pull sync with: " + exchange.peer);
                write(stream, ourState(swap.join()));
            }
            case Purpose.Knock knock -> write(stream, knock.ping());
        }
    }

    void bytes(long stream, Bytes bytes) {
        Exchange exchange = exchanges.get(stream);
        if (exchange == null) {
            return;
        }
        switch (exchange.reader.add(bytes)) {
            case Progress.NeedMore() -> {}
            case Progress.Complete(Message message) -> complete(exchange, message);
            case Progress.Rejected(Rejection reason, int offset) -> rejected(exchange, reason);
        }
    }

    void closed(long stream, String reason) {
        Exchange exchange = exchanges.get(stream);
        if (exchange != null) {
            world.count(Counter.STREAMS_FAILED);
            end(exchange);
            failed(exchange, reason.isEmpty() ? "EOF" : reason);
        }
    }

    private void timedOut(long stream) {
        Exchange exchange = exchanges.get(stream);
        if (exchange != null) {
            world.count(Counter.STREAMS_TIMED_OUT);
            close(exchange);
            failed(exchange, "i/o timeout");
        }
    }

    private void rejected(Exchange exchange, Rejection reason) {
        world.counters().add(reason);
        boolean keys = !KeyTrouble.ofStream(reason).isEmpty();
        String words = keys ? KeyTrouble.ofStream(reason) : reason.toString();
        switch (exchange.purpose) {
            case Purpose.Serve() -> {
                complain("failed to receive: " + words, exchange.peer, reason, keys);
                // Or a real agent would tell its operator nothing but "EOF".
                write(exchange.stream, new ErrorReply(words));
            }
            case Purpose.Knock knock -> complain("Failed fallback ping: " + words, exchange.peer, reason, keys);
            case Purpose.Swap swap -> {}
        }
        close(exchange);
        failed(exchange, keys ? words + ": " + KeyTrouble.remedy(reason, "the member at " + exchange.peer) : words);
    }

    private void complain(String words, Address peer, Rejection reason, boolean keys) {
        world.log(
                System.Logger.Level.ERROR,
                "memberlist: " + words + " from=" + peer
                        + (keys ? ": " + KeyTrouble.remedy(reason, "the member there") : ""));
    }

    private static void failed(Exchange exchange, String error) {
        switch (exchange.purpose) {
            case Purpose.Serve() -> {}
            case Purpose.Swap swap -> swap.ended().accept(error);
            case Purpose.Knock knock -> knock.answered().accept(false);
        }
    }

    private void complete(Exchange exchange, Message message) {
        switch (exchange.purpose) {
            case Purpose.Serve() -> serve(exchange, message);
            case Purpose.Swap swap -> {
                close(exchange);
                swap.ended().accept(swapped(exchange.peer, swap, message));
            }
            case Purpose.Knock knock -> {
                close(exchange);
                knock.answered()
                        .accept(message instanceof Ack ack
                                && ack.sequence() == knock.ping().sequence());
            }
        }
    }

    private void serve(Exchange exchange, Message message) {
        if (message instanceof PushPull theirs) {
            world.debug("memberlist: Stream connection from=" + exchange.peer);
            write(exchange.stream, ourState(theirs.join()));
            close(exchange);
            String error = merge(exchange.peer, theirs, false);
            if (!error.isEmpty()) {
                world.log(
                        System.Logger.Level.ERROR,
                        "memberlist: Failed push/pull merge: " + error + " from=" + exchange.peer);
            }
            return;
        }
        if (message instanceof Ping ping) {
            if (ping.node().isEmpty() || ping.node().equals(world.settings.name())) {
                write(exchange.stream, new Ack(ping.sequence(), Bytes.EMPTY));
            } else {
                world.count(Counter.PINGS_FOR_ANOTHER_NAME);
                world.warn("memberlist: Got ping for unexpected node " + ping.node() + " from=" + exchange.peer);
            }
        } else if (message instanceof Message.User(Bytes payload)) {
            userMessage.accept(payload);
        } else {
            world.count(Counter.STREAM_MESSAGES_UNEXPECTED);
        }
        close(exchange);
    }

    private String swapped(Address peer, Purpose.Swap swap, Message message) {
        return switch (message) {
            case PushPull theirs -> merge(peer, theirs, swap.ignoreOldEvents());
            case ErrorReply(String error) -> "remote error: " + error;
            default -> {
                world.count(Counter.STREAM_MESSAGES_UNEXPECTED);
                yield "unexpected answer from " + peer;
            }
        };
    }

    private String merge(Address peer, PushPull theirs, boolean ignoreOldEvents) {
        String mismatch = Versions.mismatch(theirs.nodes());
        if (!mismatch.isEmpty()) {
            world.count(Counter.MERGES_REFUSED_VERSIONS);
            return mismatch;
        }
        SerfMessage.State state = null;
        if (!theirs.userState().isEmpty()) {
            switch (SerfCodec.decode(theirs.userState())) {
                case Decoded.Ok<SerfMessage>(SerfMessage.State good) -> state = good;
                case Decoded.Ok<SerfMessage>(SerfMessage other) -> {
                    world.counters().add(Rejection.NOT_ALLOWED_HERE);
                    return "the user state is none";
                }
                case Decoded.Rejected<SerfMessage>(Rejection reason, int offset) -> {
                    world.counters().add(reason);
                    return "unreadable user state: " + reason + " at " + offset;
                }
            }
        }
        world.count(Counter.PUSH_PULLS);
        theirs.badRows().forEach(world.counters()::add);
        if (!theirs.badRows().isEmpty()) {
            world.warn("memberlist: Left out " + theirs.badRows().size()
                    + " strange members of a push/pull, the first because of "
                    + theirs.badRows().getFirst() + " from=" + peer);
        }
        lifecycle.merge(theirs.nodes(), doubted);
        if (state != null) {
            shared.merge(state, theirs.nodes(), ignoreOldEvents);
        }
        return "";
    }

    private PushPull ourState(boolean join) {
        List<NodeState> rows = new ArrayList<>(roster.known());
        for (Row row : roster.all()) {
            rows.add(new NodeState(
                    row.name, row.address.ip(), row.address.port(), row.meta, row.incarnation, row.life, row.versions));
        }
        return new PushPull(join, rows, shared.ours());
    }

    /** Anti-entropy with one random member; then again, the later the more members there are. */
    void startSyncing() {
        long every = world.timing.pushPullEvery().toNanos();
        world.after(world.stagger(every), this::sync);
    }

    private void sync() {
        for (Row row : roster.some(1, candidate -> candidate.life == LifeState.ALIVE)) {
            swap(row.address, false, false, error -> {
                if (!error.isEmpty()) {
                    world.warn("memberlist: Push/Pull with " + row.name + " failed: " + error);
                }
            });
        }
        world.after(Formulas.pushPullNanos(world.timing.pushPullEvery().toNanos(), roster.size()), this::sync);
    }

    private void write(long stream, Message message) {
        Bytes bytes = StreamCodec.encode(message, world.settings.compress(), world.keys, world.random);
        world.measured(Figure.count("memberlist.tcp.sent", bytes.size()));
        world.emit(new Effect.WriteStream(stream, bytes));
    }

    private void close(Exchange exchange) {
        end(exchange);
        world.emit(new Effect.CloseStream(exchange.stream));
    }

    private void end(Exchange exchange) {
        exchanges.remove(exchange.stream);
        exchange.limit.cancel();
        accepted -= exchange.stream < 0 ? 1 : 0;
    }

    /** We leave: nothing more is said or heard. */
    void closeAll() {
        for (Exchange exchange : List.copyOf(exchanges.values())) {
            close(exchange);
        }
    }

    int size() {
        return exchanges.size();
    }
}
