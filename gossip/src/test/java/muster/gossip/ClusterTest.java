package muster.gossip;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import muster.gossip.Member.Status;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterTest {
    @Test
    void two_members_meet_and_stay_together() {
        var cluster = new Cluster(1).of(2);
        assertThat(cluster.agreed()).isTrue();
        cluster.runs(ofMinutes(5));
        assertThat(cluster.agreed()).isTrue();
        assertThat(cluster.node("n1").story).containsExactly("joined n1", "joined n2");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everybody_meets_everybody_through_one_seed(long seed) {
        assertThat(new Cluster(seed).of(20).agreed()).as("seed " + seed).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void the_local_profile_misses_no_join_in_a_small_cluster(long seed) {
        var cluster = new Cluster(seed, settings -> settings.with(Timing.LOCAL)).of(5);
        cluster.kill("n5").runs(ofSeconds(40));
        cluster.start("n5", 5);
        cluster.join("n5", 1);
        double seconds = cluster.until(ofSeconds(2), cluster::agreed);
        assertThat(seconds).as("seed " + seed).isLessThan(0.5);
    }

    @Test
    void a_quiet_cluster_costs_about_two_packets_a_second_each() {
        var cluster = new Cluster(3).of(10).runs(ofSeconds(30));
        long before = cluster.datagrams();
        cluster.runs(ofSeconds(100));
        assertThat((cluster.datagrams() - before) / 10.0 / 100).isBetween(1.9, 2.1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_killed_member_is_failed_everywhere_and_nobody_else_is(long seed) {
        var cluster = new Cluster(seed).of(7).kill("n4");
        double seconds = cluster.until(
                ofSeconds(15), () -> cluster.running().stream().allMatch(node -> node.sees("n4") == Status.FAILED));
        assertThat(seconds).as("seed " + seed).isBetween(4.0, 12.0);
        cluster.runs(ofSeconds(30));
        assertThat(cluster.running())
                .allSatisfy(node -> assertThat(node.story)
                        .filteredOn(word -> word.startsWith("failed"))
                        .containsExactly("failed n4"));
    }

    @Test
    void a_member_that_leaves_is_never_shown_failed() {
        for (long seed = 0; seed < 10; seed++) {
            var cluster = new Cluster(seed).of(6);
            cluster.node("n3").tell(new Input.Leave());
            cluster.runs(ofSeconds(10)).kill("n3");
            cluster.runs(ofSeconds(30));
            for (Cluster.Node node : cluster.running()) {
                assertThat(node.sees("n3")).as("seed " + seed).isEqualTo(Status.LEFT);
                assertThat(node.story).as("seed " + seed).noneMatch(word -> word.startsWith("failed"));
            }
        }
    }

    @Test
    void when_all_leave_together_the_last_one_waits_for_nobody() {
        for (long seed = 0; seed < 20; seed++) {
            var cluster = new Cluster(seed).of(4);
            List<Cluster.Node> all = List.copyOf(cluster.running());
            all.forEach(node -> node.tell(new Input.Leave()));
            double seconds = cluster.until(
                    ofSeconds(30), () -> all.stream().allMatch(node -> node.gossip.nextDeadline() == Long.MAX_VALUE));
            assertThat(seconds).as("seed " + seed).isLessThan(4);
        }
    }

    @Test
    void a_restarted_member_comes_back_with_a_higher_incarnation() {
        var cluster = new Cluster(5).of(5).kill("n2").runs(ofSeconds(20));
        cluster.start("n2", 2);
        cluster.join("n2", 1);
        double seconds = cluster.until(ofSeconds(5), cluster::agreed);
        assertThat(seconds).isLessThan(1.0);
        assertThat(cluster.node("n1").gossip.member("n2").incarnation()).isEqualTo(2);
    }

    @Test
    void a_member_restarted_before_anyone_noticed_is_never_failed() {
        var cluster = new Cluster(5).of(5).kill("n2").runs(ofMillis(50));
        cluster.start("n2", 2);
        cluster.node("n2").tell(new Input.SetTags(Subject.tags("v", "2")));
        cluster.join("n2", 1);
        cluster.runs(ofSeconds(20));
        assertThat(cluster.agreed()).isTrue();
        assertThat(cluster.node("n4").story).doesNotContain("failed n2");
        assertThat(cluster.node("n4").gossip.member("n2").tags()).containsEntry("v", "2");
    }

    @Test
    void a_member_comes_back_at_another_address() {
        var cluster = new Cluster(6).of(5);
        cluster.node("n2").tell(new Input.Leave());
        cluster.runs(ofSeconds(6));
        cluster.start("n2", 77);
        cluster.join("n2", 1);
        cluster.until(ofSeconds(5), cluster::agreed);
        assertThat(cluster.node("n5").gossip.member("n2").address()).isEqualTo(Subject.address(77));

        cluster.kill("n3");
        cluster.start("n3", 78);
        cluster.join("n3", 1);
        double seconds = cluster.until(
                ofSeconds(30),
                () -> cluster.agreed()
                        && cluster.node("n5").gossip.member("n3").address().equals(Subject.address(78)));
        assertThat(seconds).as("after a crash that nobody had noticed").isLessThan(12);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_frozen_member_is_suspected_and_refutes_when_it_thaws(long seed) {
        var cluster = new Cluster(seed)
                .of(6)
                .freeze("n2")
                .runs(ofMillis(3_500))
                .thaw("n2")
                .runs(ofSeconds(20));
        assertThat(cluster.agreed()).as("seed " + seed).isTrue();
        assertThat(cluster.node("n2").story).as("seed " + seed).noneMatch(word -> word.startsWith("failed"));
    }

    @Test
    void a_member_frozen_for_long_blames_nobody_and_comes_back() {
        var cluster =
                new Cluster(9).of(6).freeze("n2").runs(ofSeconds(60)).thaw("n2").runs(ofSeconds(30));
        assertThat(cluster.agreed()).isTrue();
        assertThat(cluster.node("n2").story).noneMatch(word -> word.startsWith("failed"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_partition_of_ten_minutes_heals_within_two(long seed) {
        var cluster = new Cluster(seed).of(10);
        cluster.cut((from, to) -> (number(from) <= 5) == (number(to) <= 5)).runs(ofMinutes(10));
        assertThat(cluster.node("n1").sees("n9")).isEqualTo(Status.FAILED);
        cluster.heal();
        double seconds = cluster.until(ofMinutes(2), cluster::agreed);
        assertThat(seconds).as("seed " + seed).isLessThan(120);
    }

    @Test
    void a_restarted_seed_that_joins_nobody_is_found_again() {
        var cluster = new Cluster(4).of(4);
        cluster.node("n1").tell(new Input.Leave());
        cluster.runs(ofSeconds(8));
        cluster.start("n1", 1);
        assertThat(cluster.until(ofSeconds(20), cluster::agreed)).isLessThan(20);
    }

    @Test
    void five_percent_loss_fails_nobody() {
        for (long seed = 0; seed < 3; seed++) {
            var cluster = new Cluster(seed).of(20).loses(0.05).runs(ofMinutes(5));
            assertThat(cluster.running())
                    .as("seed " + seed)
                    .allSatisfy(node -> assertThat(node.story).noneMatch(word -> word.startsWith("failed")));
        }
    }

    @Test
    void where_datagrams_are_lost_but_streams_work_nobody_fails() {
        var cluster = new Cluster(2).of(8).loses(0.30).runs(ofMinutes(5));
        assertThat(cluster.running())
                .allSatisfy(node -> assertThat(node.story).noneMatch(word -> word.startsWith("failed")));
    }

    @Test
    void an_event_reaches_everybody_once() {
        var cluster = new Cluster(8).of(30).loses(0.10);
        for (int i = 1; i <= 20; i++) {
            cluster.node("n" + i).tell(new Input.SendEvent("e" + i, Bytes.EMPTY, false));
            cluster.runs(ofMillis(300));
        }
        cluster.runs(ofMinutes(2));
        assertThat(cluster.running())
                .allSatisfy(node -> assertThat(node.notices)
                        .filteredOn(Notice.UserEventSeen.class::isInstance)
                        .extracting(notice -> ((Notice.UserEventSeen) notice).name())
                        .doesNotHaveDuplicates()
                        .hasSize(20));
    }

    @Test
    void encrypted_members_meet_and_strangers_stay_out() {
        var key = Bytes.of(new byte[32]);
        var cluster = new Cluster(
                        3, settings -> settings.name().equals("n3") ? settings : settings.withKeys(List.of(key)))
                .of(4);
        assertThat(cluster.node("n1").sees("n4")).isEqualTo(Status.ALIVE);
        assertThat(cluster.node("n1").sees("n3")).isEqualTo(Status.NONE);
        assertThat(cluster.node("n3").notices)
                .filteredOn(Notice.JoinEnded.class::isInstance)
                .allSatisfy(notice ->
                        assertThat(((Notice.JoinEnded) notice).error()).isNotEmpty());
        assertThat(cluster.node("n3").gossip.counters()).containsKey("rejected-encrypted-unexpected");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 20, 300})
    void the_same_seed_gives_the_same_run(long seed) {
        assertThat(eventfulRun(seed)).isEqualTo(eventfulRun(seed)).isNotEqualTo(eventfulRun(seed + 1));
    }

    private static long eventfulRun(long seed) {
        var cluster = new Cluster(seed)
                .of(12)
                .loses(0.1)
                .runs(ofSeconds(20))
                .kill("n3")
                .runs(ofSeconds(20));
        cluster.node("n5").tell(new Input.Leave());
        cluster.runs(ofSeconds(20));
        cluster.start("n3", 3);
        cluster.join("n3", 2);
        return cluster.runs(ofSeconds(20)).trace();
    }

    @Test
    void two_hundred_members_join_and_agree() {
        var cluster = new Cluster(1);
        Duration limit = ofMinutes(3);
        cluster.of(200);
        assertThat(cluster.until(limit, cluster::agreed)).isLessThan(180);
    }

    private static int number(String name) {
        return Integer.parseInt(name.substring(1));
    }
}
