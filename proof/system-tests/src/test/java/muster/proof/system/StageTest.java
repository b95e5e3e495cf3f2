package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import muster.proof.harness.Await;
import muster.proof.harness.Connection;
import muster.proof.harness.OpenLoopClient;
import muster.proof.harness.OpenLoopClient.Style;
import muster.proof.harness.Report;
import muster.proof.harness.Stage;
import muster.proof.harness.WebApp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The judge is judged first: a harness that misses a failed request or leaves a process behind proves nothing. */
@ExtendWith(Stages.class)
class StageTest {

    @Test
    void three_serf_agents_find_each_other_and_tell_a_leave_from_a_failure(Stage stage) {
        var a = stage.serf("a").with("-tag", "role=backend").start();
        var b = stage.serf("b").with("-join", a.gossipAddress()).start();
        var c = stage.serf("c").with("-join", a.gossipAddress()).start();
        a.awaitSees("alive", a, b, c);
        c.awaitSees("alive", a, b, c);
        assertThat(c.members().get("a").tags()).containsEntry("role", "backend");

        assertThat(b.leave()).isZero();
        c.awaitSees("left", b);
        assertThat(c.historyTo("Leave", "b")).containsExactly("Join", "Leave");

        a.kill();
        c.awaitSees("failed", a);
        assertThat(c.historyTo("Failed", "a")).containsExactly("Join", "Failed");
    }

    @Test
    void the_client_counts_every_request_while_an_app_serves(Stage stage) {
        var address = stage.address();
        stage.start("web", WebApp.command("web", address, 23_000)).awaitLine("listening");
        for (var style : Style.values()) {
            try (var client = OpenLoopClient.start(address + ":23000", 300, style)) {
                var report = client.sendsMore(300).stop();
                assertThat(report.failures()).as(report.toString()).isEmpty();
                assertThat(report.requests()).hasSizeGreaterThanOrEqualTo(300);
                if (style != Style.POST) {
                    assertThat(report.servedBy()).containsOnlyKeys("web");
                }
            }
        }
    }

    @Test
    void a_post_that_an_app_is_given_twice_is_recorded_twice(Stage stage) throws IOException {
        var app = stage.app("web").start();
        app.program().awaitLine("announced");
        for (int i = 0; i < 2; i++) {
            try (var connection = new Connection(app.host() + ":" + Stage.APP_PORT, Duration.ofSeconds(15))) {
                connection.exchange("POST", "/echo?id=again", "", new byte[] {'x'});
            }
        }
        assertThat(stage.postsGiven()).containsExactly("/echo?id=again", "/echo?id=again");
    }

    @Test
    void the_client_reaches_its_rate_step_by_step(Stage stage) {
        var address = stage.address();
        stage.start("web", WebApp.command("web", address, 23_000)).awaitLine("listening");
        try (var client = OpenLoopClient.start(address + ":23000", 325, Style.FRESH)) {
            var dueNanos = client.sendsMore(775).stop().requests().stream()
                    .map(Report.Request::dueNanos)
                    .sorted()
                    .toList();
            var inEachSecond = Stream.of(0, 1, 2)
                    .map(second -> dueNanos.stream()
                            .map(due -> due - dueNanos.getFirst())
                            .filter(due -> TimeUnit.NANOSECONDS.toSeconds(due) == second)
                            .count())
                    .toList();
            assertThat(inEachSecond).containsExactly(175L, 275L, 325L);
        }
    }

    @Test
    void the_client_sees_each_request_that_fails_when_an_app_is_killed(Stage stage) {
        var address = stage.address();
        var app = stage.start("web", WebApp.command("web", address, 23_000));
        app.awaitLine("listening");
        try (var client = OpenLoopClient.start(address + ":23000", 200, Style.FRESH)) {
            client.sendsMore(50);
            app.kill();
            long killedNanos = System.nanoTime();
            var report = client.sendsMore(50).stop().since(killedNanos);
            assertThat(report.failures()).hasSameSizeAs(report.requests()).isNotEmpty();
        }
    }

    @Test
    void the_client_sees_a_wrong_answer(Stage stage) throws IOException {
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> answerAlways(server, "{\"id\":\"another\"}"));
            try (var client = OpenLoopClient.start("127.0.0.1:" + server.getLocalPort(), 50, Style.FRESH)) {
                client.sendsMore(1);
                assertThat(client.report().failures().getFirst().problem()).contains("the answer to another request");
            }
        }
    }

    private static void answerAlways(ServerSocket server, String body) {
        var answer = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        while (!server.isClosed()) {
            try (var socket = server.accept()) {
                // Closing with the request unread would reset the connection and lose the answer.
                socket.getInputStream().read(new byte[8_192]);
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    @Test
    void a_closed_stage_leaves_no_process_behind_not_even_an_orphan(Stage stage) {
        long orphan;
        try (var inner = new Stage()) {
            var parent = inner.start("parent", List.of("sh", "-c", "sleep 300 & echo child $!; wait"));
            orphan = Long.parseLong(parent.awaitLine("child \\d+").text().substring("child ".length()));
            parent.kill();
            assertThat(ProcessHandle.of(orphan)).isPresent();
        }
        Await.until("the orphan to be gone", () -> ProcessHandle.of(orphan).isEmpty());
    }

    @Test
    void a_program_that_ends_too_early_is_reported_with_its_output(Stage stage) {
        var program = stage.start("short", List.of("sh", "-c", "echo not what you hoped for; exit 3"));
        assertThatThrownBy(() -> program.awaitLine("ready"))
                .hasMessageContaining("exit code 3")
                .hasMessageContaining("not what you hoped for");
    }
}
