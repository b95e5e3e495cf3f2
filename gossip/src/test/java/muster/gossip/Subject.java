package muster.gossip;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.Message;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.MessageCodec;
import muster.gossip.wire.Packet;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage;
import muster.gossip.wire.StreamCodec;
import muster.gossip.wire.StreamReader;
import muster.gossip.wire.Tags;

/** One member under test, called "me"; the test plays all the others. Time stands still until told to pass. */
final class Subject {
    static final Bytes VERSIONS = Bytes.hex("010502020505");
    static final String NAME = "me";

    final Gossip gossip;
    final List<Effect> effects = new ArrayList<>();

    /** What it measured; nothing depends on that, so it is not among the effects. */
    final List<Figure> figures = new ArrayList<>();

    private long now = 1_000_000_000L;
    private final Random random;
    private long accepted;

    Subject() {
        this(UnaryOperator.identity());
    }

    Subject(UnaryOperator<Settings> settings) {
        this(settings, 42);
    }

    Subject(UnaryOperator<Settings> settings, long seed) {
        random = new Random(seed);
        gossip = new Gossip(settings.apply(Settings.of(NAME, address(1), tags())), random, now);
        tells(new Input.Deadline());
    }

    static Address address(int number) {
        return new Address(Bytes.of(new byte[] {10, 0, (byte) (number >> 8), (byte) number}), 7946);
    }

    static SortedMap<String, String> tags(String... pairs) {
        var tags = new TreeMap<String, String>();
        for (int i = 0; i < pairs.length; i += 2) {
            tags.put(pairs[i], pairs[i + 1]);
        }
        return tags;
    }

    /** Peers are called p2, p3 … and live at the address of their number. */
    static Message.Alive alive(int number, long incarnation, String... tags) {
        return alive("p" + number, number, incarnation, tags);
    }

    static Message.Alive alive(String name, int number, long incarnation, String... tags) {
        return new Message.Alive(
                incarnation, name, address(number).ip(), address(number).port(), Tags.encode(tags(tags)), VERSIONS);
    }

    static Message.Suspect suspect(int number, long incarnation, String from) {
        return new Message.Suspect(incarnation, "p" + number, from);
    }

    static Message.Dead dead(int number, long incarnation, String from) {
        return new Message.Dead(incarnation, "p" + number, from);
    }

    static Message.NodeState row(int number, long incarnation, LifeState state) {
        return row("p" + number, number, incarnation, state);
    }

    static Message.NodeState row(String name, int number, long incarnation, LifeState state) {
        return new Message.NodeState(
                name, address(number).ip(), address(number).port(), Tags.encode(tags()), incarnation, state, VERSIONS);
    }

    static Message user(SerfMessage message) {
        return new Message.User(SerfCodec.encode(message));
    }

    static SerfMessage.State state(long time, Map<String, Long> times, List<String> left) {
        return new SerfMessage.State(time, new TreeMap<>(times), left, 1, List.of(), 1);
    }

    long now() {
        return now;
    }

    /** The member takes this in; what it does is added to {@link #effects}. */
    Subject tells(Input input) {
        gossip.on(now, input, effect -> {
            if (effect instanceof Effect.Measured(Figure figure)) {
                figures.add(figure);
            } else {
                effects.add(effect);
            }
        });
        return this;
    }

    /** A datagram of all these messages comes from the address of that peer. */
    Subject hearsFrom(int number, Message... messages) {
        List<Bytes> parts = Arrays.stream(messages).map(MessageCodec::encode).toList();
        return tells(new Input.Datagram(address(number), Packet.encode(parts, false, false, Keyring.PLAIN, random)));
    }

    Subject hears(Message... messages) {
        return hearsFrom(99, messages);
    }

    /** Peers p2 to p(count + 1) join, and what that caused is forgotten. */
    Subject knows(int count) {
        for (int number = 2; number < count + 2; number++) {
            hears(alive(number, 1));
        }
        effects.clear();
        return this;
    }

    /** Time passes, with every deadline met exactly. Nobody answers. */
    Subject passes(Duration time) {
        long until = now + time.toNanos();
        while (gossip.nextDeadline() <= until) {
            now = Math.max(now, gossip.nextDeadline());
            tells(new Input.Deadline());
        }
        now = until;
        return this;
    }

