package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import muster.proof.harness.Await;
import muster.proof.harness.Launcher;
import muster.proof.harness.Outcome;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** When Muster ends: not while a service runs that somebody has brought back, nor because of a run that was for once. */
@ExtendWith(Stages.class)
class SvcBringsBackTest {
    private static Outcome svc(Stage stage, String... words) {
        var all = new ArrayList<>(List.of("svc", "-control-dir=" + stage.directory()));
        all.addAll(List.of(words));
        return stage.muster(all.toArray(String[]::new));
    }

    private static Program start(Stage stage, List<String> words, String site) {
        var all = new ArrayList<>(words);
        all.addAll(List.of(
                "-control-dir=" + stage.directory(),
                "-config-file="
                        + stage.file(
                                "site.yaml",
                                site.replace("HERE", stage.directory().toString()))));
        return stage.start("services", Launcher.command(all.toArray(String[]::new)));
    }

    private static void create(Stage stage, String file) throws IOException {
        Files.createFile(stage.directory().resolve(file));
    }

    @Test
    void a_service_that_was_brought_back_runs_on_when_another_one_ends_and_its_old_failure_is_forgotten(Stage stage)
            throws IOException {
        Program program = start(stage, List.of("run"), """
                services:
                  back:
                    command: "[ -e HERE/go ] || exit 3; until [ -e HERE/enough ]; do sleep 0.1; done; echo by itself"
                    restart: never
                  other:
                    command: "until [ -e HERE/over ]; do sleep 0.1; done"
                    restart: never
                """);
        program.awaitLine("service=back failed");
        program.awaitLine("service=other ready");
        create(stage, "go");
        svc(stage, "up", "-wait", "back").orFail();

        create(stage, "over");
        program.awaitLine("service=other is down");
        create(stage, "enough");

        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output()).contains("by itself");
    }

    @Test
    void a_run_for_once_that_fails_is_not_the_end(Stage stage) throws IOException {
        Program program = start(stage, List.of("run"), """
                services:
                  job:
                    command: "[ -e HERE/go ] || exit 4; echo done well"
                    restart: never
                    start: false
                """);
        Await.until("an answer", () -> svc(stage, "status").exitCode() == 0);
        assertThat(svc(stage, "once", "-wait", "job").exitCode()).isEqualTo(4);

        create(stage, "go");
        svc(stage, "up", "job").orFail();

        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output()).contains("done well");
    }

    @Test
    void an_init_whose_services_have_all_failed_long_ago_has_its_whole_budget_for_the_end(Stage stage)
            throws IOException {
        Path told = stage.directory().resolve("told");
        String address = stage.address();
        var budget = Duration.ofSeconds(4);
        Program program = start(
                stage,
                List.of(
                        "init",
                        "-node=node",
                        "-bind=" + address + ":27946",
                        "-rpc-addr=" + address + ":27373",
                        "-tree=" + stage.directory(),
                        "-run-dir=" + stage.directory() + "/run",
                        "-shutdown-timeout=" + budget.toSeconds() + "s"),
                """
                services:
                  back:
                    command: "[ -e HERE/go ] || exit 3; trap 'sleep 0.5; touch HERE/told; exit 0' TERM; while :; do sleep 0.1; done"
                    restart: never
                """);
        program.awaitLine("service=back failed");
        create(stage, "go");
        svc(stage, "up", "-wait", "back").orFail();
        LockSupport.parkNanos(budget.toNanos()); // what was wrong was that this time counted

        stage.muster("leave", "-rpc-addr=" + address + ":27373").orFail();

        program.awaitExit();
        assertThat(told).exists();
    }
}
