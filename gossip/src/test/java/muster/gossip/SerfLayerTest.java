package muster.gossip;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static muster.gossip.Subject.address;
import static muster.gossip.Subject.alive;
import static muster.gossip.Subject.dead;
import static muster.gossip.Subject.row;
import static muster.gossip.Subject.state;
import static muster.gossip.Subject.user;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import muster.gossip.Member.Status;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage;
import muster.gossip.wire.SerfMessage.EventsAt;
import muster.gossip.wire.SerfMessage.Join;
import muster.gossip.wire.SerfMessage.Leave;
import muster.gossip.wire.SerfMessage.NamedPayload;
import muster.gossip.wire.SerfMessage.Query;
import muster.gossip.wire.SerfMessage.UserEvent;
import org.junit.jupiter.api.Test;

class SerfLayerTest {
    private final Subject me = new Subject();

    private static Message leave(int number, long time) {
        return user(new Leave(time, "p" + number, false));
    }

    private static Message join(int number, long time) {
        return user(new Join(time, "p" + number));
    }

    @Test
    void a_leave_intent_makes_a_member_leaving_and_its_death_then_left() {
        me.knows(1).hears(leave(2, 5));
        assertThat(me.member(2).status()).isEqualTo(Status.LEAVING);
        me.hears(dead(2, 1, "p9"));
        assertThat(me.story()).containsExactly("leaving p2", "left p2");
        assertThat(me.log()).contains("serf: EventMemberLeave: p2 10.0.0.2");
    }

    @Test
    void an_intent_behind_the_death_in_the_same_packet_still_makes_it_left() {
        me.knows(1).hears(dead(2, 1, "p9"), leave(2, 5));
        assertThat(me.story()).containsExactly("leaving p2", "left p2");
    }

    @Test
    void a_member_that_says_itself_that_it_is_dead_has_left_even_without_an_intent() {
        me.knows(1).hears(dead(2, 1, "p2"));
        assertThat(me.story()).containsExactly("left p2");
    }

    @Test
    void a_leave_intent_about_a_failed_member_makes_it_left_by_force() {
        me.knows(1).hears(dead(2, 1, "p9")).hears(leave(2, 5));
        assertThat(me.story()).containsExactly("failed p2", "forced p2");
        assertThat(me.log()).contains("serf: EventMemberLeave (forced): p2 10.0.0.2");
        assertThat(me.gossip.facts()).containsEntry("failed", 0L).containsEntry("left", 1L);
    }

    @Test
    void a_later_join_intent_takes_a_leave_back() {
        me.knows(1).hears(leave(2, 5)).hears(join(2, 6));
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        assertThat(me.member(2).statusTime()).isEqualTo(6);
    }

    @Test
    void old_intents_change_nothing_and_are_not_told_on() {
        me.knows(1).hears(join(2, 10));
        me.passes(ofSeconds(3));
        me.effects.clear();
        me.hears(leave(2, 10), leave(2, 9), join(2, 8));
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        assertThat(me.gossip.facts()).containsEntry("intent_queue", 0L);
    }

    @Test
    void a_storm_of_leaves_dies_down() {
        me.knows(2).hears(leave(2, 5)).hears(leave(2, 6)).hears(leave(2, 7));
        me.hears(leave(2, 7), leave(2, 6), leave(2, 5));
        me.passes(ofSeconds(10));
        assertThat(me.gossip.facts()).containsEntry("intent_queue", 0L);
        assertThat(me.member(2).statusTime()).isEqualTo(7);
    }

    @Test
    void an_intent_may_come_before_its_member_and_only_the_latest_counts() {
        me.hears(leave(2, 5));
        me.hears(leave(2, 5));
        assertThat(me.said(Leave.class)).as("nobody to tell yet").isEmpty();
        me.hears(alive(2, 1));
        assertThat(me.member(2).status()).isEqualTo(Status.LEAVING);
        me.hears(leave(3, 5), join(3, 6)).hears(alive(3, 1));
        assertThat(me.member(3).status()).isEqualTo(Status.ALIVE);
        assertThat(me.member(3).statusTime()).isEqualTo(6);
    }

    @Test
    void an_early_intent_is_forgotten_after_five_minutes() {
        me.hears(leave(2, 5)).passes(ofMinutes(6)).hears(alive(2, 1));
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        assertThat(me.counted(Counter.EARLY_INTENTS_EXPIRED)).isEqualTo(1);
    }

