package muster.gossip;

import static java.time.Duration.ofSeconds;
import static muster.gossip.Subject.address;
import static muster.gossip.Subject.alive;
import static muster.gossip.Subject.dead;
import static muster.gossip.Subject.row;
import static muster.gossip.Subject.state;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import muster.gossip.Member.Status;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.Message;
import muster.gossip.wire.Message.ErrorReply;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.Message.NodeState;
import muster.gossip.wire.Message.PushPull;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage;
import muster.gossip.wire.StreamCodec;
import org.junit.jupiter.api.Test;

class PushPullTest {
    private static final SerfMessage.State NOTHING = state(1, Map.of(), List.of());

    private final Subject me = new Subject();

    @Test
    void a_join_exchanges_state_and_then_says_that_we_are_here() {
        me.tells(new Input.Join(9, address(2), false));
        assertThat(me.effects).contains(new Effect.OpenStream(1, address(2)));
        me.tells(new Input.StreamConnected(1));
        assertThat(me.written(1)).isInstanceOfSatisfying(PushPull.class, ours -> {
            assertThat(ours.join()).isTrue();
            assertThat(ours.nodes()).extracting(NodeState::name).containsExactly("me");
        });
        var theirs = new PushPull(
                true, List.of(row(2, 1, LifeState.ALIVE)), SerfCodec.encode(state(7, Map.of(), List.of())));
        me.tells(new Input.StreamBytes(1, me.encodedStream(theirs)));
        assertThat(me.notices(Notice.JoinEnded.class)).containsExactly(new Notice.JoinEnded(9, address(2), ""));
        assertThat(me.effects).contains(new Effect.CloseStream(1));
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        assertThat(me.said(SerfMessage.Join.class)).contains(new SerfMessage.Join(7, "me"));
    }

    @Test
    void an_answer_may_come_in_pieces() {
        me.tells(new Input.Join(9, address(2), false)).tells(new Input.StreamConnected(1));
        Bytes whole =
                me.encodedStream(new PushPull(true, List.of(row(2, 1, LifeState.ALIVE)), SerfCodec.encode(NOTHING)));
        for (byte one : whole.array()) {
            me.tells(new Input.StreamBytes(1, Bytes.of(new byte[] {one})));
        }
        assertThat(me.notices(Notice.JoinEnded.class))
                .extracting(Notice.JoinEnded::error)
                .containsExactly("");
    }

    @Test
    void a_join_that_cannot_connect_says_why() {
        me.tells(new Input.Join(9, address(2), false)).tells(new Input.StreamClosed(1, "connection refused"));
        assertThat(me.notices(Notice.JoinEnded.class))
                .containsExactly(new Notice.JoinEnded(9, address(2), "connection refused"));
    }

    @Test
    void a_peer_that_says_nothing_is_given_up_after_the_stream_timeout() {
        me.tells(new Input.Join(9, address(2), false)).tells(new Input.StreamConnected(1));
        me.passes(ofSeconds(10));
        assertThat(me.notices(Notice.JoinEnded.class))
                .extracting(Notice.JoinEnded::error)
                .containsExactly("i/o timeout");
        assertThat(me.effects).contains(new Effect.CloseStream(1));
        assertThat(me.counted(Counter.STREAMS_TIMED_OUT)).isEqualTo(1);
    }

    @Test
    void a_peer_with_other_keys_says_so() {
        me.tells(new Input.Join(9, address(2), false)).tells(new Input.StreamConnected(1));
        me.tells(new Input.StreamBytes(1, me.encodedStream(new ErrorReply("no"))));
        assertThat(me.notices(Notice.JoinEnded.class))
                .extracting(Notice.JoinEnded::error)
                .containsExactly("remote error: no");
    }

    @Test
    void an_encrypted_stream_is_refused_with_memberlists_words_when_we_have_no_key() {
        var keys = new Keyring(List.of(Bytes.of(new byte[16])));
        var message = new PushPull(true, List.of(), SerfCodec.encode(NOTHING));
        me.tells(new Input.StreamAccepted(-1, address(2)))
                .tells(new Input.StreamBytes(-1, StreamCodec.encode(message, true, keys, new Random(1))));
        assertThat(me.written(-1))
                .isEqualTo(new ErrorReply("Remote state is encrypted and encryption is not configured"));
        assertThat(me.gossip.counters()).containsEntry("rejected-encrypted-unexpected", 1L);
    }

