package muster.gossip;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static muster.gossip.Subject.address;
import static muster.gossip.Subject.alive;
import static muster.gossip.Subject.suspect;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.Message.Ack;
import muster.gossip.wire.Message.IndirectPing;
import muster.gossip.wire.Message.Nack;
import muster.gossip.wire.Message.Ping;
import org.junit.jupiter.api.Test;

class ProbeTest {
    private final Subject me = new Subject();

    /** Passes time until the member has pinged someone, and gives that ping. */
    private Ping nextPing() {
        for (int i = 0; i < 2_000 && me.sent(Ping.class).isEmpty(); i++) {
            me.passes(ofMillis(1));
        }
        return me.sent(Ping.class).getLast();
    }

    private static int number(String name) {
        return Integer.parseInt(name.substring(1));
    }

    @Test
    void a_member_that_answers_is_fine() {
        me.knows(1);
        Ping ping = nextPing();
        assertThat(ping.node()).isEqualTo("p2");
        assertThat(ping.sourceNode()).isEqualTo("me");
        assertThat(ping.sourceAddress()).isEqualTo(address(1).ip());
        me.hears(new Ack(ping.sequence(), Bytes.EMPTY)).passes(ofMillis(900));
        assertThat(me.story()).isEmpty();
        assertThat(me.counted(Counter.PROBES_ANSWERED)).isEqualTo(1);
    }

    @Test
    void each_member_is_asked_once_per_round() {
        me.knows(5);
        for (int i = 0; i < 5_000; i++) {
            int before = me.sent(Ping.class).size();
            me.passes(ofMillis(1));
            List<Ping> pings = me.sent(Ping.class);
            if (pings.size() > before) {
                me.hears(new Ack(pings.getLast().sequence(), Bytes.EMPTY));
            }
        }
        assertThat(me.sent(Ping.class)).extracting(Ping::node).hasSize(5).doesNotHaveDuplicates();
    }

    @Test
    void silence_brings_helpers_and_a_stream_in_and_then_suspicion() {
        me.knows(4);
        Ping ping = nextPing();
        assertThat(me.sent(IndirectPing.class)).isEmpty();
        me.passes(ofMillis(499));
        assertThat(me.sent(IndirectPing.class)).isEmpty();
        me.passes(ofMillis(1));
        List<IndirectPing> requests = me.sent(IndirectPing.class);
        assertThat(requests).hasSize(3).allSatisfy(request -> {
            assertThat(request.sequence()).isEqualTo(ping.sequence());
            assertThat(request.node()).isEqualTo(ping.node());
            assertThat(request.target()).isEqualTo(address(number(ping.node())).ip());
            assertThat(request.nack()).isTrue();
        });
        assertThat(me.sentTo(number(ping.node()), IndirectPing.class))
                .as("not itself")
                .isEmpty();
        assertThat(me.effects).contains(new Effect.OpenStream(1, address(number(ping.node()))));
        me.passes(ofMillis(500));
        assertThat(me.story()).containsExactly("suspected " + ping.node());
        assertThat(me.log()).contains("memberlist: Suspect " + ping.node() + " has failed, no acks received");
        assertThat(me.sent(Message.Suspect.class))
                .extracting(Message.Suspect::from)
                .containsOnly("me");
    }

    @Test
    void an_ack_through_a_helper_is_as_good() {
        me.knows(4);
        Ping ping = nextPing();
        me.passes(ofMillis(700)).hears(new Ack(ping.sequence(), Bytes.EMPTY)).passes(ofMillis(400));
        assertThat(me.story()).isEmpty();
    }

    @Test
    void a_member_that_answers_only_over_a_stream_is_alive_with_a_warning() {
        me.knows(1);
        Ping ping = nextPing();
        me.passes(ofMillis(500)).tells(new Input.StreamConnected(1));
        assertThat(me.written(1))
                .isInstanceOfSatisfying(
                        Ping.class, knock -> assertThat(knock.sequence()).isEqualTo(ping.sequence()));
        me.tells(new Input.StreamBytes(1, me.encodedStream(new Ack(ping.sequence(), Bytes.EMPTY))));
        me.passes(ofMillis(600));
        assertThat(me.story()).isEmpty();
        assertThat(me.log())
                .contains(
                        "memberlist: Was able to connect to p2 but other probes failed, network may be misconfigured");
    }

    @Test
    void an_answer_over_the_stream_to_another_question_does_not_count() {
        me.knows(1);
        Ping ping = nextPing();
        me.passes(ofMillis(500)).tells(new Input.StreamConnected(1));
        me.tells(new Input.StreamBytes(1, me.encodedStream(new Ack(ping.sequence() + 1, Bytes.EMPTY))));
        me.passes(ofMillis(600));
        assertThat(me.story()).containsExactly("suspected p2");
    }

