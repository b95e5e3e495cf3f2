package muster.proof.simulator;

import java.util.List;
import java.util.SortedMap;
import muster.gossip.Address;
import muster.gossip.Effect;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.Message;
import muster.gossip.wire.Packet;
import muster.gossip.wire.Rejection;
import muster.gossip.wire.StreamReader;
import muster.proof.simulator.Watch.Word;
import muster.proof.simulator.Watch.Word.Letter;
import org.jspecify.annotations.Nullable;

/** Looks at the node that was just touched, after every event, and throws {@link Violation} when a promise is broken. */
final class Invariants {
    /** Views of larger clusters are compared after every event that told something, and else every so many events. */
    private static final int VIEW_ALWAYS_MEMBERS_MAX = 64;

    private static final int VIEW_EVERY_STEPS = 16;

    /** What members of larger clusters send is read at every so many of their events; its size is looked at always. */
    private static final int CONTENT_EVERY_STEPS = 4;

    /** Serf drops above this; ours must too. */
    private static final long QUEUE_MAX = 4_096;

    /** A protocol that wants more deadlines within one second spins. Gossip, probes and storms of news need about 50. */
    private static final int DEADLINES_PER_SECOND_MAX = 1_000;

    /** Longer than any packet is under way: clogs last 30 s, streams break after 30 s, replays are 20 s old. */
    private static final long NOTHING_UNDER_WAY_NANOS = 70_000_000_000L;

    private final Cluster cluster;
    private final Keyring keys;
    private @Nullable String before;

    Invariants(Cluster cluster, Keyring keys) {
        this.cluster = cluster;
        this.keys = keys;
    }

    /** A process starts. */
    void born(Node node) {
        node.watch = new Watch();
        node.buriedAtNanos = -1;
        learnTruth(node);
    }

    /** A process is gone: its view counts no more, and from now on it may be buried. */
    void died(Node node) {
        for (Member member : node.notes().view) {
            if (present(member)) {
                unseen(cluster.node(member.name()));
            }
        }
        node.notes().view = List.of();
        noteBurial(node);
    }

    /** Before an input. Bytes that came to harm on the way are judged first, to know what must not change. */
    void before(Node node, Input input, boolean damaged) {
        before = null;
        if (damaged && input instanceof Input.Datagram datagram) {
            switch (Packet.decode(datagram.payload(), keys)) {
                case Decoded.Rejected<Packet> refused -> before = digest(node);
                case Decoded.Ok<Packet> read -> {
                    if (!keys.isEmpty()) {
                        fail(
                                Invariant.S8_REJECTED_INPUT_CHANGES_NOTHING,
                                node,
                                "took a sealed datagram with a flipped bit for good: " + datagram.payload());
                    }
                    if (read.value().messages().isEmpty()) {
                        before = digest(node);
                    }
                }
            }
        }
    }

    void after(Node node, Input input, List<Effect> effects) {
        Watch watch = node.notes();
        watch.steps++;
        watch.started = true;
        if (before != null) {
            checkNothingChanged(node, input, effects, before);
        }
        if (watch.leaveEnded && !effects.isEmpty()) {
            fail(Invariant.S9_SILENT_AFTER_LEAVING, node, "after its leave had ended it said " + effects.getFirst());
        }
        checkDeadline(node, watch, input);
        learnTruth(node);
        boolean told = false;
        for (Effect effect : effects) {
            if (watch.leaveEnded && !(effect instanceof Effect.CloseStream)) {
                fail(Invariant.S9_SILENT_AFTER_LEAVING, node, "after its leave had ended it said " + effect);
            }
            told |= check(node, watch, effect);
        }
        if (told || small() || watch.steps % VIEW_EVERY_STEPS == 0) {
            checkView(node, watch);
            checkFacts(node, watch);
        }
    }

    private boolean small() {
        return cluster.nodes().size() <= VIEW_ALWAYS_MEMBERS_MAX;
    }

    private void learnTruth(Node node) {
        node.incarnationMax = Math.max(node.incarnationMax, node.core().self().incarnation());
    }