    @Test
    void early_intents_are_limited() {
        for (int i = 0; i < EarlyIntents.NAMES_MAX + 5; i++) {
            me.hears(user(new Leave(5, "x" + i, false)));
        }
        assertThat(me.counted(Counter.EARLY_INTENTS_LIMITED)).isEqualTo(5);
    }

    @Test
    void a_leave_intent_about_ourselves_is_answered_with_a_later_join() {
        me.knows(1).hears(user(new Leave(40, "me", false))).passes(ofMillis(200));
        assertThat(me.gossip.self().status()).isEqualTo(Status.ALIVE);
        assertThat(me.said(Join.class)).contains(new Join(41, "me"));
    }

    @Test
    void a_leave_intent_at_the_time_of_our_own_join_is_answered_too() {
        me.knows(1).hears(user(new Leave(40, "me", false))).passes(ofMillis(200));
        me.hears(user(new Leave(41, "me", false))).passes(ofMillis(200));
        assertThat(me.said(Join.class)).contains(new Join(42, "me"));
    }

    @Test
    void a_member_that_we_only_know_as_left_from_others_is_not_leaving_when_it_comes_back() {
        me.knows(1).exchanges(false, state(46, Map.of("p7", 45L), List.of("p7")));
        me.hears(alive(7, 2));
        assertThat(me.member(7).status()).isEqualTo(Status.ALIVE);
    }

    @Test
    void a_member_that_was_said_to_be_leaving_and_stays_is_alive_again_after_a_minute() {
        me.knows(1).hears(leave(2, 5));
        for (int i = 2; i < 250; i++) {
            me.passes(ofMillis(500)).hears(alive(2, i));
        }
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        assertThat(me.counted(Counter.LEAVES_NOT_MEANT)).isEqualTo(1);
    }

    @Test
    void news_has_its_own_time_and_does_not_wait_for_the_next_input() {
        me.knows(10).passes(ofSeconds(5));
        me.hears(join(2, 10));
        me.effects.clear();
        me.standsStill(ofMillis(250)).tells(new Input.Datagram(address(2), Bytes.hex("ff")));
        assertThat(me.datagrams())
                .as("a datagram that means nothing is no reason to talk")
                .isEmpty();
    }

    @Test
    void join_then_leave_then_join_again_is_seen_as_that() {
        me.hears(alive(2, 1)).hears(join(2, 2)).hears(leave(2, 3)).hears(dead(2, 1, "p2"));
        me.hears(alive(2, 2, "version", "2")).hears(join(2, 4));
        assertThat(me.story()).containsExactly("joined me", "joined p2", "leaving p2", "left p2", "joined p2");
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        assertThat(me.member(2).tags()).containsEntry("version", "2");
    }

    @Test
    void force_leave_turns_a_failed_member_into_a_left_one_everywhere() {
        me.knows(2).hears(dead(2, 1, "p9"));
        me.effects.clear();
        me.passes(ofSeconds(5)).tells(new Input.ForceLeave("p2", false));
        me.passes(ofSeconds(1));
        assertThat(me.story()).contains("forced p2");
        assertThat(me.said(Leave.class)).extracting(Leave::node).contains("p2");
    }

    @Test
    void force_leave_with_prune_forgets_the_member_at_once() {
        me.knows(2).hears(dead(2, 1, "p9")).tells(new Input.ForceLeave("p2", true));
        assertThat(me.member(2)).isNull();
        assertThat(me.story()).containsExactly("failed p2", "forced p2", "reaped p2");
    }

    @Test
    void a_prune_that_comes_before_its_failure_forgets_the_member_when_it_fails() {
        me.knows(2).hears(user(new Leave(40, "p2", true)));
        assertThat(me.member(2).status()).isEqualTo(Status.LEAVING);
        me.hears(dead(2, 1, "p9"));
        assertThat(me.member(2)).isNull();
        assertThat(me.story()).containsExactly("leaving p2", "left p2", "reaped p2");
    }

    @Test
    void whom_a_prune_did_not_mean_is_not_forgotten_at_its_next_end() {
        me.knows(2).hears(user(new Leave(40, "p2", true))).hears(join(2, 41)).hears(leave(2, 42));
        me.hears(dead(2, 1, "p2"));
        assertThat(me.member(2).status()).isEqualTo(Status.LEFT);
    }

    @Test
    void a_member_does_not_force_itself_out() {
        me.tells(new Input.ForceLeave("me", false));
        assertThat(me.gossip.self().status()).isEqualTo(Status.ALIVE);
        assertThat(me.counted(Counter.FORCE_LEAVE_REFUSED)).isEqualTo(1);
    }

