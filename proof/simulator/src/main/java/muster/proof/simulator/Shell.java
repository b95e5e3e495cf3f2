package muster.proof.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import muster.gossip.Address;
import muster.gossip.Effect;
import muster.gossip.Input;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.MessageCodec;
import muster.gossip.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * What an agent does around the protocol, for all members: hands in what arrives, carries out the effects, wakes it at its
 * deadlines, a little late. The life of one event is here, from {@link #arrive} to {@link #obey}.
 */
final class Shell {
    /** A process that said that its leave has ended is watched this long for a last word. */
    private static final long AFTER_LEAVE_NANOS = 3_000_000_000L;

    private static final long SECOND_NANOS = 1_000_000_000L;

    /** How long a handler takes to answer a query. */
    private static final long ANSWER_NANOS = 1_000_000;

    /** Timers of real machines fire a little late. */
    private static final long TIMER_LATENESS_NANOS = 1_000_000;

    private final Cluster cluster;
    private final SplittableRandom random;
    private final List<Effect> effects = new ArrayList<>();
    private @Nullable Input cause;
    private @Nullable Tap tap;
    private long events;
    private long asked;

    Shell(Cluster cluster) {
        this.cluster = cluster;
        this.random = cluster.seed().stream("shell");
    }

    void tap(Tap listener) {
        tap = listener;
    }

    long events() {
        return events;
    }

    /** The checker has read what {@code node} sends. */
    void tapped(Node node, List<Message> messages) {
        Tap listener = tap;
        Input why = cause;
        if (listener != null && why != null) {
            listener.sent(node, why, messages);
        }
    }

    /** A datagram reaches an address; whoever lives there now gets it. */
    void arriveAt(Address to, Address from, Bytes payload, boolean damaged) {
        Node node = cluster.network().at(to);
        if (node != null && node.on()) {
            arrive(node, node.life, new Input.Datagram(from, payload), damaged);
        }
    }

    /** Something reaches this life of a process; a frozen one finds it later. */
    void arrive(Node node, int life, Input input, boolean damaged) {
        if (node.life != life || !node.on()) {
            return;
        }
        if (node.power == Node.Power.PAUSED) {
            if (node.backlog.size() < Node.BACKLOG_MAX || !(input instanceof Input.Datagram)) {
                node.backlog.add(new Node.Arrival(input, damaged));
            }
            return;
        }
        process(node, input, damaged);
    }

    void pause(Node node, Duration time) {
        if (!node.running()) {
            return;
        }
        cluster.say(node, "freezes for " + Cluster.seconds(time.toNanos()));
        node.power = Node.Power.PAUSED;
        int life = node.life;
        cluster.agenda().after(time.toNanos(), () -> {
            if (node.life == life) {
                resume(node);
            }
        });
    }

    void resume(Node node) {
        if (node.power != Node.Power.PAUSED) {
            return;
        }
        cluster.say(node, "thaws");
        node.power = Node.Power.RUNNING;
        node.lastTroubleNanos = cluster.agenda().now();
        // Timers and sockets are served in any order after a thaw.
        boolean timersFirst = random.nextBoolean();
        if (timersFirst) {
            wake(node);
        }
        while (node.running() && !node.backlog.isEmpty()) {
            Node.Arrival next = node.backlog.remove();
            process(node, next.input(), next.damaged());
        }
        if (node.on()) {
            wake(node);
        }
    }

    void command(Node node, Input input) {
        if (node.running()) {
            process(node, input, false);
        }
    }

    void process(Node node, Input input, boolean damaged) {
        switch (input) {
            case Input.StreamAccepted(long stream, Address from) -> {
                if (!node.streams.containsKey(stream)) {
                    return;
                }
            }
            case Input.StreamConnected(long stream) -> {
                if (!node.streams.containsKey(stream)) {
                    return;
                }
            }
            case Input.StreamBytes(long stream, Bytes bytes) -> {
                if (!node.streams.containsKey(stream)) {
                    return;
                }
            }
            case Input.StreamClosed(long stream, String reason) -> {
                if (node.streams.remove(stream) == null) {
                    return;
                }
            }
            case Input.Datagram(Address from, Bytes payload) -> {
                Tap listener = tap;
                if (listener != null) {
                    listener.arrives(node, payload);
                }
            }
            case Input.DatagramRefused refused -> {}
            case Input.Deadline deadline -> {}
            case Input.Join join -> {}
            case Input.Leave leave -> {}
            case Input.Recall recall -> {}
            case Input.SetTags tags -> {}
            case Input.ProbeNow probe -> {}
            case Input.ForceLeave force -> {}
            case Input.SendEvent event -> {}
            case Input.Ask ask -> {}
            case Input.AskAboutKeys ask -> {}
            case Input.EndQuery end -> {}
            case Input.KeysKept kept -> {}
            case Input.Answer answer -> {}
        }
        events++;
        cause = input;
        record(node, input);
        cluster.invariants().before(node, input, damaged);
        effects.clear();
        try {
            node.core().on(cluster.agenda().now() + node.clockOffsetNanos, input, this::take);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw (Violation) cluster.violation(Invariant.S0_NEVER_THROWS, node + " threw " + e + " on " + input)
                    .initCause(e);
        }
        cluster.invariants().after(node, input, effects);
        var asked = List.copyOf(effects);
        for (Effect effect : asked) {
            obey(node, effect);
        }
        if (node.on()) {
            planWakeUp(node);
        }
    }

    /** Figures are for people: nothing depends on them, and a packet that must change nothing is measured too. */
    private void take(Effect effect) {
        if (!(effect instanceof Effect.Measured)) {
            effects.add(effect);
        }
    }

    private void obey(Node node, Effect effect) {
        switch (effect) {
            case Effect.SendDatagram(Address to, Bytes payload) -> {
                cluster.trace().add(to.port()).add(to.ip()).add(payload);
                cluster.network().send(node, to, payload);
            }
            case Effect.OpenStream(long stream, Address to) -> {
                cluster.trace().add(stream).add(to.ip());
                cluster.network().open(node, stream, to);
            }
            case Effect.WriteStream(long stream, Bytes bytes) -> {
                cluster.trace().add(stream).add(bytes);
                Connection.End end = node.streams.get(stream);
                if (end != null) {
                    end.write(bytes);
                }
            }
            case Effect.CloseStream(long stream) -> {
                cluster.trace().add(stream);
                Connection.End end = node.streams.remove(stream);
                if (end != null) {
                    end.close();
                }
            }
            case Effect.Notify(Notice notice) -> hear(node, notice);
            case Effect.Measured measured -> throw new AssertionError("nothing is done about figures");
        }
    }

    private void hear(Node node, Notice notice) {
        if (!(notice instanceof Notice.Logged)) {
            cluster.trace().add(notice.toString());
        }
        cluster.say(node, notice);
        if (notice instanceof Notice.JoinEnded(long reference, Address address, String error)) {
            node.joinsPending--;
            node.joined |= error.isEmpty();
            if (node.joinsPending == 0 && !node.joined) {
                int life = node.life;
                long backOffNanos = SECOND_NANOS + random.nextLong(SECOND_NANOS * Math.min(5, node.joinRounds));
                cluster.agenda().after(backOffNanos, () -> cluster.processes().join(node, life));
            }
        } else if (notice instanceof Notice.QueryHeard query) {
            // Like a handler that is quick; outside of the input that told of it.
            int life = node.life;
            cluster.agenda().after(ANSWER_NANOS, () -> answer(node, life, query.query()));
        } else if (notice instanceof Notice.LeaveEnded) {
            node.power = Node.Power.LEFT;
            int life = node.life;
            cluster.agenda().after(AFTER_LEAVE_NANOS / 2, () -> temptToSpeak(node, life));
            cluster.agenda().after(AFTER_LEAVE_NANOS, () -> {
                if (node.life == life && node.on()) {
                    cluster.processes().stop(node);
                }
            });
        }
    }

    private void answer(Node node, int life, long query) {
        if (node.life == life && node.running()) {
            process(node, new Input.Answer(query, Bytes.utf8(node.name)), false);
        }
    }

    /** Gives the number of the query. */
    long ask(Node node, String question, int relayFactor) {
        long query = ++asked;
        var ask = new Input.Ask(
                query,
                question,
                Bytes.EMPTY,
                List.of(),
                Collections.emptySortedMap(),
                true,
                relayFactor,
                Duration.ZERO);
        command(node, ask);
        return query;
    }

    /** What would have made it speak before its leave ended: a timer, a ping for it, news to tell on. */
    private void temptToSpeak(Node node, int life) {
        if (node.life != life || !node.on()) {
            return;
        }
        process(node, new Input.Deadline(), false);
        for (Message message : List.of(
                new Message.Ping(1, node.name, Bytes.EMPTY, 0, ""),
                new Message.Dead(node.incarnationMax, node.name, cluster.nodes().getFirst().name))) {
            Bytes datagram = Packet.encode(List.of(MessageCodec.encode(message)), false, false, cluster.keys(), random);
            process(node, new Input.Datagram(cluster.nodes().getFirst().address, datagram), false);
        }
    }

    void planWakeUp(Node node) {
        long deadline = node.core().nextDeadline();
        if (deadline == Long.MAX_VALUE) {
            return;
        }
        long at = Math.max(cluster.agenda().now(), deadline - node.clockOffsetNanos);
        if (at < node.wakeAtNanos) {
            node.wakeAtNanos = at;
            int life = node.life;
            cluster.agenda().at(at + random.nextLong(TIMER_LATENESS_NANOS), () -> {
                if (node.life == life && node.wakeAtNanos == at) {
                    wake(node);
                }
            });
        }
    }

    private void wake(Node node) {
        node.wakeAtNanos = Long.MAX_VALUE;
        if (node.power == Node.Power.PAUSED || !node.on()) {
            return;
        }
        if (node.core().nextDeadline() - node.clockOffsetNanos
                        <= cluster.agenda().now()
                && node.core().nextDeadline() != Long.MAX_VALUE) {
            process(node, new Input.Deadline(), false);
        } else {
            planWakeUp(node);
        }
    }

    private void record(Node node, Input input) {
        cluster.trace().add(cluster.agenda().now()).add(node.index);
        switch (input) {
            case Input.Datagram(Address from, Bytes payload) ->
                cluster.trace().add(1).add(from.ip()).add(payload);
            case Input.StreamBytes(long stream, Bytes bytes) ->
                cluster.trace().add(2).add(stream).add(bytes);
            case Input.Deadline deadline -> cluster.trace().add(3);
            default -> cluster.trace().add(4).add(input.toString());
        }
    }
}
