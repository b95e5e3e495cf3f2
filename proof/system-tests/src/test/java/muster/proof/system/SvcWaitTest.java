package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import muster.proof.harness.Launcher;
import muster.proof.harness.Outcome;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code muster svc up|down|restart|once -wait}: scripts go on when it is so, or hear why it is not. */
@ExtendWith(Stages.class)
class SvcWaitTest {
    private static Outcome svc(Stage stage, String... words) {
        var all = new ArrayList<>(List.of("svc", control(stage)));
        all.addAll(List.of(words));
        return stage.muster(all.toArray(String[]::new));
    }

    private static String control(Stage stage) {
        return "-control-dir=" + stage.directory().resolve("control");
    }

    /** {@code slow} is ready when there is a file {@code go}. */
    private static Path started(Stage stage) {
        Path go = stage.directory().resolve("go");
        Path file = stage.file("site.yaml", """
                services:
                  slow:
                    command: "until [ -e %s ]; do sleep 0.1; done; echo >&3; exec sleep 1000"
                    ready: fd:3
                    start: false
                  needy:
                    command: exec sleep 1000
                    depends_on: slow
                    start: false
                  broken:
                    command: exit 3
                    ready: fd:3
                    restart: never
                    start: false
                  looping:
                    command: exit 7
                    start: false
                  brief:
                    command: "sleep 0.2; exit 5"
                    start: false
                  job:
                    command: "exit 0"
                    oneshot: true
                  idle:
                    command: exec sleep 1000
                """.formatted(go));
        stage.start("services", Launcher.command("run", control(stage), "-config-file=" + file))
                .awaitLine("service=idle ready");
        return go;
    }

    @Test
    void up_returns_when_it_is_ready_and_says_why_it_is_not_when_the_time_is_over(Stage stage) throws IOException {
        Path go = started(stage);

        Outcome late = svc(stage, "up", "-wait", "-timeout", "300ms", "needy");
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.stderr())
                .contains("after 300ms: needy is not ready, it is waiting: It waits for slow.", "-timeout");
        assertThat(late.stdout()).containsPattern("needy +waiting");

        var waiting = stage.start("waiting", Launcher.command("svc", control(stage), "up", "-wait", "slow", "needy"));
        Files.createFile(go);
        assertThat(waiting.awaitExit()).as(waiting.output()).isZero();
        assertThat(waiting.output()).containsPattern("slow +ready").containsPattern("needy +ready");
    }

    @Test
    void up_says_at_once_that_a_service_was_given_up(Stage stage) {
        started(stage);

        Outcome failed = svc(stage, "up", "-wait", "-timeout", "10m", "-format", "json", "idle", "broken");

        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.stderr()).contains("svc: broken is not ready, it is failed, last ended with code 3: It ");
        assertThat(failed.stdout())
                .contains("\"name\": \"broken\"", "\"state\": \"failed\"", "\"exit_code\": 3", "\"name\": \"idle\"");
    }

    @Test
    void restart_returns_when_the_next_run_is_ready_and_down_when_it_is_over(Stage stage) throws IOException {
        Files.createFile(started(stage));

        assertThat(svc(stage, "restart", "-wait", "slow").orFail().stdout()).containsPattern("slow +ready"); // was down
        String first = svc(stage, "status", "-format", "json", "slow").stdout();
        String second = svc(stage, "restart", "-wait", "-format", "json", "slow")
                .orFail()
                .stdout();
        assertThat(second).contains("\"state\": \"ready\"", "\"restarts\": 1");
        assertThat(second.lines().filter(line -> line.contains("\"pid\"")).toList())
                .isNotEqualTo(
                        first.lines().filter(line -> line.contains("\"pid\"")).toList());

        assertThat(svc(stage, "down", "-wait", "slow").orFail().stdout()).containsPattern("slow +down");
    }

    @Test
    void what_nobody_can_ask_must_stay_up_for_a_second(Stage stage) {
        started(stage);

        for (String verb : List.of("up", "restart")) {
            Outcome looping = svc(stage, verb, "-wait", "looping");
            assertThat(looping.exitCode()).as(looping.stdout()).isEqualTo(1);
            assertThat(looping.stderr()).contains("looping did not stay up, it is ", "last ended with code 7");
            svc(stage, "down", "-wait", "looping").orFail();
        }
        Outcome both = svc(stage, "restart", "-wait", "idle", "brief");
        assertThat(both.exitCode()).isEqualTo(1);
        assertThat(both.stderr()).contains("brief did not stay up").doesNotContain("idle");
        assertThat(svc(stage, "restart", "-wait", "idle").orFail().stdout()).containsPattern("idle +ready");
        assertThat(svc(stage, "restart", "-wait", "-timeout", "50ms", "idle").stderr())
                .contains("after 50ms: idle ", "-timeout");
    }

    @Test
    void once_returns_when_it_has_ended_with_its_exit_code(Stage stage) {
        started(stage);

        Outcome brief = svc(stage, "once", "-wait", "brief");
        assertThat(brief.exitCode()).isEqualTo(5);
        assertThat(brief.stdout()).containsPattern("brief +failed .* code 5");
        assertThat(svc(stage, "once", "-wait", "looping", "job", "brief").exitCode())
                .isEqualTo(7);
        String job =
                svc(stage, "once", "-wait", "-format", "json", "job").orFail().stdout();
        assertThat(job).contains("\"state\": \"done\"", "\"restarts\": 2"); // done before, and run again
        Outcome late = svc(stage, "once", "-wait", "-timeout", "100ms", "idle");
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.stderr()).contains("after 100ms: idle is not over, it is ready");
    }

    @Test
    void waiting_is_for_what_comes_to_an_end(Stage stage) {
        started(stage);

        assertThat(svc(stage, "status", "-wait").stderr())
                .contains("'status' has nothing to wait for; -wait is for up, down, restart and once");
        assertThat(svc(stage, "signal", "-wait", "HUP", "idle").stderr()).contains("'signal' has nothing to wait for");
        assertThat(svc(stage, "logs", "-wait", "idle").stderr()).contains("'logs' has nothing to wait for");
        assertThat(svc(stage, "up", "-timeout", "3s", "idle").stderr()).contains("-timeout is for -wait; give both");
    }
}
