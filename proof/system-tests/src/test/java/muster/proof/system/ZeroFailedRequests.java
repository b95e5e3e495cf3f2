package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import muster.proof.harness.Lost;
import muster.proof.harness.MusterNode;
import muster.proof.harness.OpenLoopClient.Style;
import muster.proof.harness.Signals;
import muster.proof.harness.Stage;
import muster.proof.harness.Traffic;
import muster.proof.harness.WebApp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The promise itself: whatever happens behind {@code muster balance}, no request fails, and each gets its own whole answer. The
 * same scenes for each data plane; a subclass names it.
 *
 * <p>Requests come at a fixed rate, on connections that stay open and on fresh ones at the same time. One scene at a time:
 * the load is meant for the program, not for the neighbour test.
 */
@ExtendWith(Stages.class)
@ResourceLock("load")
abstract class ZeroFailedRequests {

    /** A balancer with the data plane in question, not yet started. */
    abstract MusterNode balancer(Stage stage);

    /** A balancer that is also the seed, with apps behind it. */
    final class Site {
        private final Stage stage;
        final MusterNode balancer;
        final List<MusterNode> apps = new ArrayList<>();

        Site(Stage stage, int apps, String... flags) {
            this.stage = stage;
            balancer = balancer(stage).with(flags).start();
            for (int n = 1; n <= apps; n++) {
                app("web-" + n);
            }
        }

        /** Starts another app, not waiting for it to serve. */
        MusterNode app(String name) {
            var app = stage.app(name).joining(balancer).start();
            apps.add(app);
            return app;
        }

        /** Sends requests; returns when every app has answered one. */
        Traffic traffic(Style... styles) {
            balancer.awaitBackends("ready", apps);
            var traffic = new Traffic(balancer.listenAddress(), styles);
            apps.forEach(app -> traffic.awaitServedBy(app.name()));
            return traffic;
        }
    }

    /** Whatever happened: one that breaks off fails, and nobody tries it again elsewhere. */
    @AfterEach
    void no_post_was_given_to_an_app_twice(Stage stage) {
        assertThat(stage.postsGiven()).doesNotHaveDuplicates();
    }

    @Test
    void no_request_fails_when_an_app_joins(Stage stage) {
        var site = new Site(stage, 2);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            site.app("web-3");
            traffic.awaitServedBy("web-3").goesOn().endsWithoutFailure();
        }
    }

    @Test
    void no_request_fails_when_an_app_leaves_in_order(Stage stage) {
        var site = new Site(stage, 3);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            assertThat(site.apps.getFirst().leave()).isZero();
            traffic.awaitNoLongerServedBy("web-1").goesOn().endsWithoutFailure();
        }
    }

    @Test
    void no_request_fails_while_all_apps_are_restarted_one_after_the_other(Stage stage) {
        var site = new Site(stage, 3); // of two, one that has just started would have all the load
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            for (var app : site.apps) {
                assertThat(app.leave()).isZero();
                traffic.awaitNoLongerServedBy(app.name());
                app.start();
                traffic.awaitServedAgainBy(app.name());
            }
            traffic.goesOn().endsWithoutFailure();
        }
    }

    @Test
    void only_posts_under_way_fail_when_an_app_is_killed_and_its_supervisor_starts_it_again(Stage stage) {
        var site = new Site(stage, 3);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            var app = site.apps.getFirst().children();
            var lost = Lost.posts(() -> app.forEach(ProcessHandle::destroyForcibly));
            traffic.awaitServedAgainBy("web-1").goesOn().endsWithout(List.of(lost));
        }
    }

    @Test
    void only_posts_under_way_fail_when_a_whole_node_is_killed(Stage stage) {
        var site = new Site(stage, 3);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            var victim = site.apps.getFirst();
            var lost = Lost.posts(victim::kill);
            traffic.awaitNoLongerServedBy("web-1").goesOn();
            site.balancer.awaitSees("failed", victim);
            traffic.goesOn().endsWithout(List.of(lost));
        }
    }

    @Test
    void no_request_fails_when_the_seed_that_everybody_joined_restarts(Stage stage) {
        var seed = stage.agent("seed").start();
        var balancer = balancer(stage).joining(seed).start();
        var apps = List.of(
                stage.app("web-1").joining(seed).start(),
                stage.app("web-2").joining(seed).start());
        balancer.awaitBackends("ready", apps);
        try (var traffic = new Traffic(balancer.listenAddress(), Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            apps.forEach(app -> traffic.awaitServedBy(app.name()));
            long startNanos = System.nanoTime();
            seed.kill();
            balancer.awaitSees("failed", seed);
            seed.start();
            balancer.awaitSees("alive", seed);
            traffic.goesOn().endsWithoutFailureSince(startNanos);
        }
    }

    @Test
    void only_posts_under_way_fail_when_only_the_agent_of_an_app_is_killed(Stage stage) {
        var site = new Site(stage, 2);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            var lost = Lost.posts(site.apps.getFirst().program()::kill); // which takes its app with it
            site.balancer.awaitSees("failed", site.apps.getFirst());
            traffic.goesOn().endsWithout(List.of(lost));
        }
    }

    @Test
    void only_posts_under_way_fail_when_the_agent_of_an_app_is_killed_and_started_again(Stage stage) {
        var site = new Site(stage, 2);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            var lost = Lost.posts(site.apps.getFirst().program()::kill);
            traffic.awaitNoLongerServedBy("web-1");
            site.apps.getFirst().start();
            traffic.awaitServedAgainBy("web-1").goesOn().endsWithout(List.of(lost));
        }
    }

    /** As under overload: to take them all out would make it an outage. */
    @Test
    void no_get_fails_when_no_app_answers_its_checks_for_a_moment(Stage stage) {
        var site = new Site(stage, 0);
        for (String name : List.of("web-1", "web-2")) {
            site.apps.add(stage.app(name)
                    .with("-live-every=200ms", "-probe-timeout=500ms") // noticed long before a client gives up
                    .joining(site.balancer)
                    .start());
        }
        try (var traffic = site.traffic(Style.KEEP_ALIVE)) {
            var apps =
                    site.apps.stream().flatMap(app -> app.children().stream()).toList();
            apps.forEach(app -> Signals.send("STOP", app.pid()));
            site.balancer.awaitBackends("unready", site.apps);
            apps.forEach(app -> Signals.send("CONT", app.pid()));
            site.balancer.awaitBackends("ready", site.apps);
            traffic.goesOn().endsWithoutFailure();
        }
    }

    @Test
    void a_plain_serf_agent_is_balanced_and_no_request_fails_when_it_joins(Stage stage) {
        var balancer = balancer(stage).with("-backend-port=23000").start();
        var app = stage.app("web-1").joining(balancer).start();
        balancer.awaitSees("alive", app);
        try (var traffic = new Traffic(balancer.listenAddress(), Style.KEEP_ALIVE, Style.FRESH)) {
            traffic.awaitServedBy("web-1");
            long startNanos = System.nanoTime();
            var serf = stage.serf("web-2").with("-tag=role=backend", "-join=" + balancer.gossipAddress());
            stage.start("app of web-2", WebApp.command("web-2", serf.host(), 23_000))
                    .awaitLine("listening");
            serf.start();
            traffic.awaitServedBy("web-2").goesOn().endsWithoutFailureSince(startNanos);
        }
    }
}
