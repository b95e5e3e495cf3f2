package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import muster.proof.harness.Json;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Debian's serf command line drives our agent, and ours drives a real serf agent. */
@ExtendWith(Stages.class)
class SerfCommandLineTest {

    @Test
    void serf_members_lists_our_cluster(Stage stage) {
        var a = stage.agent("a").with("-tag=role=backend").start();
        var b = stage.agent("b").with("-join=" + a.gossipAddress()).start();
        a.awaitSees("alive", b);

        var text = a.serf("members").orFail().stdout();
        assertThat(text.lines())
                .hasSize(2)
                .anySatisfy(line ->
                        assertThat(line.split(" +")).containsExactly("a", a.gossipAddress(), "alive", "role=backend"));
        assertThat(a.serf("members", "-name=b", "-detailed").orFail().stdout())
                .contains("b ", "Protocol Version: 5", "Available Protocol Range: [2, 5]")
                .doesNotContain("role=backend");
        assertThat(a.serf("members", "-tag=role=back.*").orFail().stdout())
                .contains("a ")
                .doesNotContain("b ");
        assertThat(a.serf("members", "-status=failed").orFail().stdout()).isBlank();
    }

    @Test
    void serf_info_describes_our_agent(Stage stage) {
        var a = stage.agent("a").with("-tag=role=backend").start();
        var text = a.serf("info").orFail().stdout();
        assertThat(text).contains("agent:", "name = a", "serf:", "members = 1", "failed = 0", "role = backend");
    }

    @Test
    void serf_join_joins_our_agents_to_a_real_one(Stage stage) {
        var ours = stage.agent("ours").start();
        var theirs = stage.serf("theirs").start();
        assertThat(ours.serf("join", theirs.gossipAddress()).orFail().stdout())
                .contains("Successfully joined cluster by contacting 1 nodes.");
        theirs.awaitSees("alive", ours);

        var nobody = ours.serf("join", stage.address() + ":1");
        assertThat(nobody.exitCode()).isEqualTo(1);
        assertThat(nobody.output()).contains("Error joining the cluster");
    }

    @Test
    void serf_leave_ends_our_agent_in_order(Stage stage) {
        var ours = stage.agent("ours").start();
        var theirs = stage.serf("theirs").with("-join=" + ours.gossipAddress()).start();
        ours.awaitSees("alive", theirs);

        assertThat(ours.serf("leave").orFail().stdout()).contains("Graceful leave complete");
        assertThat(ours.program().awaitExit()).isZero();
        theirs.awaitSees("left", ours);
        assertThat(theirs.historyTo("Leave", "ours")).containsExactly("Join", "Leave");
    }

    @Test
    void serf_force_leave_turns_a_failed_member_into_one_that_left(Stage stage) {
        var ours = stage.agent("ours").start();
        var gone = stage.serf("gone").with("-join=" + ours.gossipAddress()).start();
        ours.awaitSees("alive", gone);
        gone.kill();
        ours.awaitSees("failed", gone);

        ours.serf("force-leave", "gone").orFail();
        ours.awaitSees("left", gone);
    }

    @Test
    void a_user_event_travels_through_both_makes_and_is_seen_once(Stage stage) {
        var first = stage.serf("first").start();
        var ours = stage.agent("ours").with("-join=" + first.gossipAddress()).start();
        var last = stage.serf("last").with("-join=" + ours.gossipAddress()).start();
        last.awaitSees("alive", first, ours);

        assertThat(ours.serf("event", "-coalesce=false", "deploy", "v1")
                        .orFail()
                        .stdout())
                .contains("Event 'deploy' dispatched! Coalescing enabled: false");
        for (var peer : List.of(first, last)) {
            peer.program().awaitLine("Received event: user-event: deploy");
        }
        first.serf("event", "-coalesce=false", "rollback", "v0").orFail();
        last.program().awaitLine("Received event: user-event: rollback");
        assertThat(last.program().output()).containsOnlyOnce("Received event: user-event: deploy");
    }

    @Test
    void serf_monitor_streams_the_log_of_our_agent(Stage stage) {
        var ours = stage.agent("ours").start();
        var monitor =
                stage.start("monitor", List.of("serf", "monitor", "-log-level=info", "-rpc-addr=" + ours.rpcAddress()));
        var theirs = stage.serf("theirs").with("-join=" + ours.gossipAddress()).start();
        monitor.awaitLine("EventMemberJoin: theirs");
        theirs.leave();
        monitor.awaitLine("EventMemberLeave: theirs");
    }

    @Test
    void our_members_info_join_and_leave_drive_a_real_serf_agent(Stage stage) {
        var theirs = stage.serf("theirs").with("-tag=role=backend").start();
        var ours = stage.agent("ours").start();

        assertThat(stage.muster("join", "-rpc-addr=" + theirs.rpcAddress(), ours.gossipAddress())
                        .orFail()
                        .stdout())
                .contains("Successfully joined cluster by contacting 1 nodes.");
        ours.awaitSees("alive", theirs);
        assertThat(stage.muster("members", "-rpc-addr=" + theirs.rpcAddress())
                        .orFail()
                        .stdout()
                        .lines())
                .anySatisfy(line -> assertThat(line.split(" +"))
                        .containsExactly("theirs", theirs.gossipAddress(), "alive", "role=backend"))
                .anySatisfy(line -> assertThat(line).startsWith("ours"));
        assertThat(stage.muster("info", "-rpc-addr=" + theirs.rpcAddress())
                        .orFail()
                        .stdout())
                .contains("name = theirs");

        assertThat(stage.muster("leave", "-rpc-addr=" + theirs.rpcAddress())
                        .orFail()
                        .stdout())
                .contains("Graceful leave complete");
        assertThat(theirs.program().awaitExit()).isZero();
        ours.awaitSees("left", theirs);
    }

    @Test
    void our_event_tags_and_force_leave_drive_a_real_serf_agent(Stage stage) {
        var theirs = stage.serf("theirs").with("-tag=old=1").start();
        var ours = stage.agent("ours").with("-join=" + theirs.gossipAddress()).start();
        theirs.awaitSees("alive", ours);
        var rpc = "-rpc-addr=" + theirs.rpcAddress();

        stage.muster("event", rpc, "deploy", "v1").orFail();
        theirs.program().awaitLine("Received event: user-event: deploy");
        stage.muster("tags", rpc, "-set", "role=backend", "-delete", "old").orFail();
        ours.awaitTags(theirs, Map.of("role", "backend"));

        ours.kill();
        theirs.awaitSees("failed", ours);
        stage.muster("force-leave", rpc, "ours").orFail();
        theirs.awaitSees("left", ours);
    }

    @Test
    void our_command_line_and_debians_say_the_same_about_the_same_cluster(Stage stage) {
        var ours = stage.agent("ours").with("-tag=a=1", "-tag=b=2").start();
        var theirs = stage.serf("theirs")
                .with("-join=" + ours.gossipAddress(), "-tag=c=x y")
                .start();
        ours.awaitSees("alive", theirs);
        for (var agent : List.of(ours, theirs)) {
            var debian =
                    Json.object(agent.serf("members", "-format=json").orFail().stdout());
            var muster = Json.object(stage.muster("members", "-format=json", "-rpc-addr=" + agent.rpcAddress())
                    .orFail()
                    .stdout());
            assertThat(members(muster)).containsExactlyInAnyOrderElementsOf(members(debian));
        }
    }

    @SuppressWarnings("unchecked") // a JSON array
    private static List<Object> members(Map<String, Object> json) {
        return (List<Object>) json.get("members");
    }
}