    @Test
    void push_pull_passes_on_clocks_times_and_who_left() {
        me.knows(3).hears(dead(2, 1, "p2"));
        me.exchanges(false, state(50, Map.of("p2", 9L, "p3", 30L, "p4", 9L), List.of("p2", "p4")));
        assertThat(me.member(3).statusTime()).isEqualTo(30);
        assertThat(me.member(4).status()).as("a left member is leaving for us").isEqualTo(Status.LEAVING);
        assertThat(me.gossip.facts().get("member_time")).isGreaterThanOrEqualTo(50);
        var ours = (SerfMessage.State) ((muster.gossip.wire.Decoded.Ok<SerfMessage>) SerfCodec.decode(
                        me.exchanges(false, state(1, Map.of(), List.of())).userState()))
                .value();
        assertThat(ours.leftMembers()).containsExactly("p2");
        assertThat(ours.statusTimes()).containsEntry("p3", 30L);
    }

    @Test
    void two_peers_do_not_push_each_others_leave_times_up() {
        me.knows(1).hears(leave(2, 5)).hears(dead(2, 1, "p2"));
        for (int i = 0; i < 5; i++) {
            me.exchanges(false, state(6, Map.of("p2", 5L), List.of("p2")), row(2, 1, LifeState.LEFT));
        }
        assertThat(me.member(2).statusTime()).isEqualTo(5);
    }

    @Test
    void who_has_not_heard_of_a_comeback_does_not_make_it_leave_again() {
        me.knows(1).hears(leave(2, 5)).hears(dead(2, 1, "p2")).hears(alive(2, 2));
        me.exchanges(false, state(6, Map.of("p2", 5L), List.of("p2")), row(2, 1, LifeState.LEFT));
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
    }

    @Test
    void a_user_event_is_delivered_once_and_told_on() {
        me.knows(1);
        Message event = user(new UserEvent(4, "deploy", Bytes.utf8("now"), true));
        me.hears(event).hears(event).hears(event).passes(ofMillis(200));
        assertThat(me.notices(Notice.UserEventSeen.class))
                .containsExactly(new Notice.UserEventSeen(4, "deploy", Bytes.utf8("now"), true));
        assertThat(me.said(UserEvent.class)).isNotEmpty();
        assertThat(me.gossip.facts()).containsEntry("event_time", 5L);
    }

    @Test
    void two_events_at_one_time_are_both_delivered() {
        me.hears(user(new UserEvent(4, "a", Bytes.EMPTY, true)), user(new UserEvent(4, "b", Bytes.EMPTY, true)));
        assertThat(me.notices(Notice.UserEventSeen.class)).hasSize(2);
    }

    @Test
    void an_event_from_before_the_window_is_dropped_and_counted() {
        me.hears(user(new UserEvent(1000, "new", Bytes.EMPTY, true)), user(new UserEvent(2, "old", Bytes.EMPTY, true)));
        assertThat(me.notices(Notice.UserEventSeen.class)).hasSize(1);
        assertThat(me.counted(Counter.EVENTS_TOO_OLD)).isEqualTo(1);
    }

    @Test
    void our_own_events_are_stamped_seen_by_ourselves_and_limited_in_size() {
        me.tells(new Input.SendEvent("a", Bytes.utf8("1"), false))
                .tells(new Input.SendEvent("a", Bytes.utf8("1"), false));
        assertThat(me.notices(Notice.UserEventSeen.class))
                .extracting(Notice.UserEventSeen::time)
                .containsExactly(1L, 2L);
        me.tells(new Input.SendEvent("a", Bytes.of(new byte[512]), false))
                .tells(new Input.SendEvent("a", Bytes.of(new byte[500]), false));
        assertThat(me.notices(Notice.EventRefused.class))
                .extracting(Notice.EventRefused::reason)
                .containsExactly(
                        "user event exceeds configured limit of 512 bytes before encoding",
                        "encoded user event exceeds configured limit of 512 bytes after encoding");
        assertThat(me.gossip.facts()).containsEntry("event_time", 3L);
    }

