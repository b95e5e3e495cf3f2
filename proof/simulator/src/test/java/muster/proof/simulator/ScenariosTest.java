package muster.proof.simulator;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static muster.proof.simulator.Simulation.percent;
import static muster.proof.simulator.Simulation.seed;
import static muster.proof.simulator.Simulation.simulate;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import muster.gossip.Member.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promises of a cluster, one by one, each as a small story. All invariants are checked along the way. */
class ScenariosTest {
    @Test
    void a_suspected_member_that_answers_is_never_reported_failed() {
        var cluster = simulate(seed(42)).members(5).loss(percent(10));
        cluster.pause("m3", ofSeconds(2)).run(ofMinutes(1));
        assertThat(cluster.failuresSeenOf("m3")).isEmpty();
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void a_crash_is_seen_by_all_within_the_longest_suspicion(long value) {
        var cluster = simulate(seed(value)).members(10);
        cluster.run(ofSeconds(5));
        Duration crashed = cluster.now();
        cluster.crash("m7").run(ofSeconds(34));

        List<Sighting> seen = cluster.failuresSeenOf("m7");
        assertThat(seen).hasSize(9);
        // 4 s is the shortest suspicion of ten members; with confirmations from others it is what happens.
        assertThat(seen.stream()
                        .map(Sighting::at)
                        .map(at -> at.minus(crashed))
                        .sorted()
                        .toList())
                .allSatisfy(after -> assertThat(after).isBetween(ofSeconds(4), ofSeconds(15)));
        assertThat(cluster.agreed()).isTrue();
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void nobody_healthy_fails_at_five_percent_loss_of_everything(long value) {
        simulate(seed(value))
                .members(20)
                .weather(Weather.CALM.withLoss(percent(5)).withStreamTrouble(percent(5)))
                .accurate(true)
                .run(ofMinutes(10));
    }

    @Test
    void nobody_healthy_fails_at_thirty_percent_loss_of_datagrams_because_streams_answer() {
        var cluster = simulate(seed(30)).members(30).loss(percent(30)).accurate(true);
        cluster.run(ofMinutes(3));
        assertThat(cluster.counters("m1")).containsKey("probes-answered-by-stream-only");
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void a_thawed_member_is_alive_again_everywhere_within_ten_seconds(long value) {
        var cluster = simulate(seed(value)).members(12).loss(percent(5));
        cluster.pause("m5", ofSeconds(40)).run(ofSeconds(40));
        assertThat(cluster.failuresSeenOf("m5")).isNotEmpty();

        assertThat(cluster.untilAgreed(ofMinutes(1))).isLessThan(ofSeconds(10));
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void a_member_that_missed_the_refutation_does_not_declare_a_live_one_failed_alone(long value) {
        var cluster = simulate(seed(value)).members(20);
        cluster.pause("m5", ofMillis(2_500)).run(ofMillis(2_500));
        // As long as the rumour that refutes is told. Streams still answer for the one that does not hear it.
        cluster.network().deafen(cluster.node("m9"), 1);
        cluster.run(ofMillis(2_500));
        cluster.network().deafen(cluster.node("m9"), 0);
        cluster.run(ofMinutes(1));
        assertThat(cluster.suspicionsSeenOf("m5")).isNotEmpty();
        assertThat(cluster.failuresSeenOf("m5")).isEmpty();
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void two_restarts_on_two_sides_of_a_split_end_with_the_tags_of_the_last_life(long value) {
        var cluster = simulate(seed(value)).members(20);
        cluster.partition(List.of("m3", "m6", "m7", "m8", "m9", "m10"));
        cluster.crash("m6").restart("m6", false).run(ofMillis(500));
        cluster.crash("m6").partition(List.of("m3", "m7", "m8", "m9", "m10"));
        cluster.restart("m6", false).run(ofMillis(500));
        cluster.heal();
        assertThat(cluster.untilAgreed(ofMinutes(1))).isLessThan(ofSeconds(10));
    }

    @Test
    void every_member_answers_a_query_once_and_the_query_ends_with_the_last_answer() {
        var cluster = simulate(seed(21)).members(25);
        for (int i = 1; i <= 10; i++) {
            long query = cluster.ask("m" + i, "load", 0);
            Duration asked = cluster.now();
            cluster.run(ofSeconds(4));
            assertThat(cluster.answers(query)).hasSize(25);
            assertThat(cluster.endOf(query).orElseThrow().minus(asked)).isLessThan(ofSeconds(3));
        }
    }

    @Test
    void nearly_all_answers_arrive_at_five_percent_loss_when_two_others_relay_them() {
        var cluster = simulate(seed(22)).members(25).loss(percent(5));
        int answers = 0;
        for (int i = 1; i <= 20; i++) {
            long query = cluster.ask("m" + i, "load", 2);
            cluster.run(ofSeconds(8));
            answers += cluster.answers(query).size();
        }
        assertThat(answers).as("of 500").isGreaterThanOrEqualTo(495);
    }

    @Test
    void user_events_reach_every_member_once_at_ten_percent_loss() {
        var cluster = simulate(seed(5)).members(25).loss(percent(10));
        for (int i = 1; i <= 40; i++) {
            cluster.event("m" + (1 + i % 25), "deploy", "release " + i).run(ofMillis(700));
        }
        cluster.run(ofSeconds(40));
        for (int i = 1; i <= 40; i++) {
            assertThat(cluster.eventSightings("release " + i).stream()
                            .map(Sighting::observer)
                            .distinct())
                    .as("release %d", i)
                    .hasSize(25);
        }
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void a_graceful_leave_never_looks_like_a_failure(long value) {
        var cluster = simulate(seed(value)).members(20).loss(percent(5)).accurate(true);
        for (String name : List.of("m4", "m8", "m15", "m16", "m20")) {
            cluster.leave(name).run(ofSeconds(1));
        }
        cluster.run(ofSeconds(40));
        assertThat(cluster.failuresSeen()).isEmpty();
        for (String observer : cluster.running()) {
            for (String gone : List.of("m4", "m8", "m15", "m16", "m20")) {
                assertThat(cluster.status(observer, gone)).isEqualTo(Status.LEFT);
            }
        }
    }

    @Test
    void two_halves_that_could_not_see_each_other_for_ten_minutes_become_one_cluster_again() {
        var cluster = simulate(seed(10)).members(10);
        cluster.partition(List.of("m1", "m2", "m3", "m4", "m5")).run(ofMinutes(10));
        assertThat(cluster.status("m1", "m10")).isEqualTo(Status.FAILED);
        assertThat(cluster.status("m10", "m1")).isEqualTo(Status.FAILED);

        cluster.heal();

        assertThat(cluster.untilAgreed(ofMinutes(5))).isLessThan(ofMinutes(5));
    }

    @ParameterizedTest(name = "new address: {0}")
    @ValueSource(booleans = {false, true})
    void a_restarted_member_is_back_with_its_new_tags(boolean newAddress) {
        var cluster = simulate(seed(11)).members(8).loss(percent(3));
        cluster.crash("m6").run(ofSeconds(60));
        cluster.restart("m6", newAddress);
        // Agreement includes address, incarnation and tags, and the tags name the life.
        assertThat(cluster.untilAgreed(ofMinutes(1))).isLessThan(ofSeconds(10));
    }

    @Test
    void a_member_that_restarts_before_anyone_missed_it_is_seen_with_its_new_tags() {
        var cluster = simulate(seed(12)).members(8);
        cluster.crash("m6").run(ofMillis(300));
        cluster.restart("m6", false);
        assertThat(cluster.untilAgreed(ofMinutes(1))).isLessThan(ofSeconds(10));
        assertThat(cluster.failuresSeenOf("m6")).isEmpty();
    }

    @Test
    void a_cluster_in_which_every_member_restarted_forms_again() {
        var cluster = simulate(seed(13)).members(6);
        for (int i = 1; i <= 6; i++) {
            cluster.crash("m" + i);
        }
        cluster.run(ofSeconds(5));
        for (int i = 6; i >= 1; i--) {
            cluster.restart("m" + i, i % 2 == 0).run(ofMillis(400));
        }
        assertThat(cluster.untilAgreed(ofMinutes(1))).isLessThan(ofSeconds(30));
    }

    @Test
    void a_failed_member_that_an_operator_forces_out_is_left_everywhere() {
        var cluster = simulate(seed(14)).members(8);
        cluster.crash("m6").run(ofSeconds(60));
        cluster.forceLeave("m2", "m6").run(ofSeconds(10));
        for (String observer : cluster.running()) {
            assertThat(cluster.status(observer, "m6")).isEqualTo(Status.LEFT);
        }
    }

    @Test
    void new_tags_are_seen_by_all_within_two_seconds() {
        var cluster = simulate(seed(15)).members(20);
        cluster.tag("m9", "state", "draining");
        assertThat(cluster.untilAgreed(ofSeconds(30))).isLessThan(ofSeconds(2));
    }

    @Test
    void a_member_that_hears_a_fifth_of_its_packets_does_not_drag_others_down() {
        var cluster = simulate(seed(16)).members(20);
        cluster.run(ofSeconds(5));
        cluster.network().deafen(cluster.node("m9"), 0.8);
        cluster.run(ofMinutes(3));
        assertThat(cluster.failuresSeen().stream()
                        .filter(sighting -> !sighting.member().equals("m9")
                                && !sighting.observer().equals("m9")))
                .isEmpty();
    }

    @Test
    void sealed_clusters_stand_flipped_bits_and_replays() {
        var cluster = simulate(seed(17))
                .members(10)
                .sealed()
                .weather(Weather.CALM
                        .withCorruption(percent(5))
                        .withReplay(percent(10))
                        .withDuplication(percent(10)))
                .accurate(true);
        cluster.crash("m4").run(ofMinutes(2));
        assertThat(cluster.agreed()).isTrue();
    }

    @Test
    void malformed_datagrams_are_counted_and_change_nothing() {
        var cluster = simulate(seed(18))
                .members(6)
                .weather(Weather.CALM.withGarbage(percent(50)))
                .accurate(true);
        cluster.run(ofMinutes(1));
        assertThat(cluster.counters("m1").keySet()).anyMatch(name -> name.startsWith("rejected-"));
        assertThat(cluster.agreed()).isTrue();
    }
}
