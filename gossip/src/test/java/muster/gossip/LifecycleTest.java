package muster.gossip;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static muster.gossip.Subject.address;
import static muster.gossip.Subject.alive;
import static muster.gossip.Subject.dead;
import static muster.gossip.Subject.suspect;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import muster.gossip.Member.Status;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.Message.Alive;
import muster.gossip.wire.SerfCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LifecycleTest {
    private final Subject me = new Subject();

    @Test
    void the_members_own_start_is_its_first_notice() {
        assertThat(me.story()).containsExactly("joined me");
        assertThat(me.gossip.self().status()).isEqualTo(Status.ALIVE);
        assertThat(me.gossip.self().versions()).isEqualTo(Bytes.hex("010502020505"));
    }

    @Test
    void an_unknown_member_joins_and_is_told_on() {
        me.hears(alive(2, 1, "role", "web"));
        assertThat(me.story()).containsExactly("joined me", "joined p2");
        assertThat(me.member(2).tags()).containsEntry("role", "web");
        assertThat(me.sent(Alive.class)).extracting(Alive::node).contains("p2");
        assertThat(me.log()).contains("serf: EventMemberJoin: p2 10.0.0.2");
    }

    @Test
    void the_same_alive_again_changes_nothing() {
        me.hears(alive(2, 1));
        long digest = me.gossip.stateDigest();
        int effects = me.effects.size();
        me.hears(alive(2, 1));
        assertThat(me.gossip.stateDigest()).isEqualTo(digest);
        assertThat(me.effects).hasSize(effects);
    }

    @Test
    void a_higher_incarnation_with_other_tags_is_an_update() {
        me.knows(1).hears(alive(2, 2, "v", "2"));
        assertThat(me.story()).containsExactly("updated p2");
        assertThat(me.member(2).tags()).containsEntry("v", "2");
        assertThat(me.member(2).incarnation()).isEqualTo(2);
    }

    @Test
    void a_higher_incarnation_alone_is_no_update() {
        me.knows(1).hears(alive(2, 2));
        assertThat(me.story()).isEmpty();
    }

    @Test
    void address_bytes_are_kept_and_told_on_as_they_came() {
        var mapped = Bytes.hex("00000000000000000000ffff0a000002");
        me.hears(new Alive(1, "p2", mapped, 7946, Bytes.EMPTY, Subject.VERSIONS));
        assertThat(me.member(2).address().ip()).isEqualTo(mapped);
        assertThat(me.sent(Alive.class)).extracting(Alive::address).contains(mapped);
    }

    @ParameterizedTest
    @ValueSource(strings = {"000502020505", "010002020505", "050102020505", "050505020505", "010502060606"})
    void an_alive_with_impossible_versions_is_ignored_and_counted(String versions) {
        me.hears(new Alive(1, "p2", address(2).ip(), 7946, Bytes.EMPTY, Bytes.hex(versions)));
        assertThat(me.member(2)).isNull();
        assertThat(me.counted(Counter.ALIVE_WITH_BAD_VERSIONS)).isEqualTo(1);
    }

    @Test
    void meta_that_is_no_map_is_the_role() {
        me.hears(new Alive(1, "p2", address(2).ip(), 7946, Bytes.utf8("web"), Subject.VERSIONS));
        assertThat(me.member(2).tags()).containsEntry("role", "web");
    }

    @Test
    void a_suspected_member_that_refutes_is_alive_again_and_never_failed() {
        me.knows(1).hears(suspect(2, 1, "p9"));
        assertThat(me.story()).containsExactly("suspected p2");
        assertThat(me.member(2).suspect()).isTrue();
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        me.hears(alive(2, 2));
        assertThat(me.story()).containsExactly("suspected p2", "refuted p2");
        assertThat(me.member(2).suspect()).isFalse();
    }

    @Test
    void an_equal_incarnation_does_not_end_a_suspicion() {
        me.knows(1).hears(suspect(2, 1, "p9"), alive(2, 1));
        assertThat(me.member(2).suspect()).isTrue();
    }

    @Test
    void suspicion_of_an_unknown_member_or_of_an_old_incarnation_is_ignored() {
        me.hears(alive(2, 5));
        me.hears(suspect(7, 1, "p9"), suspect(2, 4, "p9"));
        assertThat(me.member(7)).isNull();
        assertThat(me.member(2).suspect()).isFalse();
    }

    @Test
    void a_suspicion_nobody_lifts_ends_in_failure() {
        me.knows(1).hears(suspect(2, 1, "p9")).passes(ofSeconds(5));
        assertThat(me.story()).containsExactly("suspected p2", "failed p2");
        assertThat(me.log())
                .contains("memberlist: Marking p2 as failed, suspect timeout reached (0 peer confirmations)");
        assertThat(me.log()).contains("serf: EventMemberFailed: p2 10.0.0.2");
    }

    @Test
    void confirmations_shorten_a_suspicion_and_only_those_that_count_are_told_on() {
        me.knows(5).hears(suspect(2, 1, "p3"));
        me.passes(ofMillis(900));
        me.effects.clear();
        me.hears(suspect(2, 1, "p3"));
        assertThat(me.counted(Counter.SUSPICIONS_CONFIRMED)).isZero();
        me.hears(suspect(2, 1, "p4"), suspect(2, 1, "p5"), suspect(2, 1, "p6"));
        assertThat(me.counted(Counter.SUSPICIONS_CONFIRMED)).as("of two wanted").isEqualTo(2);
        me.passes(ofMillis(3_200));
        assertThat(me.story()).contains("failed p2");
        assertThat(me.log())
                .contains("memberlist: Marking p2 as failed, suspect timeout reached (2 peer confirmations)");
    }

    @Test
    void a_suspicion_about_ourselves_is_refuted_at_once_with_a_higher_incarnation() {
        me.knows(1).passes(ofMillis(900)).hears(new Message.Suspect(3, "me", "p2"));
        assertThat(me.gossip.self().incarnation()).isEqualTo(4);
        assertThat(me.sentTo(2, Alive.class))
                .anySatisfy(alive -> assertThat(alive.node()).isEqualTo("me"))
                .anySatisfy(alive -> assertThat(alive.incarnation()).isEqualTo(4));
        assertThat(me.log()).contains("memberlist: Refuting a suspect message (from: p2)");
        assertThat(me.gossip.facts()).as("our own health is in doubt").containsEntry("health_score", 1L);
    }

    @Test
    void a_death_of_ourselves_is_refuted() {
        me.knows(1).hears(new Message.Dead(1, "me", "p2"));
        assertThat(me.gossip.self().incarnation()).isEqualTo(2);
        assertThat(me.gossip.self().status()).isEqualTo(Status.ALIVE);
    }

    @Test
    void our_former_self_with_other_tags_is_refuted_but_our_own_words_are_not() {
        me.hears(alive("me", 1, 1, "tag", "old"));
        assertThat(me.gossip.self().incarnation()).isEqualTo(2);
        me.hears(alive("me", 1, 2));
        assertThat(me.gossip.self().incarnation()).isEqualTo(2);
        me.hears(alive("me", 1, 1, "tag", "old"));
        assertThat(me.gossip.self().incarnation()).isEqualTo(2);
    }

    @Test
    void an_incarnation_that_nobody_can_exceed_is_counted_not_wrapped() {
        me.hears(new Message.Suspect(0xffff_ffffL, "me", "p2"));
        assertThat(me.gossip.self().incarnation()).isEqualTo(1);
        assertThat(me.counted(Counter.INCARNATIONS_EXHAUSTED)).isEqualTo(1);
    }

    @Test
    void a_member_reported_dead_by_another_has_failed_and_by_itself_has_left() {
        me.knows(2).hears(dead(2, 1, "p9"), dead(3, 1, "p3"));
        assertThat(me.story()).containsExactly("failed p2", "left p3");
        assertThat(me.member(2).status()).isEqualTo(Status.FAILED);
        assertThat(me.member(3).status()).isEqualTo(Status.LEFT);
    }

    @Test
    void the_dead_are_not_revived_by_what_was_said_before() {
        me.knows(1).hears(dead(2, 1, "p9"));
        me.hears(alive(2, 1));
        assertThat(me.member(2).status()).isEqualTo(Status.FAILED);
        me.hears(alive(2, 2));
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        assertThat(me.story()).containsExactly("failed p2", "joined p2");
    }

    @Test
    void a_member_that_started_anew_is_told_what_it_must_refute() {
        me.hears(alive(2, 5)).hears(dead(2, 5, "p9"));
        me.effects.clear();
        me.hears(alive(2, 1));
        assertThat(me.sentTo(2, Message.Suspect.class)).containsExactly(new Message.Suspect(5, "p2", "me"));
        me.hears(alive(2, 1));
        assertThat(me.counted(Counter.CHALLENGES)).as("once a second").isEqualTo(1);
    }

    @Test
    void a_suspect_is_asked_once_more_before_its_suspicion_ends() {
        me.knows(1).hears(suspect(2, 1, "p9")).passes(ofMillis(2_999));
        assertThat(me.counted(Counter.LAST_QUESTIONS)).isZero();
        me.effects.clear();
        me.passes(ofMillis(1));
        assertThat(me.counted(Counter.LAST_QUESTIONS)).isEqualTo(1);
        assertThat(me.sentTo(2, Message.Suspect.class)).contains(new Message.Suspect(1, "p2", "me"));
        me.hears(alive(2, 2)).passes(ofSeconds(3));
        assertThat(me.story()).doesNotContain("failed p2");
    }

    @Test
    void a_suspect_that_answers_the_last_question_but_does_not_refute_is_asked_for_its_state() {
        me.knows(1).hears(suspect(2, 1, "p9")).passes(ofMillis(2_999));
        me.effects.clear();
        me.passes(ofMillis(1));
        long asked = lastPing();
        me.effects.clear();
        me.hears(new Message.Ack(asked, Bytes.EMPTY)).passes(ofMillis(300));
        assertThat(me.effects).contains(new Effect.OpenStream(opened(), address(2)));
        me.tells(new Input.StreamConnected(opened()));
        assertThat(me.written(opened())).isInstanceOf(Message.PushPull.class);
        me.tells(new Input.StreamBytes(
                opened(),
                me.encodedStream(new Message.PushPull(
                        false,
                        List.of(Subject.row(2, 2, Message.LifeState.ALIVE)),
                        SerfCodec.encode(Subject.state(1, Map.of(), List.of()))))));
        me.passes(ofSeconds(3));
        assertThat(me.story()).contains("refuted p2").doesNotContain("failed p2");
    }

    @Test
    void a_suspect_that_refutes_after_the_last_question_is_not_asked_for_more() {
        me.knows(1).hears(suspect(2, 1, "p9")).passes(ofMillis(2_999));
        me.effects.clear();
        me.passes(ofMillis(1));
        long asked = lastPing();
        me.effects.clear();
        me.hears(new Message.Ack(asked, Bytes.EMPTY), alive(2, 2)).passes(ofMillis(400));
        assertThat(me.effects).noneMatch(Effect.OpenStream.class::isInstance);
    }

    private long lastPing() {
        return me.sentTo(2, Message.Ping.class).getLast().sequence();
    }

    private long opened() {
        return me.effects.stream()
                .filter(Effect.OpenStream.class::isInstance)
                .mapToLong(effect -> ((Effect.OpenStream) effect).stream())
                .findFirst()
                .orElse(0);
    }

    @Test
    void an_accuser_that_missed_the_refutation_gets_it_directly_once_a_second() {
        me.knows(30).hears(new Message.Suspect(1, "me", "p9")).passes(ofMillis(900));
        me.effects.clear();
        me.hears(new Message.Suspect(1, "me", "p2"));
        assertThat(me.sentTo(2, Alive.class))
                .containsExactly(new Alive(2, "me", address(1).ip(), 7946, Bytes.hex("ff80"), Subject.VERSIONS));
        me.hears(new Message.Dead(1, "me", "p2"));
        assertThat(me.counted(Counter.ACCUSERS_ANSWERED)).as("once a second").isEqualTo(1);
        me.hears(new Message.Dead(1, "me", "p3"));
        assertThat(me.sentTo(3, Alive.class)).hasSize(1);
        me.passes(ofSeconds(1)).hears(new Message.Dead(1, "me", "p2"));
        assertThat(me.counted(Counter.ACCUSERS_ANSWERED)).isEqualTo(3);
        assertThat(me.gossip.self().incarnation()).as("nothing new to refute").isEqualTo(2);
    }

    @Test
    void an_outdated_accusation_by_a_stranger_or_by_ourselves_is_not_answered() {
        me.knows(1).hears(new Message.Suspect(1, "me", "p9"));
        me.hears(new Message.Suspect(1, "me", "nobody"), new Message.Suspect(1, "me", "me"));
        assertThat(me.counted(Counter.ACCUSERS_ANSWERED)).isZero();
    }

    @Test
    void two_lives_with_one_incarnation_are_told_apart_by_asking_the_member() {
        me.hears(alive(2, 2, "life", "2"));
        me.effects.clear();
        me.hears(alive(2, 2, "life", "3"));
        assertThat(me.member(2).tags()).containsEntry("life", "2");
        assertThat(me.sentTo(2, Message.Suspect.class)).containsExactly(new Message.Suspect(2, "p2", "me"));
        me.hears(alive(2, 2, "life", "3"));
        assertThat(me.counted(Counter.CHALLENGES)).as("once a second").isEqualTo(1);
        assertThat(me.member(2).suspect()).isFalse();
        me.hears(alive(2, 3, "life", "3"));
        assertThat(me.member(2).tags()).containsEntry("life", "3");
    }

    @Test
    void an_old_death_does_not_count_and_a_death_twice_counts_once() {
        me.hears(alive(2, 5)).hears(dead(2, 4, "p9"));
        assertThat(me.member(2).status()).isEqualTo(Status.ALIVE);
        me.hears(dead(2, 5, "p9"), dead(2, 6, "p8"));
        assertThat(me.story()).containsExactly("joined me", "joined p2", "failed p2");
    }

    @Test
    void a_refutation_in_the_same_packet_as_the_death_wins() {
        me.knows(1).hears(dead(2, 1, "p9"), alive(2, 2));
        assertThat(me.story()).isEmpty();
    }

    @Test
    void another_address_for_a_living_member_is_a_conflict_and_the_known_one_is_probed_at_once() {
        me.knows(1);
        me.hears(alive("p2", 22, 7));
        assertThat(me.member(2).address()).isEqualTo(address(2));
        assertThat(me.notices(Notice.NameConflict.class))
                .containsExactly(new Notice.NameConflict(me.member(2), address(22)));
        assertThat(me.sentTo(2, Message.Ping.class)).hasSize(1);
        me.hears(alive("p2", 22, 8));
        assertThat(me.notices(Notice.NameConflict.class))
                .as("said once in a while")
                .hasSize(1);
        assertThat(me.counted(Counter.NAME_CONFLICTS)).isEqualTo(2);
    }

    @Test
    void a_member_that_left_or_died_may_come_back_at_another_address() {
        me.knows(2).hears(dead(2, 1, "p2"), dead(3, 1, "p9"));
        me.hears(alive("p2", 22, 2), alive("p3", 33, 2));
        assertThat(me.member(2).address()).isEqualTo(address(22));
        assertThat(me.member(3).address()).isEqualTo(address(33));
        assertThat(me.story()).endsWith("joined p2", "joined p3");
    }

    @Test
    void new_tags_are_announced_at_once_with_a_new_incarnation() {
        me.knows(1).passes(ofMillis(900));
        me.effects.clear();
        me.tells(new Input.SetTags(Subject.tags("state", "ready")));
        assertThat(me.story()).containsExactly("updated me");
        assertThat(me.sentTo(2, Alive.class)).extracting(Alive::incarnation).contains(2L);
    }

    @Test
    void tags_over_the_limit_are_refused_and_change_nothing() {
        long digest = me.gossip.stateDigest();
        me.tells(new Input.SetTags(Subject.tags("big", "x".repeat(600))));
        assertThat(me.notices(Notice.TagsRefused.class)).hasSize(1);
        assertThat(me.gossip.stateDigest()).isEqualTo(digest);
    }

    @Test
    void the_same_tags_again_are_not_announced() {
        me.tells(new Input.SetTags(Subject.tags()));
        assertThat(me.gossip.self().incarnation()).isEqualTo(1);
    }

    @Test
    void the_dead_get_gossip_for_a_while_and_then_no_more() {
        me.knows(1).hears(dead(2, 1, "p9")).passes(ofSeconds(2));
        me.effects.clear();
        me.hears(alive(3, 1)).passes(ofSeconds(3));
        assertThat(me.sentTo(2, Alive.class)).isNotEmpty();
        me.passes(ofSeconds(60));
        me.effects.clear();
        me.hears(alive(4, 1)).passes(ofSeconds(3));
        assertThat(me.sentTo(2, Alive.class)).isEmpty();
    }

    @Test
    void news_go_out_at_once_after_a_quiet_time_and_then_in_rounds() {
        me.knows(3).passes(ofSeconds(10));
        me.effects.clear();
        me.hears(alive(7, 1));
        assertThat(me.sent(Alive.class)).as("at once, to three").hasSize(3);
        me.hears(alive(8, 1));
        assertThat(me.sent(Alive.class)).as("the next round is 200 ms later").hasSize(3);
        me.passes(ofMillis(200));
        assertThat(me.sent(Alive.class).size()).isGreaterThan(3);
    }

    @Test
    void no_more_members_are_taken_in_than_the_limit() {
        var world = new World(Settings.of("me", address(1), Subject.tags()), new java.util.Random(1), 0);
        var roster = new Roster(world, Bytes.EMPTY, Subject.VERSIONS);
        for (int i = 1; i < Roster.MEMBERS_MAX; i++) {
            assertThat(roster.add("x" + i, address(2), Bytes.EMPTY, Subject.VERSIONS))
                    .isNotNull();
        }
        assertThat(roster.add("one too many", address(2), Bytes.EMPTY, Subject.VERSIONS))
                .isNull();
        assertThat(world.counters().of(Counter.MEMBERS_LIMITED)).isEqualTo(1);
    }
}