    @Test
    void events_longer_than_any_agent_sends_are_left_out_and_the_state_they_come_in_is_taken() {
        String longest = "x".repeat(SerfCodec.EVENT_BYTES_MAX);
        me.exchanges(
                true,
                new SerfMessage.State(
                        50,
                        new java.util.TreeMap<>(),
                        List.of(),
                        9,
                        List.of(new EventsAt(
                                7,
                                List.of(
                                        new NamedPayload(longest + "y", Bytes.EMPTY),
                                        new NamedPayload("y", Bytes.utf8(longest)),
                                        new NamedPayload(longest, Bytes.EMPTY)))),
                        1));
        assertThat(me.notices(Notice.UserEventSeen.class))
                .extracting(Notice.UserEventSeen::name)
                .containsExactly(longest);
        assertThat(me.gossip.facts().get("member_time")).isEqualTo(50);
        me.knows(1).hears(user(new UserEvent(8, "y", Bytes.utf8(longest), false)));
        assertThat(me.notices(Notice.UserEventSeen.class)).isEmpty();
        assertThat(me.counted(Counter.EVENTS_TOO_LONG)).isEqualTo(3);
    }

    @Test
    void a_flood_of_long_events_leaves_a_state_that_others_can_take_in() {
        var flood = new Subject();
        Bytes payload = Bytes.of(new byte[SerfCodec.EVENT_BYTES_MAX - 10]);
        for (int time = 1; time <= 20; time++) {
            for (int i = 0; i < 100; i++) {
                flood.hears(user(new UserEvent(time, "event" + i, payload, false)));
            }
            flood.effects.clear();
        }
        assertThat(flood.counted(Counter.EVENTS_FORGOTTEN)).isPositive();
        Bytes state = flood.exchanges(false, state(1, Map.of(), List.of())).userState();
        assertThat(state.size()).isLessThan(Recent.BYTES_MAX + Recent.BYTES_MAX / 10);
    }

    @Test
    void a_join_replays_events_unless_told_to_ignore_old_ones() {
        var past = new SerfMessage.State(
                1,
                new java.util.TreeMap<>(),
                List.of(),
                8,
                List.of(new EventsAt(7, List.of(new NamedPayload("deploy", Bytes.EMPTY)))),
                1);
        me.exchanges(true, past);
        assertThat(me.notices(Notice.UserEventSeen.class)).hasSize(1);

        var other = new Subject();
        other.tells(new Input.Join(1, address(2), true)).tells(new Input.StreamConnected(1));
        other.tells(new Input.StreamBytes(
                1,
                other.encodedStream(
                        new Message.PushPull(true, List.of(row(2, 1, LifeState.ALIVE)), SerfCodec.encode(past)))));
        assertThat(other.notices(Notice.UserEventSeen.class)).isEmpty();
        assertThat(other.gossip.facts()).containsEntry("event_time", 8L);
    }

    @Test
    void what_was_seen_before_a_restart_is_old_news_and_clocks_go_on_from_there() {
        me.tells(new Input.Recall(20, 7, 9));
        assertThat(me.gossip.facts())
                .containsEntry("member_time", 21L)
                .containsEntry("event_time", 8L)
                .containsEntry("query_time", 10L);
        me.hears(user(new UserEvent(7, "seen", Bytes.EMPTY, false)), user(new UserEvent(8, "new", Bytes.EMPTY, false)));
        assertThat(me.notices(Notice.UserEventSeen.class))
                .extracting(Notice.UserEventSeen::name)
                .containsExactly("new");
        me.tells(new Input.Recall(0, 0, 0)).tells(new Input.Recall(Long.MAX_VALUE, -1, Long.MAX_VALUE));
        assertThat(me.gossip.facts()).containsEntry("member_time", 21L).containsEntry("query_time", 10L);
    }

    @Test
    void queries_are_told_on_once_and_not_at_all_when_they_ask_for_that() {
        me.knows(1);
        var query = new Query(3, 1, address(9).ip(), 7946, "p9", List.of(), 0, 0, 1, "load", Bytes.EMPTY);
        me.hears(user(query)).hears(user(query));
        me.passes(ofSeconds(3));
        assertThat(me.said(Query.class)).isNotEmpty().allMatch(query::equals);
        assertThat(me.counted(Counter.QUERIES_SEEN_BEFORE)).isEqualTo(1);
        me.effects.clear();
        me.hears(user(new Query(
                4, 2, address(9).ip(), 7946, "p9", List.of(), Query.NO_BROADCAST, 0, 1, "load", Bytes.EMPTY)));
        me.passes(ofSeconds(3));
        assertThat(me.said(Query.class)).isEmpty();
    }

    @Test
    void a_relayed_answer_is_passed_on_untouched() {
        Bytes inner = SerfCodec.encode(new SerfMessage.QueryResponse(3, 1, "p4", 0, Bytes.utf8("fine")));
        me.hears(user(new SerfMessage.Relay(address(7).ip(), 7946, "", "p7", inner)));
        assertThat(me.sentTo(7)).containsExactly(new Message.User(inner));
    }

