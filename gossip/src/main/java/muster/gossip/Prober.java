package muster.gossip;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message.Ack;
import muster.gossip.wire.Message.IndirectPing;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.Message.Nack;
import muster.gossip.wire.Message.Ping;
import muster.gossip.wire.Message.Suspect;
import org.jspecify.annotations.Nullable;

/**
 * SWIM's failure detector: one member is asked at a time, in turn.
 *
 * <pre>
 *   ping ──► ack: fine
 *     │ no ack in probeTimeout
 *     ▼
 *   indirect pings by helpers, and a ping over a stream ──► ack: fine
 *     │ none until probeEvery, longer when our own health is poor
 *     ▼
 *   suspect
 * </pre>
 *
 * Lifeguard: helpers say when they hear nothing either (nack); missing nacks mean that the fault is ours.
 */
final class Prober {
    /** Pings that we send for others, too: a flood of requests must not fill the memory. */
    static final int PENDING_MAX = 1_024;

    /** Probes that the data plane asked for, at once; a whole rack may fail together. */
    static final int OUT_OF_TURN_MAX = 64;

    /** A suspect that answered its last question has this part of a probe interval to refute by datagram. */
    private static final int REFUTED_WITHIN = 4;

    private static final long SEQUENCE_MASK = 0xffff_ffffL;

    private final World world;
    private final Roster roster;
    private final Lifecycle lifecycle;
    private final Awareness awareness;
    private final Exchanges exchanges;
    private final Post post;
    private final Whereabouts whereabouts;

    private final Map<Long, Pending> pending = new HashMap<>();
    private final Map<String, Probe> probes = new LinkedHashMap<>();
    private long sequence;
    private @Nullable Probe inTurn;
    private boolean overdue;
    private Agenda.@Nullable Entry nextTurn;

    Prober(
            World world,
            Roster roster,
            Lifecycle lifecycle,
            Awareness awareness,
            Exchanges exchanges,
            Post post,
            Whereabouts whereabouts) {
        this.world = world;
        this.roster = roster;
        this.lifecycle = lifecycle;
        this.awareness = awareness;
        this.exchanges = exchanges;
        this.post = post;
        this.whereabouts = whereabouts;
        // Not from zero: who cannot guess the number cannot answer for another.
        this.sequence = world.random.nextLong() & SEQUENCE_MASK;
    }

    /** An ack that is waited for. */
    private sealed interface Pending permits Probe, Errand, LastQuestion {}

    /** Our own question to a member. */
    private static final class Probe implements Pending {
        final Row row;
        final Address address;
        final long incarnation;
        final long sequence;
        final long sentNanos;
        Agenda.@Nullable Entry timeout;
        Agenda.@Nullable Entry end;
        boolean indirect;
        boolean refused;
        boolean knocking;
        boolean answeredByStream;
        int nacksExpected;
        int nacks;

        Probe(Row row, long sequence, long sentNanos) {
            this.row = row;
            this.address = row.address;
            this.incarnation = row.incarnation;
            this.sequence = sequence;
            this.sentNanos = sentNanos;
        }

        /** Every way was tried and answered with no. */
        boolean hopeless() {
            return refused && indirect && !knocking && !answeredByStream && nacks >= nacksExpected;
        }

        void cancelTimers() {
            for (Agenda.Entry entry : new Agenda.@Nullable Entry[] {timeout, end}) {
                if (entry != null) {
                    entry.cancel();
                }
            }
        }
    }

    /** A question that we ask for another member. */
    private record Errand(long theirSequence, Address replyTo, Agenda.Entry limit) implements Pending {}

    /** What we ask a suspect before we give it up. */
    private record LastQuestion(Row row, @Nullable Suspicion held, Agenda.Entry limit) implements Pending {}

    void start() {
        nextTurn = world.after(world.stagger(world.timing.probeEvery().toNanos()), this::turn);
    }

    void stop() {
        if (nextTurn != null) {
            nextTurn.cancel();
        }
        probes.values().forEach(Probe::cancelTimers);
        probes.clear();
        inTurn = null;
        overdue = false;
    }

    private void turn() {
        nextTurn = world.after(world.timing.probeEvery().toNanos(), this::turn);
        if (inTurn == null) {
            probeNext();
        } else {
            overdue = true;
        }
    }

    private void probeNext() {
        overdue = false;
        Row row = roster.nextToProbe();
        if (row != null && !probes.containsKey(row.name)) {
            inTurn = probe(row);
        }
    }

