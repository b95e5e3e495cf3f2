package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import muster.proof.harness.Await;
import muster.proof.harness.Member;
import muster.proof.harness.MusterNode;
import muster.proof.harness.SerfAgent;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Members come back: elsewhere, late, frozen for a while, or under a name that nobody could resolve before. */
@ExtendWith(Stages.class)
class ReturningMemberTest {

    @Test
    void a_killed_node_that_restarts_at_another_address_is_found_there_by_both_makes(Stage stage) {
        var seed = stage.agent("seed").start();
        var peer = stage.serf("peer").with("-join=" + seed.gossipAddress()).start();
        var node = stage.agent("node").with("-join=" + seed.gossipAddress()).start();
        peer.awaitSees("alive", seed, node);

        node.kill();
        seed.awaitSees("failed", node);
        peer.awaitSees("failed", node);
        node.at(stage.address()).start();

        awaitFoundAt(node, seed, peer);
    }

    @Test
    void a_serf_agent_that_restarts_at_another_address_is_found_there_by_muster(Stage stage) {
        var seed = stage.agent("seed").start();
        var other = stage.agent("other").with("-join=" + seed.gossipAddress()).start();
        var peer = stage.serf("peer").with("-join=" + seed.gossipAddress()).start();
        other.awaitSees("alive", seed, peer);

        peer.kill();
        seed.awaitSees("failed", peer);
        other.awaitSees("failed", peer);
        peer.at(stage.address()).start();

        awaitFoundAt(peer, seed, other);
    }

    @Test
    void a_node_that_left_and_returns_at_another_address_is_found_there_by_both_makes(Stage stage) {
        var seed = stage.agent("seed").start();
        var peer = stage.serf("peer").with("-join=" + seed.gossipAddress()).start();
        var node = stage.agent("node").with("-join=" + seed.gossipAddress()).start();
        peer.awaitSees("alive", seed, node);

        assertThat(node.leave()).isZero();
        seed.awaitSees("left", node);
        peer.awaitSees("left", node);
        node.at(stage.address()).start();

        awaitFoundAt(node, seed, peer);
    }

    private static void awaitFoundAt(Member returned, Member... observers) {
        for (var observer : observers) {
            Await.until(
                    observer + " to see " + returned,
                    Await.PATIENCE,
                    () -> {
                        var view = observer.members().get(returned.name());
                        return view != null
                                && view.status().equals("alive")
                                && view.address().equals(returned.gossipAddress());
                    },
                    () -> observer.members().values().toString());
        }
    }

    @Test
    void a_frozen_node_is_back_for_all_when_it_is_thawed(Stage stage) {
        var seed = stage.serf("seed").start();
        var other = stage.agent("other").with("-join=" + seed.gossipAddress()).start();
        var node = stage.agent("node").with("-join=" + seed.gossipAddress()).start();
        other.awaitSees("alive", seed, node);

        node.freeze();
        seed.awaitSees("failed", node);
        other.awaitSees("failed", node);
        node.thaw();

        seed.awaitSees("alive", node, other);
        other.awaitSees("alive", node, seed);
        node.awaitSees("alive", seed, other);
    }

    @Test
    void a_seed_whose_name_resolves_late_is_found(Stage stage) {
        var hosts = stage.file("hosts", "127.0.0.1 localhost\n");
        var seed = stage.serf("seed");
        var node = resolvingBy(hosts, stage.agent("node"))
                .with("-retry-join=seed.example:" + port(seed), "-retry-interval=1s")
                .start();

        node.program().awaitLine("seed\\.example"); // it says that it cannot resolve the name
        seed.start();
        stage.file("hosts", host(seed) + " seed.example\n");

        node.awaitSees("alive", seed, node);
        seed.awaitSees("alive", node);
    }

    @Test
    void a_seed_that_moved_is_found_again_by_its_name(Stage stage) {
        var seed = stage.agent("seed");
        var hosts = stage.file("hosts", host(seed) + " seed.example\n");
        seed.start();
        var node = resolvingBy(hosts, stage.agent("node"))
                .with("-retry-join=seed.example:" + port(seed), "-retry-interval=1s")
                .start();
        node.awaitSees("alive", seed);

        seed.kill();
        node.awaitSees("failed", seed);
        seed.at(stage.address());
        stage.file("hosts", host(seed) + " seed.example\n");
        seed.start();

        node.awaitSees("alive", seed);
        seed.awaitSees("alive", node);
    }

    private static MusterNode resolvingBy(Path hosts, MusterNode node) {
        return node.environment("JAVA_TOOL_OPTIONS", "-Djdk.net.hosts.file=" + hosts);
    }

    private static String host(Member member) {
        return member.gossipAddress().split(":", 2)[0];
    }

    private static String port(Member member) {
        return member.gossipAddress().split(":", 2)[1];
    }

    @Test
    void a_cluster_that_was_cut_in_two_by_a_full_restart_of_its_seed_side_heals(Stage stage) {
        MusterNode left = stage.agent("left").start();
        SerfAgent right =
                stage.serf("right").with("-join=" + left.gossipAddress()).start();
        var third =
                stage.agent("third").with("-retry-join=" + left.gossipAddress()).start();
        right.awaitSees("alive", left, third);

        left.kill();
        right.awaitSees("failed", left);
        third.awaitSees("failed", left);
        left.start(); // without any join flag: only the others can find it

        left.awaitSees("alive", right, third);
    }
}