    // Effects.

    /** True when a member changed. */
    private boolean check(Node node, Watch watch, Effect effect) {
        return switch (effect) {
            case Effect.SendDatagram(Address to, Bytes payload) -> {
                checkSize(node, to, payload);
                if (small() || watch.steps % CONTENT_EVERY_STEPS == 0) {
                    checkContent(node, payload);
                }
                yield false;
            }
            case Effect.OpenStream(long stream, Address to) -> {
                if (stream <= watch.lastOpened) {
                    fail(
                            Invariant.S7_LIMITS_HOLD,
                            node,
                            "numbered a new stream to " + to + " " + stream + " after " + watch.lastOpened);
                }
                watch.lastOpened = stream;
                yield false;
            }
            case Effect.WriteStream(long stream, Bytes bytes) -> {
                checkStream(node, stream, bytes);
                yield false;
            }
            case Effect.CloseStream closed -> false;
            case Effect.Notify(Notice notice) -> checkNotice(node, watch, notice);
            case Effect.Measured measured -> false;
        };
    }

    private void checkSize(Node node, Address to, Bytes payload) {
        if (payload.size() > Packet.DATAGRAM_BYTES_MAX || payload.isEmpty()) {
            fail(
                    Invariant.S7_LIMITS_HOLD,
                    node,
                    "sent a datagram of " + payload.size() + " bytes to " + to + "; the limit is "
                            + Packet.DATAGRAM_BYTES_MAX);
        }
    }

    private void checkContent(Node node, Bytes payload) {
        switch (Packet.decode(payload, keys)) {
            case Decoded.Ok<Packet>(Packet packet) -> {
                if (!packet.badParts().isEmpty()) {
                    fail(Invariant.S7_LIMITS_HOLD, node, "sent a datagram with bad parts " + packet.badParts());
                }
                for (Message message : packet.messages()) {
                    checkIncarnation(node, message);
                }
                cluster.shell().tapped(node, packet.messages());
            }
            case Decoded.Rejected<Packet>(Rejection reason, int offset) ->
                fail(
                        Invariant.S7_LIMITS_HOLD,
                        node,
                        "sent a datagram that no peer can read: " + reason + " at " + offset + " of " + payload);
        }
    }

    private void checkStream(Node node, long stream, Bytes bytes) {
        Connection.End end = node.streams.get(stream);
        if (end == null) {
            return; // it broke under way; the protocol will hear of it
        }
        switch (end.spy.add(bytes)) {
            case StreamReader.Progress.NeedMore more -> {}
            case StreamReader.Progress.Complete(Message message) -> checkIncarnation(node, message);
            case StreamReader.Progress.Rejected(Rejection reason, int offset) ->
                fail(
                        Invariant.S7_LIMITS_HOLD,
                        node,
                        "wrote a stream that no peer can read: " + reason + " at " + offset);
        }
    }

    private void checkIncarnation(Node node, Message message) {
        switch (message) {
            case Message.Alive alive -> checkIncarnation(node, alive.node(), alive.incarnation(), "alive");
            case Message.Suspect suspect -> checkIncarnation(node, suspect.node(), suspect.incarnation(), "suspect");
            case Message.Dead dead -> checkIncarnation(node, dead.node(), dead.incarnation(), "dead");
            case Message.PushPull full -> {
                for (Message.NodeState row : full.nodes()) {
                    checkIncarnation(node, row.name(), row.incarnation(), "full state");
                }
            }
            case Message.Ping other -> {}
            case Message.IndirectPing other -> {}
            case Message.Ack other -> {}
            case Message.Nack other -> {}
            case Message.User other -> {}
            case Message.ErrorReply other -> {}
        }
    }

    private void checkIncarnation(Node node, String about, long incarnation, String where) {
        Node truth = cluster.find(about);
        if (truth == null || incarnation > truth.incarnationMax) {
            fail(
                    Invariant.S2_INCARNATIONS_ARE_REAL,
                    node,
                    "said (" + where + ") that " + about + " has incarnation " + incarnation + "; "
                            + (truth == null
                                    ? "there is no such member"
                                    : "it never rose above " + truth.incarnationMax));
        }
    }

