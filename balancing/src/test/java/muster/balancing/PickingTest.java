package muster.balancing;

import static java.util.Map.entry;
import static muster.balancing.Announcement.Presence.ALIVE;
import static muster.balancing.Announcement.Presence.SUSPECT;
import static muster.balancing.Picker.ROUND_ROBIN;
import static muster.balancing.Picker.TWO_CHOICES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PickingTest {
    @Test
    void round_robin_takes_equal_backends_in_order() {
        var scene = new Scene().with("a", 10).with("b", 10).with("c", 10);
        assertThat(scene.order(7)).containsExactly("a", "b", "c", "a", "b", "c", "a");
    }

    @Test
    void round_robin_counts_are_exactly_the_weights() {
        var scene = new Scene().with("a", 5).with("b", 1).with("c", 1);
        assertThat(scene.counts(ROUND_ROBIN, 7_000))
                .containsExactly(entry("a", 5_000), entry("b", 1_000), entry("c", 1_000));
    }

    @Test
    void round_robin_spreads_a_heavy_backend_over_the_round() {
        var scene = new Scene().with("a", 50).with("b", 10).with("c", 10);
        assertThat(scene.order(7)).containsExactly("a", "a", "a", "b", "a", "a", "c");
        var other = new Scene().with("a", 1).with("b", 2);
        assertThat(other.order(6)).containsExactly("a", "b", "b", "a", "b", "b");
    }

    @Test
    void round_robin_counts_stay_exact_when_one_is_ejected_between() {
        var scene = new Scene().with("a", 10).with("b", 10).with("c", 10).with("d", 10);
        scene.backend("b").failed(scene.now, Failure.CONNECT_REFUSED);
        assertThat(scene.counts(ROUND_ROBIN, 3_000))
                .containsExactly(entry("a", 1_000), entry("c", 1_000), entry("d", 1_000));
    }

    @Test
    void awkward_weights_of_many_backends_keep_their_shares_in_a_bounded_rotation() {
        var scene = new Scene();
        int sum = 0;
        for (int i = 0; i < 200; i++) {
            int weight = 997 - i * 3;
            sum += weight;
            scene.with("n%03d".formatted(i), weight);
        }
        var counts = scene.counts(ROUND_ROBIN, sum);
        for (Backend backend : scene.pool().backends()) {
            assertThat((double) counts.get(backend.node()) / backend.weight())
                    .as(backend.toString())
                    .isBetween(0.93, 1.07);
        }
    }

    @Test
    void two_choices_never_picks_the_busiest_of_two() {
        var scene = new Scene().with("a", 10).with("b", 10);
        scene.backend("a").started(scene.now);
        assertThat(scene.counts(TWO_CHOICES, 1_000)).containsExactly(entry("b", 1_000));
    }

    @Test
    void two_choices_counts_requests_in_flight_against_the_weight() {
        var scene = new Scene().with("big", 100).with("small", 10);
        for (int i = 0; i < 9; i++) {
            scene.backend("big").started(scene.now);
        }
        scene.backend("small").started(scene.now);
        assertThat(scene.counts(TWO_CHOICES, 1_000)).containsExactly(entry("big", 1_000));
    }

    @Test
    void two_choices_of_idle_backends_follows_the_weights() {
        var scene = new Scene().with("a", 60).with("b", 30).with("c", 10);
        var counts = scene.counts(TWO_CHOICES, 100_000);
        assertThat(counts.get("a")).isBetween(59_000, 61_000);
        assertThat(counts.get("b")).isBetween(29_000, 31_000);
        assertThat(counts.get("c")).isBetween(9_300, 10_700);
    }

    @Test
    void two_choices_keeps_loads_close_where_one_random_choice_would_not() {
        // n balls into n bins: the fullest has about ln ln n / ln 2 + O(1) with two choices, ln n / ln ln n with one.
        var scene = new Scene();
        int n = 1_000;
        for (int i = 0; i < n; i++) {
            scene.with("n%04d".formatted(i), 10);
        }
        for (int i = 0; i < n; i++) {
            scene.pick(TWO_CHOICES).started(scene.now);
        }
        int fullest = scene.pool().backends().stream()
                .mapToInt(Backend::inFlight)
                .max()
                .orElseThrow();
        assertThat(fullest).isLessThanOrEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource(Picker.class)
    void a_suspect_backend_gets_nothing_while_a_ready_one_exists_and_all_again_when_it_refutes(Picker picker) {
        var scene = new Scene().with("a", 10).with("b", 10).presence("a", SUSPECT);
        assertThat(scene.counts(picker, 100)).containsOnlyKeys("b");
        scene.presence("a", ALIVE);
        assertThat(scene.counts(picker, 100)).containsOnlyKeys("a", "b");
        assertThat(scene.pool().panicPicks()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Picker.class)
    void when_nobody_is_ready_the_panic_rule_spreads_over_all_that_are_not_gone(Picker picker) {
        var scene = new Scene().with("a", 10).with("b", 10).with("c", 0);
        scene.presence("a", SUSPECT);
        scene.backend("b").failed(scene.now, Failure.CONNECT_REFUSED);
        assertThat(scene.counts(picker, 300)).containsOnlyKeys("a", "b", "c");
        assertThat(scene.pool().panicPicks()).isEqualTo(300);
    }

    @ParameterizedTest
    @EnumSource(Picker.class)
    void who_fails_the_checks_of_its_node_gets_requests_only_when_nobody_better_is_left(Picker picker) {
        var scene = new Scene().with("a", 10).with("b", 10).with("c", 10);
        var unready = new Announcement.Service("web", 3000, "http", "", 10, Announcement.Condition.UNREADY);
        scene.says("a", ALIVE, unready);
        assertThat(scene.counts(picker, 100)).containsOnlyKeys("b", "c");
        scene.says("b", ALIVE, unready).says("c", ALIVE, Scene.service(0, "", false));
        assertThat(scene.counts(picker, 100)).as("one of weight 0").containsOnlyKeys("c");
        scene.presence("c", SUSPECT);
        assertThat(scene.counts(picker, 100)).as("one that is in doubt").containsOnlyKeys("c");
        scene.says("c", ALIVE, Scene.service(10, "", true));
        assertThat(scene.counts(picker, 100)).as("one that drains").containsOnlyKeys("a", "b");
        scene.says("b", SUSPECT, unready);
        assertThat(scene.backend("b").state()).isEqualTo(Backend.State.UNREADY);
        scene.with("b", 10);
        assertThat(scene.counts(picker, 100)).containsOnlyKeys("b");
    }

    @ParameterizedTest
    @EnumSource(Picker.class)
    void draining_is_the_last_resort(Picker picker) {
        var scene = new Scene().with("a", 10).with("b", 10);
        scene.says("a", ALIVE, Scene.service(10, "", true));
        assertThat(scene.counts(picker, 100)).containsOnlyKeys("b");
        scene.presence("b", SUSPECT);
        assertThat(scene.counts(picker, 100)).containsOnlyKeys("b");
        scene.without("b");
        assertThat(scene.counts(picker, 100)).containsOnlyKeys("a");
    }

    @ParameterizedTest
    @EnumSource(Picker.class)
    void a_request_goes_to_each_backend_at_most_once(Picker picker) {
        var scene = new Scene()
                .with("a", 10)
                .with("b", 20)
                .with("c", 10)
                .with("z", 0)
                .presence("c", SUSPECT);
        scene.says("d", ALIVE, Scene.service(10, "", true));
        for (int round = 0; round < 100; round++) {
            Set<Backend> tried = new HashSet<>();
            for (int i = 0; i < 5; i++) {
                Backend picked = scene.pool().pick(picker, scene.now, scene.random, tried, true);
                assertThat(tried.add(picked)).isTrue();
                if (i == 1) {
                    assertThat(tried).extracting(Backend::node).containsOnly("a", "b");
                }
                if (i == 4) {
                    assertThat(picked.node()).isEqualTo("d");
                }
            }
            assertThat(scene.pool().pick(picker, scene.now, scene.random, tried, true))
                    .isNull();
        }
        assertThat(scene.pool().emptyPicks()).isEqualTo(100);
    }

    @Test
    void after_the_back_off_one_request_goes_to_an_ejected_backend_as_a_trial() {
        var scene = new Scene().with("a", 10).with("b", 10);
        Backend b = scene.backend("b");
        b.failed(scene.now, Failure.CONNECT_REFUSED);
        scene.later(999 * Scene.MILLI);
        assertThat(scene.counts(TWO_CHOICES, 100)).containsOnlyKeys("a");
        scene.later(1 * Scene.MILLI);
        assertThat(scene.counts(TWO_CHOICES, 100)).containsEntry("b", 1);

        b.started(scene.now);
        b.failed(scene.now, Failure.CONNECT_REFUSED);
        b.finished(scene.now);
        scene.later(1_999 * Scene.MILLI);
        assertThat(scene.counts(TWO_CHOICES, 100)).as("the back-off doubled").containsOnlyKeys("a");
        scene.later(1 * Scene.MILLI);
        assertThat(scene.counts(TWO_CHOICES, 100)).containsEntry("b", 1);

        b.started(scene.now);
        b.responded(scene.now, 200);
        b.finished(scene.now);
        assertThat(b.state()).isEqualTo(Backend.State.READY);
        assertThat(scene.counts(TWO_CHOICES, 100)).containsKeys("a", "b");
    }

    @Test
    void a_retry_is_never_used_as_a_trial() {
        var scene = new Scene().with("a", 10).with("b", 10).with("c", 10);
        scene.backend("b").failed(scene.now, Failure.CONNECT_REFUSED);
        scene.later(5 * Scene.SECOND);
        var tried = List.of(scene.backend("a"));
        assertThat(scene.pool()
                        .pick(TWO_CHOICES, scene.now, scene.random, tried, true)
                        .node())
                .isEqualTo("c");
        assertThat(scene.pick(TWO_CHOICES).node()).isEqualTo("b");
    }

    @ParameterizedTest
    @EnumSource(Picker.class)
    void a_pick_allocates_nothing(Picker picker) {
        var scene = new Scene();
        for (int i = 0; i < 100; i++) {
            scene.with("n%03d".formatted(i), 1 + i % 7);
        }
        var pool = scene.pool();
        var random = new Random(1);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<Backend> none = List.of();
        long bytes = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                if (pool.pick(picker, scene.now, random, none, true) == null) {
                    throw new AssertionError("empty");
                }
            }
            bytes = Math.min(bytes, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(bytes).as("bytes of 100,000 picks").isLessThan(10_000);
    }

    @Test
    void an_unknown_picker_is_answered_with_the_known_ones() {
        assertThat(Picker.named("round-robin")).isEqualTo(ROUND_ROBIN);
        assertThatThrownBy(() -> Picker.named("fastest"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picker \"fastest\" is not known; use two-choices or round-robin");
    }
}