    @Test
    void what_fits_into_no_datagram_is_not_relayed() {
        Bytes inner = SerfCodec.encode(new SerfMessage.QueryResponse(3, 1, "p4", 0, Bytes.of(new byte[2_000])));
        me.hears(user(new SerfMessage.Relay(address(7).ip(), 7946, "", "p7", inner)));
        assertThat(me.sentTo(7)).isEmpty();
        assertThat(me.counted(Counter.MESSAGES_TOO_LONG)).isEqualTo(1);
    }

    @Test
    void a_join_that_ends_during_the_leave_does_not_take_it_back() {
        me.knows(2).tells(new Input.Join(1, address(2), false)).tells(new Input.StreamConnected(1));
        me.tells(new Input.Leave());
        me.tells(new Input.StreamBytes(
                1,
                me.encodedStream(new Message.PushPull(
                        true, List.of(row(2, 1, LifeState.ALIVE)), SerfCodec.encode(state(9, Map.of(), List.of()))))));
        me.passes(ofMillis(500));
        assertThat(me.notices(Notice.JoinEnded.class)).hasSize(1);
        assertThat(me.said(Join.class)).isEmpty();
        assertThat(me.gossip.self().status()).isNotEqualTo(Status.ALIVE);
    }

    @Test
    void a_leave_says_so_first_and_goodbye_only_when_that_is_said() {
        me.knows(4).passes(ofMillis(300));
        me.effects.clear();
        me.tells(new Input.Leave()).passes(ofSeconds(5));
        assertThat(me.story()).containsSubsequence("leaving me", "left me");
        assertThat(me.notices(Notice.LeaveEnded.class)).hasSize(1);
        boolean goodbye = false;
        for (Effect.SendDatagram datagram : me.datagrams().toList()) {
            List<Message> messages = Subject.messages(datagram).toList();
            boolean dies = messages.stream().anyMatch(Message.Dead.class::isInstance);
            boolean intends = messages.stream()
                    .anyMatch(message -> message instanceof Message.User said
                            && said.payload().at(0) == 0);
            assertThat(dies && intends).as("never in one packet").isFalse();
            assertThat(goodbye && intends).as("no intent after the goodbye").isFalse();
            goodbye |= dies;
        }
        assertThat(me.sent(Message.Dead.class))
                .isNotEmpty()
                .allMatch(dead -> dead.from().equals(dead.node()));
        for (int number = 2; number < 6; number++) {
            assertThat(me.sentTo(number, Message.Dead.class))
                    .as("p" + number + " was told")
                    .isNotEmpty();
        }
    }

    @Test
    void a_leaving_member_answers_pings_and_refutes_nothing() {
        me.knows(2).tells(new Input.Leave()).passes(ofMillis(900));
        me.effects.clear();
        long incarnation = me.gossip.self().incarnation();
        me.hears(new Message.Suspect(1, "me", "p2"), new Message.Ping(1, "me", Bytes.EMPTY, 0, ""));
        me.hears(alive("me", 1, 9));
        assertThat(me.gossip.self().incarnation()).isEqualTo(incarnation);
        assertThat(me.sent(Message.Ack.class)).hasSize(1);
    }

    @Test
    void after_the_leave_nothing_is_emitted_any_more() {
        me.knows(2).tells(new Input.Leave()).passes(ofSeconds(12));
        assertThat(me.notices(Notice.LeaveEnded.class)).hasSize(1);
        me.effects.clear();
        me.hears(alive(3, 9), new Message.Ping(1, "me", Bytes.EMPTY, 0, ""))
                .tells(new Input.Join(1, address(2), false))
                .tells(new Input.StreamAccepted(-7, address(2)))
                .tells(new Input.SendEvent("a", Bytes.EMPTY, false))
                .tells(new Input.Deadline());
        assertThat(me.effects).isEmpty();
        assertThat(me.gossip.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void a_lonely_member_leaves_at_once() {
        me.tells(new Input.Leave());
        assertThat(me.notices(Notice.LeaveEnded.class)).hasSize(1);
    }

    @Test
    void a_leave_does_not_wait_longer_than_its_limits_for_others_to_listen() {
        me.knows(1).tells(new Input.Leave()).passes(ofSeconds(12));
        assertThat(me.notices(Notice.LeaveEnded.class)).hasSize(1);
    }
}