    @Test
    void a_stream_that_is_sealed_with_another_key_is_answered_with_memberlists_words() {
        Subject sealed = new Subject(settings -> settings.withKeys(List.of(Bytes.of(new byte[16]))));
        var others = new Keyring(List.of(Bytes.of(new byte[32])));
        var message = new PushPull(true, List.of(), SerfCodec.encode(NOTHING));
        sealed.tells(new Input.StreamAccepted(-1, address(2)))
                .tells(new Input.StreamBytes(-1, StreamCodec.encode(message, true, others, new Random(1))));
        assertThat(sealed.effects).hasAtLeastOneElementOfType(Effect.WriteStream.class);
        assertThat(sealed.log())
                .contains("memberlist: failed to receive: No installed keys could decrypt the message from="
                        + address(2) + ": the member there uses a key that this member does not have, or none:"
                        + " compare -encrypt or -keyring-file of both");
    }

    @Test
    void a_join_to_a_member_with_another_key_says_what_to_do() {
        Subject sealed = new Subject(settings -> settings.withKeys(List.of(Bytes.of(new byte[16]))));
        var others = new Keyring(List.of(Bytes.of(new byte[32])));
        sealed.tells(new Input.Join(9, address(2), false)).tells(new Input.StreamConnected(1));
        sealed.tells(new Input.StreamBytes(1, StreamCodec.encode(new ErrorReply("no"), true, others, new Random(1))));
        assertThat(sealed.notices(Notice.JoinEnded.class))
                .extracting(Notice.JoinEnded::error)
                .containsExactly("No installed keys could decrypt the message: the member at " + address(2)
                        + " uses a key that this member does not have, or none:"
                        + " compare -encrypt or -keyring-file of both");
    }

    @Test
    void an_asked_member_answers_with_what_it_knew_before() {
        me.knows(1);
        PushPull answer = me.exchanges(true, NOTHING, row(3, 1, LifeState.ALIVE));
        assertThat(answer.nodes()).extracting(NodeState::name).containsExactly("me", "p2");
        assertThat(me.member(3)).isNotNull();
    }

    @Test
    void the_living_join_and_the_left_leave_and_the_dead_are_only_suspected_by_us() {
        me.knows(4);
        me.exchanges(
                false,
                NOTHING,
                row(2, 1, LifeState.DEAD),
                row(3, 1, LifeState.SUSPECT),
                row(4, 1, LifeState.LEFT),
                row(5, 2, LifeState.ALIVE),
                row(6, 1, LifeState.ALIVE),
                row(7, 1, LifeState.DEAD),
                row(8, 1, LifeState.LEFT));
        assertThat(me.story()).containsExactly("suspected p2", "suspected p3", "left p4", "joined p6");
        assertThat(me.notices(Notice.MemberSuspected.class))
                .extracting(Notice.MemberSuspected::by)
                .containsOnly("me");
        assertThat(me.member(7)).as("unknown and dead").isNull();
        assertThat(me.member(8)).isNull();
    }

    @Test
    void a_restarted_member_refutes_its_own_former_life() {
        me.exchanges(true, NOTHING, row("me", 1, 7, LifeState.LEFT));
        assertThat(me.gossip.self().incarnation()).isEqualTo(8);
        me.exchanges(true, NOTHING, row("me", 1, 20, LifeState.DEAD));
        assertThat(me.gossip.self().incarnation()).isEqualTo(21);
    }

    @Test
    void the_rows_of_the_dead_and_the_left_are_passed_on() {
        me.knows(2).hears(dead(2, 1, "p9"), dead(3, 1, "p3"));
        PushPull answer = me.exchanges(false, NOTHING);
        assertThat(answer.nodes())
                .extracting(NodeState::name, NodeState::state)
                .contains(
                        org.assertj.core.groups.Tuple.tuple("p2", LifeState.DEAD),
                        org.assertj.core.groups.Tuple.tuple("p3", LifeState.LEFT));
    }

    private static NodeState versioned(int number, String versions) {
        return new NodeState(
                "p" + number, address(number).ip(), 7946, Bytes.EMPTY, 1, LifeState.ALIVE, Bytes.hex(versions));
    }

