package muster.proof.system;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import muster.proof.harness.Member;
import muster.proof.harness.MusterNode;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nobody has to be first. */
@ExtendWith(Stages.class)
class StartOrderTest {

    static Stream<List<Integer>> permutations_of_three() {
        return Stream.of(
                List.of(0, 1, 2),
                List.of(0, 2, 1),
                List.of(1, 0, 2),
                List.of(1, 2, 0),
                List.of(2, 0, 1),
                List.of(2, 1, 0));
    }

    @ParameterizedTest
    @MethodSource("permutations_of_three")
    void a_balancer_an_app_and_an_agent_find_each_other_in_any_start_order(List<Integer> order, Stage stage) {
        var nodes = everyoneJoinsEveryone(stage);
        for (int next : order) {
            nodes.get(next).start();
        }
        for (var node : nodes) {
            node.awaitSees("alive", nodes.toArray(Member[]::new));
        }
    }

    @ParameterizedTest
    @MethodSource("permutations_of_three")
    void a_balancer_an_app_and_a_serf_agent_find_each_other_in_any_start_order(List<Integer> order, Stage stage) {
        var balancer = stage.balancer("balancer");
        var app = stage.app("app");
        var serf = stage.serf("serf");
        balancer.joining(app, serf);
        app.joining(balancer, serf);
        serf.joining(balancer, app);
        List<Member> nodes = List.of(balancer, app, serf);
        for (int next : order) {
            nodes.get(next).start();
        }
        for (var node : nodes) {
            node.awaitSees("alive", balancer, app, serf);
        }
    }

    @ParameterizedTest
    @MethodSource("permutations_of_three")
    void an_app_and_two_serf_agents_that_know_only_each_other_in_a_ring_come_together(
            List<Integer> order, Stage stage) {
        var app = stage.app("app");
        var first = stage.serf("first");
        var second = stage.serf("second");
        app.joining(first);
        first.joining(second);
        second.joining(app);
        List<Member> nodes = List.of(app, first, second);
        for (int next : order) {
            nodes.get(next).start();
        }
        for (var node : nodes) {
            node.awaitSees("alive", app, first, second);
        }
    }

    @Test
    void nodes_that_start_all_at_once_find_each_other(Stage stage) {
        var nodes = everyoneJoinsEveryone(stage);
        nodes.forEach(MusterNode::launch);
        for (var node : nodes) {
            node.awaitSees("alive", nodes.toArray(Member[]::new));
        }
    }

    @Test
    void an_app_that_starts_before_its_only_seed_finds_it_later(Stage stage) {
        var seed = stage.balancer("seed");
        var app = stage.app("app").joining(seed).start();
        app.program().awaitLine("(?i)join.*" + seed.gossipAddress()); // tried, and says so
        seed.start();
        seed.awaitSees("alive", app);
        app.awaitSees("alive", seed);
    }

    private static List<MusterNode> everyoneJoinsEveryone(Stage stage) {
        var nodes = new ArrayList<MusterNode>();
        nodes.add(stage.balancer("balancer"));
        nodes.add(stage.app("app"));
        nodes.add(stage.agent("agent"));
        for (var node : nodes) {
            node.joining(nodes.stream().filter(other -> other != node).toArray(Member[]::new));
        }
        return nodes;
    }
}