    @Test
    void old_members_get_no_ping_over_a_stream_and_old_helpers_owe_no_nack() {
        for (int number = 2; number < 5; number++) {
            me.hears(new Message.Alive(
                    1, "p" + number, address(number).ip(), 7946, Bytes.EMPTY, Bytes.hex("010202020505")));
        }
        me.effects.clear();
        nextPing();
        me.passes(ofMillis(500));
        assertThat(me.effects).noneMatch(Effect.OpenStream.class::isInstance);
        assertThat(me.sent(IndirectPing.class)).hasSize(2).noneMatch(IndirectPing::nack);
        me.passes(ofMillis(500));
        assertThat(me.gossip.facts()).as("one point for a failed probe").containsEntry("health_score", 1L);
    }

    @Test
    void nacks_from_all_helpers_say_that_our_own_health_is_good() {
        me.knows(4);
        Ping ping = nextPing();
        me.passes(ofMillis(600));
        for (int i = 0; i < 3; i++) {
            me.hears(new Nack(ping.sequence()));
        }
        me.passes(ofMillis(400));
        assertThat(me.story()).containsExactly("suspected " + ping.node());
        assertThat(me.gossip.facts()).containsEntry("health_score", 0L);
    }

    @Test
    void each_missing_nack_costs_health_and_slows_the_next_probe() {
        me.knows(4);
        Ping ping = nextPing();
        me.passes(ofMillis(600)).hears(new Nack(ping.sequence())).passes(ofMillis(400));
        assertThat(me.gossip.facts()).containsEntry("health_score", 2L);
        // Three times as patient now: the next probe may take three seconds.
        int suspicions = me.story().size();
        me.passes(ofMillis(2_900));
        assertThat(me.story()).hasSize(suspicions);
        me.passes(ofMillis(200));
        assertThat(me.story().size()).isGreaterThan(suspicions);
    }

    @Test
    void more_nacks_than_asked_for_do_not_improve_our_health() {
        me.knows(4);
        Ping ping = nextPing();
        me.passes(ofMillis(600));
        for (int i = 0; i < 10; i++) {
            me.hears(new Nack(ping.sequence()));
        }
        assertThat(me.counted(Counter.NACKS_UNEXPECTED)).isEqualTo(7);
    }

    @Test
    void the_only_helper_of_a_tiny_cluster_is_always_found() {
        for (long seed = 0; seed < 40; seed++) {
            var tiny = new Subject(settings -> settings, seed).knows(2);
            for (int i = 0; i < 2_000 && tiny.sent(Ping.class).isEmpty(); i++) {
                tiny.passes(ofMillis(1));
            }
            tiny.passes(ofMillis(500));
            assertThat(tiny.sent(IndirectPing.class)).as("seed " + seed).hasSize(1);
        }
    }

    @Test
    void a_suspect_is_told_of_it_with_the_ping_so_that_it_can_refute_at_once() {
        me.knows(1).hears(suspect(2, 1, "p9"));
        me.effects.clear();
        nextPing();
        assertThat(me.datagrams().map(datagram -> Subject.messages(datagram).toList()))
                .anySatisfy(messages -> assertThat(messages)
                        .hasSize(2)
                        .hasAtLeastOneElementOfType(Ping.class)
                        .contains(new Message.Suspect(1, "p2", "me")));
    }

    @Test
    void news_rides_on_pings_and_on_answers_to_them() {
        me.knows(1).hears(alive(9, 1));
        me.effects.clear();
        me.hearsFrom(2, new Ping(5, Subject.NAME, address(2).ip(), 7946, "p2"));
        assertThat(me.datagrams().map(datagram -> Subject.messages(datagram).toList()))
                .singleElement()
                .satisfies(
                        messages -> assertThat(messages).contains(alive(9, 1)).hasAtLeastOneElementOfType(Ack.class));
        for (int i = 2; i < 2_000 && me.sent(Ping.class).isEmpty(); i++) {
            me.hears(alive(9, i, "news", Integer.toString(i))).passes(ofMillis(1)); // there is always something to tell
        }
        assertThat(me.datagrams().map(datagram -> Subject.messages(datagram).toList()))
                .anySatisfy(messages -> assertThat(messages)
                        .hasAtLeastOneElementOfType(Ping.class)
                        .hasAtLeastOneElementOfType(Message.Alive.class));
    }

    @Test
    void a_datagram_that_the_system_refuses_counts_as_unanswered_at_once() {
        me.knows(3);
        Ping ping = nextPing();
        me.tells(new Input.DatagramRefused(address(number(ping.node()))));
        assertThat(me.sent(IndirectPing.class))
                .as("helpers are asked without waiting")
                .hasSize(2);
        me.tells(new Input.StreamClosed(1, "connection refused"));
        assertThat(me.story()).isEmpty();
        me.hears(new Nack(ping.sequence()), new Nack(ping.sequence()));
        assertThat(me.story()).as("nobody is left to wait for").containsExactly("suspected " + ping.node());
    }