    @Test
    void a_cluster_of_none_but_strangers_is_refused_with_memberlists_words() {
        long digest = me.gossip.stateDigest();
        me.exchanges(true, NOTHING, versioned(2, "010502000000"), versioned(3, "010502000000"));
        assertThat(me.gossip.stateDigest()).isEqualTo(digest);
        assertThat(me.counted(Counter.MERGES_REFUSED_VERSIONS)).isEqualTo(1);
        assertThat(me.log()).anyMatch(line -> line.contains("delegate protocol version (0) is incompatible: [2, 0]"));
    }

    @Test
    void one_member_of_odd_versions_is_left_out_and_stops_no_exchange() {
        me.exchanges(true, NOTHING, versioned(2, "050505020505"), row(3, 1, LifeState.ALIVE));
        assertThat(me.member(2)).isNull();
        assertThat(me.member(3)).isNotNull();
        assertThat(me.counted(Counter.ALIVE_WITH_BAD_VERSIONS)).isEqualTo(1);
        assertThat(me.counted(Counter.MERGES_REFUSED_VERSIONS)).isZero();
        me.exchanges(true, NOTHING, row(4, 1, LifeState.ALIVE));
        assertThat(me.member(4)).isNotNull();
    }

    @Test
    void an_older_peer_that_speaks_our_version_is_welcome() {
        me.exchanges(
                true,
                NOTHING,
                new NodeState("p2", address(2).ip(), 7946, Bytes.EMPTY, 1, LifeState.ALIVE, Bytes.hex("010202020505")));
        assertThat(me.member(2)).isNotNull();
    }

    @Test
    void unreadable_user_state_refuses_the_whole_merge() {
        long digest = me.gossip.stateDigest();
        var message = new PushPull(true, List.of(row(2, 1, LifeState.ALIVE)), Bytes.hex("02ff"));
        me.tells(new Input.StreamAccepted(-1, address(2))).tells(new Input.StreamBytes(-1, me.encodedStream(message)));
        assertThat(me.gossip.stateDigest()).isEqualTo(digest);
    }

    @Test
    void one_strange_member_does_not_keep_the_others_from_being_exchanged() {
        String endless = "x".repeat(300);
        var strange = new NodeState(
                endless, address(3).ip(), 7946, Bytes.EMPTY, 1, LifeState.ALIVE, Bytes.hex("010502020505"));
        var nowhere = new NodeState(
                "nowhere", Bytes.hex("7f00"), 7946, Bytes.EMPTY, 1, LifeState.ALIVE, Bytes.hex("010502020505"));
        var state = state(9, Map.of(endless, 3L, "p4", 8L), List.of(endless));
        me.exchanges(false, state, row(2, 1, LifeState.ALIVE), strange, nowhere, row(4, 1, LifeState.ALIVE));
        assertThat(me.gossip.members()).extracting(Member::name).containsExactly("me", "p2", "p4");
        assertThat(me.gossip.counters())
                .containsEntry("rejected-name-too-long", 1L)
                .containsEntry("rejected-bad-address", 1L);
    }

    @Test
    void strange_members_are_left_out_in_whatever_pieces_the_state_comes() {
        var strange = new NodeState(
                "x".repeat(300), address(3).ip(), 7946, Bytes.EMPTY, 1, LifeState.ALIVE, Bytes.hex("010502020505"));
        Bytes whole = StreamCodec.encode(
                new PushPull(false, List.of(strange, row(2, 1, LifeState.ALIVE)), SerfCodec.encode(NOTHING)),
                false,
                Keyring.PLAIN,
                new Random(1));
        me.tells(new Input.StreamAccepted(-1, address(2)));
        for (byte one : whole.array()) {
            me.tells(new Input.StreamBytes(-1, Bytes.of(new byte[] {one})));
        }
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
    }

    @Test
    void state_is_exchanged_with_a_random_member_every_thirty_seconds() {
        me.knows(3).passes(ofSeconds(31));
        assertThat(me.effects).anyMatch(Effect.OpenStream.class::isInstance);
    }