    // Notices.

    private boolean checkNotice(Node node, Watch watch, Notice notice) {
        return switch (notice) {
            case Notice.MemberJoined(Member member) -> {
                Word word = watch.word(member.name());
                require(node, notice, word, word.letter != Letter.PRESENT);
                word.letter = Letter.PRESENT;
                word.suspect = member.suspect();
                // Its leave intent may have come before itself.
                word.leaving = member.status() == Member.Status.LEAVING;
                yield true;
            }
            case Notice.MemberUpdated(Member member) -> {
                Word word = watch.word(member.name());
                require(node, notice, word, word.letter == Letter.PRESENT);
                // A later join intent takes a leave back.
                word.leaving = member.status() == Member.Status.LEAVING;
                yield true;
            }
            case Notice.MemberSuspected(Member member, String by) -> {
                Word word = watch.word(member.name());
                require(node, notice, word, word.letter == Letter.PRESENT && !word.suspect);
                word.suspect = true;
                cluster.sightings().suspected(node, member, by);
                yield true;
            }
            case Notice.MemberRefuted(Member member) -> {
                Word word = watch.word(member.name());
                require(node, notice, word, word.letter == Letter.PRESENT && word.suspect);
                word.suspect = false;
                yield true;
            }
            case Notice.MemberLeaving(Member member) -> {
                Word word = watch.word(member.name());
                require(node, notice, word, word.letter == Letter.PRESENT && !word.leaving);
                word.leaving = true;
                yield true;
            }
            case Notice.MemberLeft(Member member, boolean forced) -> {
                Word word = watch.word(member.name());
                require(node, notice, word, word.letter == (forced ? Letter.FAILED : Letter.PRESENT));
                gone(word, Letter.LEFT);
                watch.knownGone.add(member.name());
                yield true;
            }
            case Notice.MemberFailed(Member member) -> {
                Word word = watch.word(member.name());
                require(node, notice, word, word.letter == Letter.PRESENT && !word.leaving);
                gone(word, Letter.FAILED);
                watch.knownGone.add(member.name());
                cluster.sightings().failed(node, member);
                yield true;
            }
            case Notice.MemberReaped(Member member) -> {
                Word word = watch.word(member.name());
                require(node, notice, word, word.letter == Letter.LEFT || word.letter == Letter.FAILED);
                gone(word, Letter.UNKNOWN);
                yield true;
            }
            case Notice.UserEventSeen event -> {
                String id = event.name() + "/" + event.payload();
                if (!watch.eventsTold.add(id)) {
                    fail(Invariant.S6_EVENTS_ONCE, node, "told a user event twice: " + event);
                }
                cluster.sightings().eventSeen(node, event);
                cluster.deliveries().told(node, event);
                yield false;
            }
            case Notice.LeaveEnded ended -> {
                watch.leaveEnded = true;
                yield true;
            }
            case Notice.NameConflict conflict -> true;
            case Notice.NameLost lost -> false;
            case Notice.QueryHeard query -> {
                if (!watch.queriesHeard.add(query.time() + "/" + query.source())) {
                    fail(Invariant.S6_EVENTS_ONCE, node, "heard a query twice: " + query);
                }
                yield false;
            }
            case Notice.QueryAcked acked -> false;
            case Notice.QueryAnswered answer -> {
                if (!watch.answersTold.add(answer.reference() + "/" + answer.from())) {
                    fail(Invariant.L6_QUERIES_ARE_ANSWERED_ONCE, node, "told an answer twice: " + answer);
                }
                cluster.sightings().answered(node, answer);
                yield false;
            }
            case Notice.KeyReply reply -> false;
            case Notice.QueryEnded ended -> {
                cluster.sightings().ended(ended);
                yield false;
            }
            case Notice.QueryRefused refused -> false;
            case Notice.AnswerRefused refused -> false;
            case Notice.KeysChanged changed -> false;
            case Notice.JoinEnded join -> {
                watch.eventsFrom = node.core().facts().getOrDefault("event_time", 0L);
                yield false;
            }
            case Notice.TagsRefused other -> false;
            case Notice.EventRefused other -> false;
            case Notice.Logged other -> false;
        };
    }

