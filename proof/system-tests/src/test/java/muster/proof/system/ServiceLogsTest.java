package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import muster.proof.harness.Await;
import muster.proof.harness.Launcher;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code muster svc logs}: what a service printed, for people. */
@ExtendWith(Stages.class)
class ServiceLogsTest {

    @Test
    void the_newest_lines_are_shown_and_the_next_ones_as_they_come(Stage stage) {
        var go = stage.directory().resolve("go");
        var file =
                stage.file("site.yaml", """
                services:
                  talker:
                    command: "for i in 1 2 3 4; do echo line $i; done; mkfifo %s; read x < %s; while :; do echo after $x; sleep 0.1; done"
                    log: file:%s
                  silent:
                    command: exec sleep 1000
                """.formatted(go, go, stage.directory().resolve("talker.log")));
        var control = "-control-dir=" + stage.directory().resolve("control");
        var program = stage.start("services", Launcher.command("run", control, "-config-file=" + file));
        program.awaitLine("service=silent ready");
        program.awaitLine("service=talker ready");

        Await.until(
                "four lines",
                () -> stage.muster("svc", control, "logs", "talker").stdout().contains("line 4"));
        var two = stage.muster("svc", control, "logs", "-n", "2", "talker");
        assertThat(two.stdout()).containsPattern("\\A\\d{4}/\\d\\d/\\d\\d [0-9:.]+ line 3\n\\S+ \\S+ line 4\n\\Z");
        assertThat(stage.muster("svc", "logs", control, "-n=1", "-format=json", "talker")
                        .stdout())
                .contains("\"number\":3", "\"line\":\"line 4\"");

        var follower = stage.start("follower", Launcher.command("svc", control, "logs", "-f", "-n", "0", "talker"));
        stage.start("go", List.of("sh", "-c", "echo on > " + go));
        follower.awaitLine("after on");
        assertThat(follower.output()).doesNotContain("line");
        follower.signal("INT");

        var kept = stage.muster("svc", control, "logs", "silent");
        assertThat(kept.exitCode()).isEqualTo(1);
        assertThat(kept.stderr()).contains("the output of silent is not kept here", "-log");
        assertThat(stage.muster("svc", control, "logs").stderr()).contains("say which service");
    }

    @Test
    void a_logger_reads_from_its_service_also_where_many_others_stand_between_them(Stage stage) {
        var others = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            others.append("  other-%03d: {command: [\"true\"], start: false}\n".formatted(i));
        }
        var file = stage.file("site.yaml", """
                services:
                  keeper:
                    command: |
                      test "$(readlink /proc/$$/fd/0)" = "$(readlink /proc/$PPID/fd/0)" && echo "reads what Muster reads"
                      exec sed -u 's/^/kept: /'
                %s  talker:
                    command: "echo hello; exec sleep 1000"
                    log: service:keeper
                """.formatted(others));

        var program = stage.start("services", Launcher.command("run", "-config-file=" + file));

        program.awaitLine("kept: hello");
        assertThat(program.output()).doesNotContain("reads what Muster reads");
    }
}