    @Test
    void the_data_plane_can_have_a_member_probed_now_once_per_interval() {
        me.knows(6);
        me.tells(new Input.ProbeNow("p5"));
        assertThat(me.sentTo(5, Ping.class)).hasSize(1);
        me.tells(new Input.ProbeNow("p5"));
        me.tells(new Input.ProbeNow("unknown"));
        me.tells(new Input.ProbeNow("me"));
        assertThat(me.sentTo(5, Ping.class)).hasSize(1);
        assertThat(me.counted(Counter.PROBES_OUT_OF_TURN_LIMITED)).isEqualTo(1);
        me.passes(ofSeconds(1));
        assertThat(me.story()).contains("suspected p5");
    }

    @Test
    void a_ping_is_answered_where_it_asks_to_be_answered() {
        me.hearsFrom(5, new Ping(7, "me", address(6).ip(), 7946, "p6"));
        assertThat(me.sentTo(6, Ack.class)).extracting(Ack::sequence).containsExactly(7L);
        me.hearsFrom(5, new Ping(8, "", Bytes.EMPTY, 0, ""));
        assertThat(me.sentTo(5, Ack.class)).extracting(Ack::sequence).containsExactly(8L);
        assertThat(me.sentTo(5, Ack.class).getFirst().payload().at(0))
                .as("a coordinate")
                .isEqualTo(1);
    }

    @Test
    void a_ping_for_another_name_is_not_answered() {
        me.hears(new Ping(7, "someone", Bytes.EMPTY, 0, ""));
        assertThat(me.sent(Ack.class)).isEmpty();
        assertThat(me.counted(Counter.PINGS_FOR_ANOTHER_NAME)).isEqualTo(1);
    }

    @Test
    void a_helper_pings_the_target_and_passes_the_ack_on() {
        me.hearsFrom(
                2,
                new IndirectPing(
                        77, address(3).ip(), 7946, "p3", true, address(2).ip(), 7946, "p2"));
        Ping ping = me.sentTo(3, Ping.class).getFirst();
        me.hearsFrom(3, new Ack(ping.sequence(), Bytes.utf8("coordinate")));
        assertThat(me.sentTo(2, Ack.class)).containsExactly(new Ack(77, Bytes.EMPTY));
        me.passes(ofSeconds(2));
        assertThat(me.sentTo(2, Nack.class)).isEmpty();
    }

    @Test
    void a_helper_that_hears_nothing_says_so_if_asked_to() {
        me.hearsFrom(2, new IndirectPing(77, address(3).ip(), 7946, "p3", true, Bytes.EMPTY, 0, ""));
        me.hearsFrom(2, new IndirectPing(78, address(3).ip(), 7946, "p3", false, Bytes.EMPTY, 0, ""));
        me.passes(ofMillis(500));
        assertThat(me.sentTo(2, Nack.class)).containsExactly(new Nack(77));
        me.hearsFrom(3, new Ack(me.sentTo(3, Ping.class).getFirst().sequence(), Bytes.EMPTY));
        assertThat(me.sentTo(2, Ack.class)).as("too late").isEmpty();
    }

    @Test
    void a_flood_of_requests_for_help_is_limited_and_counted() {
        for (int i = 0; i < Prober.PENDING_MAX + 10; i++) {
            me.hears(new IndirectPing(i, address(3).ip(), 7946, "p3", false, Bytes.EMPTY, 0, ""));
        }
        assertThat(me.counted(Counter.PENDING_PROBES_LIMITED)).isEqualTo(10);
        me.effects.clear();
        me.knows(1);
        assertThat(nextPing().node()).as("our own probes go on").isEqualTo("p2");
    }

    @Test
    void an_ack_nobody_waits_for_is_counted() {
        me.hears(new Ack(12345, Bytes.EMPTY));
        assertThat(me.counted(Counter.ACKS_UNEXPECTED)).isEqualTo(1);
    }

    @Test
    void a_member_that_stood_still_blames_itself_and_not_the_others() {
        me.knows(5);
        nextPing();
        me.hears(suspect(2, 1, "p3"));
        me.standsStill(ofSeconds(40)).passes(ofMillis(10));
        assertThat(me.story()).as("nothing more than before").containsExactly("suspected p2");
        assertThat(me.counted(Counter.STANDSTILLS)).isEqualTo(1);
        me.hears(alive(2, 2));
        assertThat(me.story()).containsExactly("suspected p2", "refuted p2");
    }

    @Test
    void direct_acks_move_our_coordinate() {
        me.knows(1);
        Ping ping = nextPing();
        var before = me.coordinate();
        me.passes(ofMillis(20));
        me.hears(new Ack(ping.sequence(), muster.gossip.wire.CoordinateCodec.encode(before)));
        assertThat(me.coordinate()).isNotEqualTo(before);
        assertThat(me.gossip.coordinate("p2")).isEqualTo(before);
    }
}