    /** The data plane doubts this member. Once per member and probe interval. */
    void outOfTurn(Row row) {
        if (row == roster.self() || !row.present()) {
            return;
        }
        boolean recently = row.probedNowNanos != Row.NEVER
                && world.now() - row.probedNowNanos < world.timing.probeEvery().toNanos();
        if (recently || probes.containsKey(row.name) || probes.size() >= OUT_OF_TURN_MAX) {
            world.count(Counter.PROBES_OUT_OF_TURN_LIMITED);
            return;
        }
        row.probedNowNanos = world.now();
        world.count(Counter.PROBES_OUT_OF_TURN);
        probe(row);
    }

    private Probe probe(Row row) {
        world.count(Counter.PROBES);
        if (awareness.score() > 0) {
            world.count("memberlist.degraded.probe");
        }
        var probe = new Probe(row, nextSequence(), world.now());
        pending.put(probe.sequence, probe);
        probes.put(row.name, probe);
        probe.timeout = world.after(world.timing.probeTimeout().toNanos(), () -> askOthers(probe));
        probe.end = world.after(awareness.scale(world.timing.probeEvery().toNanos()), () -> conclude(probe));
        Ping ping = pingFor(row.name, probe.sequence);
        if (row.life == LifeState.ALIVE) {
            post.send(row.address, ping);
        } else {
            // So that it can refute at once and need not hear of it by chance.
            post.send(row, ping, new Suspect(row.incarnation, row.name, world.settings.name()));
        }
        return probe;
    }

    private Ping pingFor(String name, long number) {
        Row self = roster.self();
        return new Ping(number, name, self.address.ip(), self.address.port(), self.name);
    }

    private long nextSequence() {
        sequence = sequence + 1 & SEQUENCE_MASK;
        return sequence;
    }

    private void askOthers(Probe probe) {
        if (probe.indirect || probes.get(probe.row.name) != probe) {
            return;
        }
        probe.indirect = true;
        Row target = probe.row;
        Row self = roster.self();
        for (Row helper :
                roster.some(world.timing.indirectChecks(), row -> row.life == LifeState.ALIVE && row != target)) {
            boolean nack = helper.protocolMax() >= Versions.NACK_PROTOCOL;
            probe.nacksExpected += nack ? 1 : 0;
            post.send(
                    helper.address,
                    new IndirectPing(
                            probe.sequence,
                            probe.address.ip(),
                            probe.address.port(),
                            target.name,
                            nack,
                            self.address.ip(),
                            self.address.port(),
                            self.name));
        }
        if (target.protocolMax() >= Versions.STREAM_PING_PROTOCOL) {
            probe.knocking = true;
            exchanges.knock(probe.address, pingFor(target.name, probe.sequence), answered -> {
                probe.knocking = false;
                probe.answeredByStream = answered;
                concludeIfHopeless(probe);
            });
        } else {
            concludeIfHopeless(probe);
        }
    }

    private void concludeIfHopeless(Probe probe) {
        if (probe.hopeless() && probes.get(probe.row.name) == probe) {
            conclude(probe);
        }
    }

    /** Time is up: without an ack by datagram, what do we know? */
    private void conclude(Probe probe) {
        if (probe.answeredByStream) {
            world.count(Counter.PROBES_ANSWERED_BY_STREAM_ONLY);
            world.warn("memberlist: Was able to connect to " + probe.row.name
                    + " but other probes failed, network may be misconfigured");
            awareness.add(-1);
        } else {
            world.count(Counter.PROBES_FAILED);
            awareness.add(probe.nacksExpected > 0 ? probe.nacksExpected - probe.nacks : 1);
            world.info("memberlist: Suspect " + probe.row.name + " has failed, no acks received");
            lifecycle.suspect(new Suspect(probe.incarnation, probe.row.name, world.settings.name()));
        }
        end(probe);
    }

    private void end(Probe probe) {
        world.measured(Figure.time("memberlist.probeNode", world.now() - probe.sentNanos));
        probe.cancelTimers();
        pending.remove(probe.sequence, probe);
        probes.remove(probe.row.name, probe);
        if (inTurn == probe) {
            inTurn = null;
            if (overdue) {
                probeNext();
            }
        }
    }

