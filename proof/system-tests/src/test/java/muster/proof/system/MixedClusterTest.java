package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.proof.harness.Member;
import muster.proof.harness.MusterNode;
import muster.proof.harness.SerfAgent;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Three members of Muster and three of Debian's serf are one cluster, whatever the wire between them. */
@ExtendWith(Stages.class)
class MixedClusterTest {

    /** Members of both makes; each joined one of the other make, so both sides of a join are seen in both roles. */
    private record Cluster(List<MusterNode> muster, List<SerfAgent> serf) {

        static Cluster start(Stage stage, Wire wire) {
            var m1 = stage.agent("m1")
                    .with(wire.and("-tag=role=backend", "-tag=port=1001"))
                    .start();
            var s1 = stage.serf("s1")
                    .with(wire.and("-tag=role=backend", "-tag=port=2001", "-join=" + m1.gossipAddress()))
                    .start();
            var m2 = stage.agent("m2")
                    .with(wire.and("-tag=port=1002", "-join=" + s1.gossipAddress()))
                    .start();
            var s2 = stage.serf("s2")
                    .with(wire.and("-join=" + m2.gossipAddress()))
                    .start();
            var m3 = stage.agent("m3")
                    .with(wire.and("-retry-join=" + s2.gossipAddress()))
                    .start();
            var s3 = stage.serf("s3")
                    .with(wire.and("-retry-join=" + m3.gossipAddress()))
                    .start();
            var cluster = new Cluster(List.of(m1, m2, m3), List.of(s1, s2, s3));
            cluster.all().forEach(member -> member.awaitSees("alive", cluster.names()));
            return cluster;
        }

        List<Member> all() {
            var all = new ArrayList<Member>(muster);
            all.addAll(serf);
            return all;
        }

        List<String> names() {
            return all().stream().map(Member::name).toList();
        }

        List<Member> allBut(Member... gone) {
            var rest = all();
            rest.removeAll(List.of(gone));
            return rest;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everybody_sees_everybody_with_address_and_tags(Wire wire, Stage stage) {
        var cluster = Cluster.start(stage, wire);
        for (var observer : cluster.all()) {
            observer.awaitTags(cluster.muster().get(0), Map.of("role", "backend", "port", "1001"));
            observer.awaitTags(cluster.muster().get(1), Map.of("port", "1002"));
            observer.awaitTags(cluster.serf().get(0), Map.of("role", "backend", "port", "2001"));
            observer.awaitTags(cluster.serf().get(1), Map.of());
            for (var member : cluster.all()) {
                assertThat(observer.members().get(member.name()).address()).isEqualTo(member.gossipAddress());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_changed_tag_reaches_members_of_both_makes(Wire wire, Stage stage) {
        var cluster = Cluster.start(stage, wire);
        var ours = cluster.muster().get(0);
        var theirs = cluster.serf().get(0);
        assertThat(ours.serf("tags", "-set", "port=1009", "-delete", "role")
                        .orFail()
                        .stdout())
                .contains("Successfully updated agent tags");
        theirs.serf("tags", "-set", "port=2009", "-set", "zone=a=b c").orFail();
        for (var observer : cluster.all()) {
            observer.awaitTags(ours, Map.of("port", "1009"));
            observer.awaitTags(theirs, Map.of("role", "backend", "port", "2009", "zone", "a=b c"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_member_that_leaves_in_order_is_never_shown_as_failed(Wire wire, Stage stage) {
        var cluster = Cluster.start(stage, wire);
        var ours = cluster.muster().get(1);
        var theirs = cluster.serf().get(1);
        var stay = cluster.allBut(ours, theirs);

        assertThat(ours.leave()).isZero();
        stay.forEach(observer -> observer.awaitSees("left", ours));
        assertThat(theirs.leave()).isZero();
        stay.forEach(observer -> observer.awaitSees("left", theirs));

        for (var observer : stay) {
            assertThat(observer.historyTo("Leave", "m2"))
                    .as(observer + " about m2")
                    .containsExactly("Join", "Leave");
            assertThat(observer.historyTo("Leave", "s2"))
                    .as(observer + " about s2")
                    .containsExactly("Join", "Leave");
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_member_that_is_killed_is_seen_as_failed_by_all(Wire wire, Stage stage) {
        var cluster = Cluster.start(stage, wire);
        var ours = cluster.muster().get(2);
        var theirs = cluster.serf().get(2);
        var stay = cluster.allBut(ours, theirs);

        ours.kill();
        theirs.kill();
        stay.forEach(observer -> observer.awaitSees("failed", ours, theirs));

        for (var observer : stay) {
            assertThat(observer.historyTo("Failed", "m3"))
                    .as(observer + " about m3")
                    .containsExactly("Join", "Failed");
            assertThat(observer.historyTo("Failed", "s3"))
                    .as(observer + " about s3")
                    .containsExactly("Join", "Failed");
            assertThat(stay)
                    .allSatisfy(other -> assertThat(observer.history(other.name()))
                            .as(observer + " about " + other)
                            .containsExactly("Join"));
        }
    }
}
