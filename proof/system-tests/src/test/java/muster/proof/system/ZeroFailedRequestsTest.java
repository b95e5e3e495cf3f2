package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import muster.proof.harness.MusterNode;
import muster.proof.harness.OpenLoopClient.Style;
import muster.proof.harness.Signals;
import muster.proof.harness.Stage;
import muster.proof.harness.Traffic;
import muster.proof.harness.WebApp;
import org.junit.jupiter.api.Test;

/** The promise, kept by the data plane of this program. */
class ZeroFailedRequestsTest extends ZeroFailedRequests {

    @Override
    MusterNode balancer(Stage stage) {
        return stage.balancer("balancer");
    }

    @Test
    void no_get_fails_when_an_app_freezes_and_thaws(Stage stage) {
        var site = new Site(stage, 3);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH)) {
            var app = site.apps.getFirst().children();
            app.forEach(process -> Signals.send("STOP", process.pid()));
            traffic.awaitNoLongerServedBy("web-1").goesOn();
            app.forEach(process -> Signals.send("CONT", process.pid()));
            traffic.awaitServedAgainBy("web-1").goesOn().endsWithoutFailure();
        }
    }

    @Test
    void no_get_fails_when_a_whole_node_freezes_and_thaws(Stage stage) {
        var site = new Site(stage, 3);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH)) {
            var node = site.apps.getFirst();
            node.freeze();
            traffic.awaitNoLongerServedBy("web-1");
            site.balancer.awaitSees("failed", node);
            node.thaw();
            traffic.awaitServedAgainBy("web-1").goesOn().endsWithoutFailure();
        }
    }

    @Test
    void an_app_whose_port_another_process_holds_is_not_announced_until_it_has_its_port(Stage stage) {
        var site = new Site(stage, 1);
        var late = stage.app("web-2").joining(site.balancer);
        var squatter = stage.start("squatter", WebApp.command("squatter", late.host(), Stage.APP_PORT));
        squatter.awaitLine("listening");
        late.start();
        late.program().awaitLine("is taken by node \\(pid " + squatter.pid() + "\\)");
        try (var traffic = new Traffic(site.balancer.listenAddress(), Style.KEEP_ALIVE, Style.FRESH)) {
            traffic.awaitServedBy("web-1").goesOn();
            assertThat(site.balancer.backends()).doesNotContainKey("web-2");
            squatter.stop();
            traffic.awaitServedBy("web-2").goesOn().endsWithoutFailure();
        }
    }
}