    /** A ping came: answer where it asks to be answered, or else where it came from. */
    void heard(Ping ping, Address from) {
        if (!ping.node().isEmpty() && !ping.node().equals(world.settings.name())) {
            world.count(Counter.PINGS_FOR_ANOTHER_NAME);
            world.warn("memberlist: Got ping for unexpected node '" + ping.node() + "' from=" + from);
            return;
        }
        post.send(
                replyTo(ping.sourceAddress(), ping.sourcePort(), from),
                new Ack(ping.sequence(), whereabouts.payload()));
    }

    private static Address replyTo(Bytes sourceAddress, int sourcePort, Address from) {
        return sourceAddress.isEmpty() || sourcePort == 0 ? from : new Address(sourceAddress, sourcePort);
    }

    /** Someone does not hear the target, and asks us to try. */
    void heard(IndirectPing request, Address from) {
        if (pending.size() >= PENDING_MAX) {
            world.count(Counter.PENDING_PROBES_LIMITED);
            return;
        }
        Address replyTo = replyTo(request.sourceAddress(), request.sourcePort(), from);
        long number = nextSequence();
        Agenda.Entry limit = world.after(world.timing.probeTimeout().toNanos(), () -> {
            pending.remove(number);
            if (request.nack()) {
                post.send(replyTo, new Nack(request.sequence()));
            }
        });
        pending.put(number, new Errand(request.sequence(), replyTo, limit));
        post.send(new Address(request.target(), request.port()), pingFor(request.node(), number));
    }

    /**
     * A suspicion is about to end. The refutation may have missed us only, so the suspect is told of it directly once
     * more; one of our kind refutes at once, to us. Others may only answer the ping: then their state tells.
     */
    void lastQuestion(Row row) {
        if (pending.size() >= PENDING_MAX) {
            world.count(Counter.PENDING_PROBES_LIMITED);
            return;
        }
        world.count(Counter.LAST_QUESTIONS);
        long number = nextSequence();
        Agenda.Entry limit = world.after(world.timing.probeEvery().toNanos(), () -> pending.remove(number));
        pending.put(number, new LastQuestion(row, row.suspicion, limit));
        post.send(row, pingFor(row.name, number), new Suspect(row.incarnation, row.name, world.settings.name()));
    }

    private void answered(LastQuestion question) {
        question.limit.cancel();
        Row row = question.row;
        world.after(world.timing.probeEvery().toNanos() / REFUTED_WITHIN, () -> {
            if (row.suspicion != null && row.suspicion == question.held) {
                world.count(Counter.LAST_QUESTIONS_ANSWERED_ONLY);
                exchanges.swap(row.address, false, false, error -> {
                    if (!error.isEmpty()) {
                        world.debug("memberlist: Push/Pull with suspected " + row.name + " failed: " + error);
                    }
                });
            }
        });
    }

    void heard(Ack ack) {
        switch (pending.get(ack.sequence())) {
            case null -> world.count(Counter.ACKS_UNEXPECTED);
            case LastQuestion question -> {
                pending.remove(ack.sequence());
                answered(question);
            }
            case Errand(long theirSequence, Address replyTo, Agenda.Entry limit) -> {
                limit.cancel();
                pending.remove(ack.sequence());
                post.send(replyTo, new Ack(theirSequence, Bytes.EMPTY));
            }
            case Probe probe -> {
                world.count(Counter.PROBES_ANSWERED);
                awareness.add(-1);
                if (!probe.indirect) {
                    whereabouts.measured(probe.row, ack.payload(), world.now() - probe.sentNanos);
                }
                end(probe);
            }
        }
    }

    void heard(Nack nack) {
        if (pending.get(nack.sequence()) instanceof Probe probe && probe.nacks < probe.nacksExpected) {
            probe.nacks++;
            concludeIfHopeless(probe);
        } else {
            world.count(Counter.NACKS_UNEXPECTED);
        }
    }

    /** The system did not even send our ping: no use in waiting for the ack. */
    void refused(Address to) {
        world.count(Counter.DATAGRAMS_REFUSED);
        List<Probe> concerned = new ArrayList<>();
        for (Probe probe : probes.values()) {
            if (probe.address.samePlaceAs(to) && !probe.indirect) {
                concerned.add(probe);
            }
        }
        for (Probe probe : concerned) {
            probe.refused = true;
            askOthers(probe);
        }
    }

    /** We stood still: what was not answered meanwhile says nothing about the others. */
    void forgive() {
        for (Probe probe : List.copyOf(probes.values())) {
            probe.cancelTimers();
            pending.remove(probe.sequence, probe);
        }
        probes.clear();
        inTurn = null;
        overdue = false;
    }

    int pending() {
        return pending.size();
    }
}