    /** Time passes while the member gets no processor at all. */
    Subject standsStill(Duration time) {
        now += time.toNanos();
        return this;
    }

    /** A push/pull comes in over a stream; gives our answer. */
    Message.PushPull exchanges(boolean join, SerfMessage.State state, Message.NodeState... rows) {
        long stream = --accepted;
        tells(new Input.StreamAccepted(stream, address(99)));
        var message = new Message.PushPull(join, List.of(rows), SerfCodec.encode(state));
        tells(new Input.StreamBytes(stream, StreamCodec.encode(message, true, Keyring.PLAIN, random)));
        return (Message.PushPull) written(stream);
    }

    /** What was written into that stream. */
    Message written(long stream) {
        var reader = new StreamReader(Keyring.PLAIN);
        for (Effect effect : effects) {
            if (effect instanceof Effect.WriteStream write
                    && write.stream() == stream
                    && reader.add(write.bytes()) instanceof StreamReader.Progress.Complete(Message message)) {
                return message;
            }
        }
        throw new AssertionError("nothing was written into stream " + stream + ": " + effects);
    }

    Bytes encodedStream(Message message) {
        return StreamCodec.encode(message, true, Keyring.PLAIN, random);
    }

    /** All messages in all datagrams so far, in order. */
    List<Message> sent() {
        return datagrams().flatMap(Subject::messages).toList();
    }

    <M extends Message> List<M> sent(Class<M> type) {
        return sent().stream().filter(type::isInstance).map(type::cast).toList();
    }

    List<Message> sentTo(int number) {
        return datagrams()
                .filter(datagram -> datagram.to().equals(address(number)))
                .flatMap(Subject::messages)
                .toList();
    }

    <M extends Message> List<M> sentTo(int number, Class<M> type) {
        return sentTo(number).stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Serf messages in datagrams so far. */
    <M extends SerfMessage> List<M> said(Class<M> type) {
        return sent(Message.User.class).stream()
                .map(message -> ((Decoded.Ok<SerfMessage>) SerfCodec.decode(message.payload())).value())
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    Stream<Effect.SendDatagram> datagrams() {
        return effects.stream().filter(Effect.SendDatagram.class::isInstance).map(Effect.SendDatagram.class::cast);
    }

    static Stream<Message> messages(Effect.SendDatagram datagram) {
        return ((Decoded.Ok<Packet>) Packet.decode(datagram.payload(), Keyring.PLAIN)).value().messages().stream();
    }

    <N extends Notice> List<N> notices(Class<N> type) {
        return effects.stream()
                .filter(Effect.Notify.class::isInstance)
                .map(effect -> ((Effect.Notify) effect).notice())
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** Notices about membership, as words: "joined p2", "failed p2". */
    List<String> story() {
        return effects.stream()
                .filter(Effect.Notify.class::isInstance)
                .map(effect -> word(((Effect.Notify) effect).notice()))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    static String word(Notice notice) {
        return switch (notice) {
            case Notice.MemberJoined(Member member) -> "joined " + member.name();
            case Notice.MemberUpdated(Member member) -> "updated " + member.name();
            case Notice.MemberSuspected(Member member, String by) -> "suspected " + member.name();
            case Notice.MemberRefuted(Member member) -> "refuted " + member.name();
            case Notice.MemberLeaving(Member member) -> "leaving " + member.name();
            case Notice.MemberLeft(Member member, boolean forced) -> (forced ? "forced " : "left ") + member.name();
            case Notice.MemberFailed(Member member) -> "failed " + member.name();
            case Notice.MemberReaped(Member member) -> "reaped " + member.name();
            default -> "";
        };
    }

    List<String> log() {
        return notices(Notice.Logged.class).stream().map(Notice.Logged::line).toList();
    }

    Member member(int number) {
        return gossip.member("p" + number);
    }

    long counted(Counter counter) {
        return gossip.counters().getOrDefault(counter.label(), 0L);
    }

    Coordinate coordinate() {
        return gossip.coordinate();
    }
}
