package muster.balancing;

import static muster.balancing.Announcement.Presence.ALIVE;
import static muster.balancing.Announcement.Presence.FAILED;
import static muster.balancing.Announcement.Presence.LEFT;
import static muster.balancing.Announcement.Presence.SUSPECT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Service;
import muster.balancing.Backend.State;
import org.junit.jupiter.api.Test;

class FleetBuilderTest {
    @Test
    void the_same_announcements_give_the_same_fleet_object() {
        var scene = new Scene().with("a", 10).with("b", 10);
        Fleet before = scene.builder.fleet();
        assertThat(scene.builder.apply(scene.nodes.values(), scene.later(5).now))
                .isSameAs(before);
        assertThat(before.version()).isEqualTo(2);
    }

    @Test
    void a_backend_stays_the_same_object_while_others_come_and_go_and_its_weight_changes() {
        var scene = new Scene().with("a", 10);
        Backend a = scene.backend("a");
        scene.with("b", 10).with("a", 20).without("b");
        assertThat(scene.backend("a")).isSameAs(a);
        assertThat(a.weight()).isEqualTo(20);
    }

    @Test
    void a_new_address_is_a_new_backend_and_holders_of_the_old_one_see_that_it_is_gone() {
        var scene = new Scene().with("a", 10);
        Backend old = scene.backend("a");
        scene.nodes.put(
                "a", new Announcement("a", "10.0.0.9", new TreeMap<>(), ALIVE, List.of(Scene.service(10, "", false))));
        Fleet next = scene.builder.apply(scene.nodes.values(), scene.now);
        assertThat(scene.backend("a")).isNotSameAs(old);
        assertThat(scene.pool().backends()).hasSize(1);
        assertThat(old.state()).isEqualTo(State.GONE);
        assertThat(old.reason()).isEqualTo("a no longer announces web on this address.");
        assertThat(next.changes())
                .extracting(FleetChange::line)
                .containsExactly(
                        "backend=web@a 10.0.0.9:3000 added state=READY weight=10",
                        "backend=web@a 10.0.0.1:3000 removed reason=\"a no longer announces web on this address.\"");
    }

    @Test
    void a_failed_node_is_shown_as_gone_and_its_return_is_a_new_backend_with_the_old_totals() {
        var scene = new Scene().with("a", 10).with("b", 10);
        Backend first = scene.backend("a");
        first.started(scene.now);
        first.failed(scene.now, Failure.CONNECT_REFUSED);
        scene.presence("a", FAILED);
        assertThat(scene.backend("a")).isSameAs(first);
        assertThat(first.state()).isEqualTo(State.GONE);
        scene.presence("a", ALIVE);
        Backend second = scene.backend("a");
        assertThat(second).isNotSameAs(first);
        assertThat(second.state()).isEqualTo(State.READY);
        assertThat(second.totals().requests()).isEqualTo(1);
        assertThat(second.inFlight()).isZero();
        assertThat(first.state()).isEqualTo(State.GONE);
    }

    @Test
    void the_log_says_whether_a_node_left_or_failed_and_when_it_was_reaped() {
        var scene = new Scene().with("a", 10).with("b", 10);
        assertThat(scene.presence("a", FAILED)
                        .builder
                        .fleet()
                        .changes()
                        .getFirst()
                        .line())
                .isEqualTo("backend=web@a 10.0.0.1:3000 state=GONE was=READY"
                        + " reason=\"a has failed: it answered nobody's probes.\"");
        assertThat(scene.presence("b", LEFT)
                        .builder
                        .fleet()
                        .changes()
                        .getFirst()
                        .line())
                .isEqualTo("backend=web@b 10.0.0.1:3000 state=GONE was=READY reason=\"b has left the cluster.\"");
        assertThat(scene.without("a").builder.fleet().changes().getFirst().line())
                .isEqualTo("backend=web@a 10.0.0.1:3000 removed"
                        + " reason=\"a is no member any more: it was reaped, or pruned by an operator.\"");
    }

    @Test
    void counters_go_on_where_they_were_when_an_app_is_announced_again_at_its_address() {
        var scene = new Scene().with("a", 10);
        scene.backend("a").started(scene.now);
        scene.pool().pick(Picker.ROUND_ROBIN, scene.now, scene.random, List.of(scene.backend("a")), true);
        assertThat(scene.pool().emptyPicks()).isEqualTo(1);
        scene.says("a", ALIVE).later(60 * Scene.SECOND).with("a", 10);
        assertThat(scene.backend("a").totals().requests()).isEqualTo(1);
        assertThat(scene.pool().emptyPicks()).isEqualTo(1);
        assertThat(scene.backend("a").inFlight()).isZero();

        scene.says("a", ALIVE).later(Kept.TIME.toNanos()).with("a", 10);
        assertThat(scene.backend("a").totals().requests()).as("too late").isZero();
        assertThat(scene.pool().emptyPicks()).as("too late").isZero();
    }