    @Test
    void no_more_than_128_peers_are_served_at_once() {
        for (int i = 1; i <= Exchanges.ACCEPTED_MAX + 3; i++) {
            me.tells(new Input.StreamAccepted(-i, address(2)));
        }
        assertThat(me.counted(Counter.STREAMS_ACCEPTED_LIMITED)).isEqualTo(3);
        assertThat(me.effects).contains(new Effect.CloseStream(-129));
        me.passes(ofSeconds(10));
        me.tells(new Input.StreamAccepted(-500, address(2)));
        assertThat(me.counted(Counter.STREAMS_ACCEPTED_LIMITED))
                .as("slow ones were dropped")
                .isEqualTo(3);
    }

    @Test
    void a_ping_over_a_stream_is_answered_unless_it_is_for_another() {
        me.tells(new Input.StreamAccepted(-1, address(2)))
                .tells(new Input.StreamBytes(-1, me.encodedStream(new Message.Ping(5, "me", Bytes.EMPTY, 0, ""))));
        assertThat(me.written(-1)).isEqualTo(new Message.Ack(5, Bytes.EMPTY));
        me.tells(new Input.StreamAccepted(-2, address(2)))
                .tells(new Input.StreamBytes(-2, me.encodedStream(new Message.Ping(5, "other", Bytes.EMPTY, 0, ""))));
        assertThat(me.effects).contains(new Effect.CloseStream(-2));
        assertThat(me.effects).noneMatch(effect -> effect instanceof Effect.WriteStream write && write.stream() == -2);
    }

    @Test
    void failed_members_are_tried_again() {
        me.hears(alive(2, 1)).hears(dead(2, 1, "p9"));
        me.effects.clear();
        me.passes(ofSeconds(90));
        assertThat(me.effects)
                .anyMatch(effect ->
                        effect instanceof Effect.OpenStream open && open.to().equals(address(2)));
        assertThat(me.log()).contains("serf: attempting reconnect to p2 10.0.0.2:7946");
    }

    /** So that a cluster as a whole tries about once in each interval, however large it is. */
    @Test
    void a_failed_member_is_tried_as_seldom_as_there_are_more_that_live() {
        var hasty = new Subject(settings -> new Settings(
                        settings.name(),
                        settings.advertise(),
                        settings.tags(),
                        settings.timing(),
                        settings.keys(),
                        settings.compress(),
                        java.time.Duration.ofMillis(2),
                        settings.reconnectTimeout(),
                        settings.tombstoneTimeout(),
                        settings.leavePropagateDelay(),
                        settings.broadcastTimeout(),
                        settings.sizes(),
                        settings.resolveNames()))
                .knows(10)
                .hears(dead(2, 1, "p9"));
        hasty.passes(ofSeconds(2)); // about a thousand intervals, before anybody is taken for dead
        assertThat(hasty.log().stream().filter(line -> line.startsWith("serf: attempting reconnect to p2")))
                .hasSizeBetween(50, 150);
    }

    @Test
    void a_seed_that_is_nobody_now_is_tried_again_and_one_that_is_a_member_is_not() {
        me.tells(new Input.Join(1, address(2), false)).tells(new Input.StreamClosed(1, "connection refused"));
        me.effects.clear();
        me.passes(ofSeconds(20));
        assertThat(me.effects)
                .anyMatch(effect ->
                        effect instanceof Effect.OpenStream open && open.to().equals(address(2)));
        me.hears(alive(2, 1));
        me.effects.clear();
        me.passes(java.time.Duration.ofMillis(400));
        assertThat(me.effects).noneMatch(Effect.OpenStream.class::isInstance);
    }

    @Test
    void members_gone_for_long_are_forgotten_and_their_names_free() {
        var brief = new Subject(settings -> new Settings(
                settings.name(),
                settings.advertise(),
                settings.tags(),
                settings.timing(),
                settings.keys(),
                settings.compress(),
                settings.reconnectEvery(),
                ofSeconds(60),
                ofSeconds(30),
                settings.leavePropagateDelay(),
                settings.broadcastTimeout(),
                settings.sizes(),
                settings.resolveNames()));
        brief.knows(2).hears(dead(2, 5, "p2"), dead(3, 1, "p9"));
        brief.passes(ofSeconds(46));
        assertThat(brief.story()).contains("left p2", "failed p3", "reaped p2").doesNotContain("reaped p3");
        assertThat(brief.member(2)).isNull();
        brief.hears(alive("p2", 44, 1));
        assertThat(brief.member(2).address()).isEqualTo(address(44));
        brief.passes(ofSeconds(40));
        assertThat(brief.story()).contains("reaped p3");
    }
}