    private static void gone(Word word, Letter letter) {
        word.letter = letter;
        word.suspect = false;
        word.leaving = false;
    }

    private void require(Node node, Notice notice, Word word, boolean legal) {
        if (!legal) {
            fail(
                    Invariant.S5_NOTICES_ARE_A_LEGAL_WORD,
                    node,
                    "told " + notice + " while the member was " + word.letter + (word.suspect ? ", suspect" : "")
                            + (word.leaving ? ", leaving" : ""));
        }
    }

    // Views.

    private void checkView(Node node, Watch watch) {
        List<Member> now = node.core().members();
        List<Member> then = watch.view;
        watch.view = now;
        int i = 0;
        int j = 0;
        while (i < then.size() || j < now.size()) {
            Member old = i < then.size() ? then.get(i) : null;
            Member young = j < now.size() ? now.get(j) : null;
            if (same(old, young)) {
                i++;
                j++;
                continue;
            }
            int order = old == null || young == null ? 0 : old.name().compareTo(young.name());
            if (young == null || (old != null && order < 0)) {
                changed(node, watch, old, null);
                i++;
            } else if (old == null || order > 0) {
                changed(node, watch, null, young);
                j++;
            } else {
                changed(node, watch, old, young);
                i++;
                j++;
            }
        }
    }

    /** Unchanged rows are the same object: comparing more would cost most of the time of a large run. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean same(@Nullable Member one, @Nullable Member other) {
        return one == other;
    }

    private void changed(Node node, Watch watch, @Nullable Member old, @Nullable Member young) {
        boolean was = old != null && present(old);
        boolean is = young != null && present(young);
        if (old != null && young != null) {
            checkTransition(node, old, young);
        }
        if (young != null) {
            checkIncarnation(node, young.name(), young.incarnation(), "view");
            checkWord(node, watch, young);
        }
        String name = young != null ? young.name() : old != null ? old.name() : "";
        Node about = cluster.node(name);
        if (is && !was) {
            checkResurrection(node, watch, about);
            about.presentInViews++;
        } else if (was && !is) {
            unseen(about);
        }
    }

    private void checkTransition(Node node, Member old, Member young) {
        if (young.incarnation() < old.incarnation()) {
            fail(Invariant.S1_INCARNATIONS_RISE, node, "went from " + brief(old) + " to " + brief(young));
        }
        if (young.incarnation() == old.incarnation() && rank(young) < rank(old)) {
            Invariant broken =
                    cluster.node(old.name()).on() ? Invariant.S3_STATES_FOLLOW_THE_TABLE : Invariant.S4_NO_RESURRECTION;
            fail(broken, node, "went from " + brief(old) + " to " + brief(young) + " with the same incarnation");
        }
        if (old.status() == Member.Status.LEFT && young.status() == Member.Status.FAILED) {
            fail(Invariant.S3_STATES_FOLLOW_THE_TABLE, node, "went from " + brief(old) + " to " + brief(young));
        }
    }

    /** What was told must be what is shown. */
    private void checkWord(Node node, Watch watch, Member member) {
        if (!watch.started) {
            return; // before its first input a process shows itself but has told nothing
        }
        Word word = watch.word(member.name());
        boolean same = switch (member.status()) {
            case NONE -> word.letter == Letter.UNKNOWN;
            case ALIVE -> word.letter == Letter.PRESENT && !word.leaving && word.suspect == member.suspect();
            case LEAVING -> word.letter == Letter.PRESENT && word.leaving && word.suspect == member.suspect();
            case LEFT -> word.letter == Letter.LEFT;
            case FAILED -> word.letter == Letter.FAILED;
        };
        if (!same) {
            fail(
                    Invariant.S5_NOTICES_ARE_A_LEGAL_WORD,
                    node,
                    "shows " + brief(member) + " but has told " + word.letter + (word.suspect ? ", suspect" : "")
                            + (word.leaving ? ", leaving" : ""));
        }
    }