    @Test
    void counters_are_of_one_node_at_one_address() {
        var scene = new Scene().with("a", 10);
        scene.backend("a").started(scene.now);
        scene.says("a", ALIVE).with("b", 10);
        assertThat(scene.backend("b").totals().requests()).isZero();
        scene.says("a", ALIVE, new Service("web", 3001, "http", "", 10, Condition.READY));
        assertThat(scene.backend("a").totals().requests()).isZero();
    }

    @Test
    void of_more_counters_than_are_kept_the_oldest_are_given_up() {
        var kept = new Kept<Integer, String>(3);
        for (int i = 1; i <= 4; i++) {
            kept.put(i, "value " + i, 0);
        }
        assertThat(kept.take(1, 0)).isNull();
        assertThat(kept.take(4, 0)).isEqualTo("value 4");
        assertThat(kept.take(4, 0)).as("it was given back").isNull();
        assertThat(kept.take(3, Kept.TIME.toNanos())).as("too late").isNull();
    }

    @Test
    void a_node_that_was_gone_before_we_heard_of_it_is_not_listed() {
        var scene = new Scene().with("b", 10).says("a", FAILED, Scene.service(10, "", false));
        assertThat(scene.pool().backends()).extracting(Backend::node).containsExactly("b");
    }

    @Test
    void changes_say_what_is_different_and_why() {
        var scene = new Scene().with("a", 10).presence("a", SUSPECT);
        assertThat(scene.builder.fleet().changes())
                .extracting(FleetChange::line)
                .containsExactly("backend=web@a 10.0.0.1:3000 state=SUSPECT was=READY"
                        + " reason=\"a does not answer its cluster's probes; it may still refute.\"");
        scene.with("a", 30);
        assertThat(scene.builder.fleet().changes())
                .extracting(FleetChange::line)
                .containsExactly(
                        "backend=web@a 10.0.0.1:3000 state=READY was=SUSPECT reason=\"a is alive and offers it.\"",
                        "backend=web@a 10.0.0.1:3000 weight=30 proto=http check=");
    }

    @Test
    void a_pool_disappears_with_its_last_backend_and_old_holders_find_nothing_in_it() {
        var scene = new Scene().with("a", 10);
        Pool pool = scene.pool();
        scene.without("a");
        assertThat(scene.builder.fleet().pools()).isEmpty();
        assertThat(pool.pick(Picker.TWO_CHOICES, scene.now, scene.random, List.of(), true))
                .isNull();
    }

    @Test
    void pools_that_did_not_change_stay_the_same_objects() {
        var scene = new Scene().with("a", 10);
        Pool web = scene.pool();
        scene.says("b", ALIVE, new Service("db", 5432, "tcp", "", 10, Condition.READY));
        assertThat(scene.pool()).isSameAs(web);
        assertThat(scene.builder.fleet().pools()).containsOnlyKeys("db", "web");
    }

    @Test
    void the_same_service_twice_on_one_address_counts_once() {
        var scene = new Scene().says("a", ALIVE, Scene.service(10, "", false), Scene.service(20, "", false));
        assertThat(scene.pool().backends()).hasSize(1);
        assertThat(scene.backend("a").weight()).isEqualTo(10);
        assertThat(scene.builder.duplicates()).isEqualTo(1);
    }

    @Test
    void one_service_on_two_ports_of_a_node_is_two_backends() {
        var scene = new Scene()
                .says(
                        "a",
                        ALIVE,
                        Scene.service(10, "", false),
                        new Service("web", 3001, "http", "", 10, Condition.READY));
        assertThat(scene.pool().backends()).extracting(Backend::port).containsExactly(3000, 3001);
    }

    @Test
    void more_pools_than_the_limit_are_ignored_and_counted() {
        var announcements = new ArrayList<Announcement>();
        for (int i = 0; i < FleetBuilder.POOLS_MAX + 5; i++) {
            announcements.add(new Announcement(
                    "n" + i,
                    "10.0.0.1",
                    new TreeMap<>(),
                    ALIVE,
                    List.of(new Service("s" + i, 80, "tcp", "", 1, Condition.READY))));
        }
        var builder = new FleetBuilder(BalancingSettings.DEFAULTS);
        assertThat(builder.apply(announcements, 0).pools()).hasSize(FleetBuilder.POOLS_MAX);
        assertThat(builder.overflows()).isEqualTo(5);
    }
}
