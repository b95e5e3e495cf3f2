package muster.balancing;

import static muster.balancing.Announcement.Presence.ALIVE;
import static muster.balancing.Announcement.Presence.FAILED;
import static muster.balancing.Announcement.Presence.LEAVING;
import static muster.balancing.Announcement.Presence.SUSPECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import muster.balancing.Backend.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackendTest {
    private final Scene scene = new Scene().with("a", 10);
    private final Backend backend = scene.backend("a");

    @Test
    void a_refused_connection_ejects_at_once_and_only_the_first_caller_is_told() {
        assertThat(backend.failed(scene.now, Failure.CONNECT_REFUSED)).isTrue();
        assertThat(backend.failed(scene.now, Failure.CONNECT_REFUSED)).isFalse();
        assertThat(backend.state()).isEqualTo(State.EJECTED);
        assertThat(backend.reason())
                .isEqualTo("a 10.0.0.1:3000 refused a connection; one trial request follows after the back-off.");
        assertThat(backend.totals().ejections()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"RESET_BEFORE_RESPONSE", "RESET_AFTER_RESPONSE", "RESPONSE_TIMEOUT", "BAD_RESPONSE"})
    void other_failures_eject_when_three_come_in_a_row(Failure failure) {
        assertThat(backend.failed(scene.now, failure)).isFalse();
        assertThat(backend.failed(scene.now, failure)).isFalse();
        backend.responded(scene.now, 200);
        assertThat(backend.failed(scene.now, failure)).isFalse();
        assertThat(backend.failed(scene.now, failure)).isFalse();
        assertThat(backend.failed(scene.now, failure)).isTrue();
        assertThat(backend.reason()).contains("failure 3 in a row");
        assertThat(backend.totals().failures()).containsEntry(failure, 5L);
        assertThat(backend.totals().failed()).isEqualTo(5);
    }

    @Test
    void a_response_to_a_request_from_before_the_ejection_does_not_end_it() {
        backend.started(scene.now);
        backend.failed(scene.now, Failure.CONNECT_REFUSED);
        backend.responded(scene.now, 200);
        assertThat(backend.state()).isEqualTo(State.EJECTED);
    }

    @Test
    void in_panic_a_response_to_a_new_request_ends_the_ejection() {
        backend.failed(scene.now, Failure.CONNECT_REFUSED);
        assertThat(scene.pick(Picker.TWO_CHOICES)).isSameAs(backend);
        backend.started(scene.now);
        backend.responded(scene.later(5).now, 200);
        assertThat(backend.state()).isEqualTo(State.READY);
        assertThat(backend.sinceNanos()).isEqualTo(scene.now);
    }

    @Test
    void a_failed_check_holds_it_until_the_check_passes_whatever_else_succeeds() {
        scene.says("a", ALIVE, Scene.service(10, "/health", false)).with("b", 10);
        backend.failed(scene.now, Failure.CHECK_FAILED);
        scene.later(Duration.ofHours(1).toNanos());
        assertThat(scene.counts(Picker.ROUND_ROBIN, 100)).containsOnlyKeys("b");
        backend.started(scene.now);
        backend.responded(scene.now, 200);
        assertThat(backend.state()).isEqualTo(State.EJECTED);
        backend.checkPassed(scene.now);
        assertThat(backend.state()).isEqualTo(State.READY);
    }

    @Test
    void a_check_that_fails_takes_over_an_ejection_for_another_reason() {
        backend.failed(scene.now, Failure.CONNECT_REFUSED);
        assertThat(backend.failed(scene.now, Failure.CHECK_FAILED)).isFalse();
        assertThat(backend.reason()).contains("fails its health check");
        assertThat(backend.totals().ejections()).isEqualTo(1);
    }

    @Test
    void when_the_check_is_no_longer_announced_a_trial_may_end_what_the_check_began() {
        scene.says("a", ALIVE, Scene.service(10, "/health", false)).with("b", 10);
        backend.failed(scene.now, Failure.CHECK_FAILED);
        scene.says("a", ALIVE, Scene.service(10, "", false)).later(2 * Scene.SECOND);
        assertThat(scene.pick(Picker.TWO_CHOICES)).isSameAs(backend);
    }

    @Test
    void a_service_that_turns_to_tcp_is_not_held_by_a_check_that_nobody_makes_any_more() {
        scene.says("a", ALIVE, Scene.service(10, "/health", false)).with("b", 10);
        backend.failed(scene.now, Failure.CHECK_FAILED);
        var tcp = new Announcement.Service("web", 3000, "tcp", "/health", 10, Announcement.Condition.READY);
        scene.says("a", ALIVE, tcp).later(2 * Scene.SECOND);
        assertThat(scene.pick(Picker.TWO_CHOICES)).isSameAs(backend);
    }

    @Test
    void a_trial_may_take_as_long_as_the_back_off_before_it() {
        backend.failed(scene.now, Failure.CONNECT_REFUSED);
        assertThat(backend.trialPatienceNanos()).isEqualTo(Scene.SECOND);
        scene.later(Scene.SECOND);
        backend.started(scene.now);
        backend.failed(scene.now, Failure.RESPONSE_TIMEOUT);
        assertThat(backend.trialPatienceNanos()).isEqualTo(2 * Scene.SECOND);
    }

    @Test
    void back_off_doubles_to_its_maximum_and_starts_again_after_a_good_time() {
        scene.with("b", 10);
        var waits = new ArrayList<Long>();
        for (int i = 0; i < 8; i++) {
            waits.add(ejectAndReadmit());
        }
        assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L, 30L);
        scene.later(31 * Scene.SECOND);
        assertThat(ejectAndReadmit()).isEqualTo(1);
    }

    /** Seconds until the trial. */
    private long ejectAndReadmit() {
        backend.failed(scene.now, Failure.CONNECT_REFUSED);
        long from = scene.now;
        while (scene.pick(Picker.ROUND_ROBIN) != backend) {
            scene.later(Scene.SECOND / 2);
        }
        backend.started(scene.now);
        backend.responded(scene.now, 200);
        backend.finished(scene.now);
        return (scene.now - from) / Scene.SECOND;
    }

    @Test
    void the_trial_is_a_safe_request_unless_none_came_for_the_longest_back_off() {
        scene.with("b", 10);
        backend.failed(scene.now, Failure.RESET_BEFORE_RESPONSE);
        backend.failed(scene.now, Failure.RESET_BEFORE_RESPONSE);
        backend.failed(scene.now, Failure.RESET_BEFORE_RESPONSE);
        scene.later(2 * Scene.SECOND);
        assertThat(pickUnsafe().node()).isEqualTo("b");
        assertThat(scene.pick(Picker.TWO_CHOICES)).isSameAs(backend);
        // It did not answer that one, and from now on there is nothing but POST.
        scene.later(30 * Scene.SECOND);
        assertThat(pickUnsafe().node()).isEqualTo("b");
        scene.later(Scene.SECOND);
        assertThat(pickUnsafe()).isSameAs(backend);
        assertThat(pickUnsafe().node()).isEqualTo("b");
    }

    private Backend pickUnsafe() {
        return scene.pool().pick(Picker.TWO_CHOICES, scene.now, scene.random, List.of(), false);
    }

    @Test
    void a_refutation_ends_an_ejection() {
        backend.failed(scene.now, Failure.CONNECT_TIMEOUT);
        scene.presence("a", SUSPECT).presence("a", ALIVE);
        assertThat(backend.state()).isEqualTo(State.READY);
    }

    @Test
    void the_worse_of_two_opinions_shows() {
        scene.presence("a", SUSPECT);
        assertThat(backend.state()).isEqualTo(State.SUSPECT);
        assertThat(backend.reason()).isEqualTo("a does not answer its cluster's probes; it may still refute.");
        backend.failed(scene.now, Failure.CONNECT_REFUSED);
        assertThat(backend.state()).isEqualTo(State.EJECTED);
        scene.presence("a", LEAVING);
        assertThat(backend.state()).isEqualTo(State.DRAINING);
        assertThat(backend.reason()).isEqualTo("a is leaving the cluster.");
        scene.presence("a", FAILED);
        assertThat(backend.state()).isEqualTo(State.GONE);
    }

    @Test
    void with_join_needs_check_a_backend_is_joining_until_its_first_check_passed() {
        var careful = new Scene(new BalancingSettings(Duration.ofSeconds(1), Duration.ofSeconds(30), 3, 0, true), 1)
                .with("b", 10)
                .says("c", ALIVE, Scene.service(10, "/health", false));
        assertThat(careful.backend("b").state()).isEqualTo(State.READY);
        assertThat(careful.backend("c").state()).isEqualTo(State.JOINING);
        assertThat(careful.counts(Picker.TWO_CHOICES, 50)).containsOnlyKeys("b");
        careful.backend("c").checkPassed(careful.now);
        assertThat(careful.counts(Picker.TWO_CHOICES, 50)).containsOnlyKeys("b", "c");
        careful.says(
                "d", ALIVE, new Announcement.Service("web", 3000, "tcp", "/health", 10, Announcement.Condition.READY));
        assertThat(careful.backend("d").state()).as("nobody checks it").isEqualTo(State.READY);
    }

    @Test
    void server_errors_in_a_row_eject_only_where_that_is_asked_for() {
        for (int i = 0; i < 100; i++) {
            backend.responded(scene.now, 500);
        }
        assertThat(backend.state()).isEqualTo(State.READY);
        var strict = new Scene(new BalancingSettings(Duration.ofSeconds(1), Duration.ofSeconds(30), 3, 5, false), 1)
                .with("b", 10);
        for (int i = 0; i < 4; i++) {
            strict.backend("b").responded(strict.now, 503);
        }
        assertThat(strict.backend("b").state()).isEqualTo(State.READY);
        strict.backend("b").responded(strict.now, 503);
        assertThat(strict.backend("b").state()).isEqualTo(State.EJECTED);
    }

    @Test
    void a_snapshot_tells_everything_at_one_moment() {
        backend.started(scene.now);
        backend.responded(scene.now, 404);
        backend.transferred(10, 20);
        backend.retriedAway();
        var snapshot = backend.snapshot(scene.later(3 * Scene.SECOND).now);
        assertThat(snapshot.inFlight()).isEqualTo(1);
        assertThat(snapshot.state()).isEqualTo(State.READY);
        assertThat(snapshot.reason()).isEqualTo("a is alive and offers it.");
        assertThat(snapshot.inStateNanos()).isEqualTo(3 * Scene.SECOND);
        assertThat(snapshot.totals().requests()).isEqualTo(1);
        assertThat(snapshot.totals().clientErrors()).isEqualTo(1);
        assertThat(snapshot.totals().bytesIn()).isEqualTo(10);
        assertThat(snapshot.totals().bytesOut()).isEqualTo(20);
        assertThat(snapshot.totals().retriedAway()).isEqualTo(1);
    }

    @Test
    void finishing_what_never_started_is_a_programmers_error() {
        assertThatThrownBy(() -> backend.finished(scene.now)).isInstanceOf(IllegalStateException.class);
        assertThat(backend.inFlight()).isZero();
    }

    @Test
    void eight_threads_lose_no_count_and_end_in_a_sane_state() throws Exception {
        scene.with("b", 10);
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < 8; t++) {
            int seed = t;
            threads.add(Thread.ofPlatform().start(() -> {
                var random = new java.util.Random(seed);
                for (int i = 0; i < 20_000; i++) {
                    Backend picked = scene.pool().pick(Picker.TWO_CHOICES, scene.now + i, random, List.of(), true);
                    picked.started(scene.now + i);
                    if (random.nextInt(50) == 0) {
                        picked.failed(scene.now + i, Failure.CONNECT_REFUSED);
                    } else {
                        picked.responded(scene.now + i, 200);
                    }
                    picked.finished(scene.now + i);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        var all = scene.pool().backends();
        assertThat(all).allMatch(each -> each.inFlight() == 0);
        assertThat(all.stream().mapToLong(each -> each.totals().requests()).sum())
                .isEqualTo(160_000);
        assertThat(all.stream()
                        .mapToLong(each ->
                                each.totals().successes() + each.totals().failed())
                        .sum())
                .isEqualTo(160_000);
        all.forEach(each -> each.checkPassed(scene.now));
        assertThat(all).allMatch(each -> each.state() == State.READY);
    }
}
