package muster.gossip;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static muster.gossip.Subject.alive;
import static muster.gossip.Subject.dead;
import static muster.gossip.Subject.suspect;
import static muster.gossip.Subject.tags;
import static muster.gossip.Subject.user;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import muster.gossip.Figure.Kind;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message;
import muster.gossip.wire.SerfMessage;
import org.junit.jupiter.api.Test;

/** What is measured, where memberlist and Serf measure it. */
class FiguresTest {
    private final Subject me = new Subject();

    private List<Figure> named(String name) {
        return me.figures.stream().filter(figure -> figure.name().equals(name)).toList();
    }

    private int times(String name) {
        return named(name).size();
    }

    @Test
    void members_are_counted_as_they_join_change_fail_flap_and_leave() {
        me.hears(alive(2, 1));
        assertThat(times("serf.member.join")).as("itself and p2").isEqualTo(2);
        me.hears(alive(2, 2, "role", "web"));
        assertThat(named("serf.member.update")).containsExactly(Figure.count("serf.member.update", 1));
        me.hears(dead(2, 2, "p3"));
        assertThat(times("serf.member.failed")).isOne();
        me.passes(ofSeconds(59)).hears(alive(2, 3));
        assertThat(times("serf.member.flap")).isOne();
        me.hears(dead(2, 3, "p3")).passes(ofSeconds(61)).hears(alive(2, 4));
        assertThat(times("serf.member.flap")).isOne();
        me.hears(dead(2, 4, "p2"));
        assertThat(times("serf.member.left")).isOne();
        assertThat(times("memberlist.msg.dead")).isEqualTo(3);
        assertThat(times("memberlist.msg.alive")).isEqualTo(5);
    }

    @Test
    void what_is_said_again_is_not_counted_again() {
        me.hears(alive(2, 1), suspect(2, 1, "p3"), dead(2, 1, "p3"));
        me.figures.clear();
        me.hears(alive(2, 1), suspect(2, 1, "p3"), dead(2, 1, "p3"));
        assertThat(me.figures)
                .extracting(Figure::name)
                .as("only the packets, and the answer to who claims to live again")
                .containsOnly("memberlist.udp.received", "memberlist.udp.sent");
    }

    @Test
    void a_probe_is_measured_to_its_end_and_poor_health_with_it() {
        me.knows(1).passes(ofSeconds(30));
        assertThat(named("memberlist.probeNode")).first().isEqualTo(Figure.sample("memberlist.probeNode", 1_000));
        assertThat(times("memberlist.msg.suspect")).isOne();
        assertThat(named("memberlist.health.score")).first().isEqualTo(Figure.gauge("memberlist.health.score", 1));
        assertThat(times("memberlist.degraded.probe")).isPositive();
        assertThat(times("memberlist.degraded.timeout"))
                .as("nobody else could confirm it")
                .isZero();
    }

    @Test
    void a_suspicion_that_others_could_confirm_and_did_not_is_counted() {
        me.knows(4).hears(suspect(2, 1, "p3")).passes(ofSeconds(60));
        assertThat(times("memberlist.degraded.timeout")).isPositive();
    }

    @Test
    void a_users_event_is_counted_by_its_name_once_and_measured_as_it_is_told() {
        me.knows(1);
        var event = new SerfMessage.UserEvent(7, "deploy", Bytes.utf8("now"), false);
        me.hears(user(event), user(event)).passes(ofMillis(200));
        assertThat(named("serf.events")).containsExactly(Figure.count("serf.events", 1));
        assertThat(times("serf.events.deploy")).isOne();
        assertThat(times("serf.msgs.received")).isEqualTo(2);
        assertThat(named("serf.msgs.sent")).isNotEmpty().allSatisfy(figure -> {
            assertThat(figure.kind()).isEqualTo(Kind.SAMPLE);
            assertThat(figure.value())
                    .isEqualTo(named("serf.msgs.received").getFirst().value());
        });
        assertThat(named("memberlist.gossip"))
                .isNotEmpty()
                .allSatisfy(figure -> assertThat(figure.kind()).isEqualTo(Kind.TOOK));
    }

    @Test
    void a_query_and_what_comes_back_are_counted() {
        me.knows(1).tells(new Input.Ask(1, "load", Bytes.EMPTY, List.of(), tags(), true, 1, Duration.ZERO));
        me.passes(ofMillis(200));
        var asked = me.said(SerfMessage.Query.class).getFirst();
        for (long flags : new long[] {SerfMessage.QueryResponse.ACK, 0}) {
            var response = new SerfMessage.QueryResponse(asked.time(), asked.id(), "p2", flags, Bytes.EMPTY);
            me.hears(user(response), user(response));
        }
        assertThat(times("serf.queries")).isOne();
        assertThat(times("serf.queries.load")).isOne();
        assertThat(times("serf.query_acks")).as("ours and p2's").isEqualTo(2);
        assertThat(times("serf.query_responses")).isOne();
        assertThat(times("serf.query_duplicate_acks")).isOne();
        assertThat(times("serf.query_duplicate_responses")).isOne();
    }

    @Test
    void a_push_pull_is_measured_on_both_sides() {
        me.exchanges(true, Subject.state(1, java.util.Map.of(), List.of()));
        assertThat(times("memberlist.tcp.accept")).isOne();
        assertThat(times("memberlist.tcp.sent")).isOne();
        me.tells(new Input.Join(1, Subject.address(2), false)).tells(new Input.StreamConnected(1));
        assertThat(times("memberlist.tcp.connect")).isOne();
        me.passes(ofMillis(250)).tells(new Input.StreamClosed(1, "reset"));
        assertThat(named("memberlist.pushPullNode")).containsExactly(Figure.sample("memberlist.pushPullNode", 250));
    }

    @Test
    void datagrams_are_counted_in_bytes_in_both_directions() {
        me.knows(1);
        me.figures.clear();
        me.effects.clear();
        me.hears(new Message.Ping(1, "me", Bytes.EMPTY, 0, ""));
        assertThat(named("memberlist.udp.received")).hasSize(1);
        assertThat(named("memberlist.udp.sent"))
                .extracting(Figure::value)
                .isEqualTo(me.datagrams()
                        .map(datagram -> (double) datagram.payload().size())
                        .toList());
    }
}