    private void checkResurrection(Node node, Watch watch, Node about) {
        if (about.on() || about.buriedAtNanos < 0) {
            return;
        }
        long buriedNanos = cluster.agenda().now() - about.buriedAtNanos;
        if (watch.knownGone.contains(about.name) || buriedNanos > NOTHING_UNDER_WAY_NANOS) {
            fail(
                    Invariant.S4_NO_RESURRECTION,
                    node,
                    "believes again in " + about + ", which stopped and was gone from all views for "
                            + Cluster.seconds(buriedNanos));
        }
    }

    private void unseen(Node about) {
        about.presentInViews--;
        noteBurial(about);
    }

    private void noteBurial(Node about) {
        if (!about.on() && about.presentInViews == 0 && about.buriedAtNanos < 0) {
            about.buriedAtNanos = cluster.agenda().now();
        }
    }

    static boolean present(Member member) {
        return member.status() == Member.Status.ALIVE || member.status() == Member.Status.LEAVING;
    }

    private static int rank(Member member) {
        return switch (member.status()) {
            case NONE -> 0;
            case ALIVE, LEAVING -> member.suspect() ? 1 : 0;
            case LEFT, FAILED -> 2;
        };
    }

    static String brief(Member member) {
        return member.name() + " " + member.status() + (member.suspect() ? " suspect" : "") + " inc="
                + member.incarnation() + " at " + member.address();
    }

    // Facts.

    private void checkFacts(Node node, Watch watch) {
        SortedMap<String, Long> facts = node.core().facts();
        watch.memberTime = clock(node, facts, "member_time", watch.memberTime);
        watch.eventTime = clock(node, facts, "event_time", watch.eventTime);
        watch.queryTime = clock(node, facts, "query_time", watch.queryTime);
        queue(node, facts, "intent_queue");
        queue(node, facts, "event_queue");
        queue(node, facts, "query_queue");
    }

    private long clock(Node node, SortedMap<String, Long> facts, String name, long then) {
        long now = facts.getOrDefault(name, then);
        if (now < then) {
            fail(Invariant.S6_EVENTS_ONCE, node, "its " + name + " fell from " + then + " to " + now);
        }
        return now;
    }

    private void queue(Node node, SortedMap<String, Long> facts, String name) {
        long length = facts.getOrDefault(name, 0L);
        if (length > QUEUE_MAX) {
            fail(Invariant.S7_LIMITS_HOLD, node, "its " + name + " holds " + length);
        }
    }

    private void checkDeadline(Node node, Watch watch, Input input) {
        if (!(input instanceof Input.Deadline)) {
            return;
        }
        long second = cluster.agenda().now() / 1_000_000_000L;
        watch.deadlines = second == watch.deadlinesSecond ? watch.deadlines + 1 : 1;
        watch.deadlinesSecond = second;
        if (watch.deadlines > DEADLINES_PER_SECOND_MAX) {
            fail(Invariant.S0_NEVER_THROWS, node, "wanted " + watch.deadlines + " deadlines within a second");
        }
    }

    // Rejected input.

    private static String digest(Node node) {
        Protocol core = node.core();
        return Long.toHexString(core.stateDigest()) + " " + core.members() + " " + core.facts();
    }

    private void checkNothingChanged(Node node, Input input, List<Effect> effects, String then) {
        for (Effect effect : effects) {
            if (!(effect instanceof Effect.Notify(Notice.Logged logged))) {
                fail(Invariant.S8_REJECTED_INPUT_CHANGES_NOTHING, node, "answered " + input + " by " + effect);
            }
        }
        String now = digest(node);
        if (!now.equals(then)) {
            fail(
                    Invariant.S8_REJECTED_INPUT_CHANGES_NOTHING,
                    node,
                    "was changed by " + input + " from " + then + " to " + now);
        }
    }

    private void fail(Invariant invariant, Node node, String what) {
        throw cluster.violation(invariant, node + " " + what);
    }
}
