package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
    @TempDir
    private Path folder;

    private MusterProgram.Outcome run(Map<String, String> environment, String... flags) throws Exception {
        var all = new ArrayList<>(
                List.of("run", "-control-dir", folder.resolve("control").toString()));
        all.addAll(List.of(flags));
        all.addAll(List.of("-restart", "never", "--", "true"));
        return MusterProgram.run(environment, all.toArray(String[]::new));
    }

    @Test
    void flags_that_only_a_member_heeds_are_refused_where_there_is_none() throws Exception {
        String snapshot = folder.resolve("snapshot").toString();
        MusterProgram.Outcome alone = run(Map.of(), "-event-handler", "exit 0", "-snapshot", snapshot, "-syslog");
        assertThat(alone.code()).isEqualTo(1);
        assertThat(alone.error())
                .contains("flag -snapshot, flag -event-handler, flag -syslog: only a member of a cluster heeds this,"
                        + " and this program would be none; give -join, -node or -service, or leave it out");

        assertThat(run(
                                Map.of(),
                                "-node",
                                "a",
                                "-bind",
                                "127.0.0.1:0",
                                "-rpc-addr",
                                "127.0.0.1:0",
                                "-snapshot",
                                snapshot)
                        .code())
                .isZero();
        // It may be there for other programs.
        assertThat(run(Map.of("MUSTER_SNAPSHOT", snapshot), "-log-level", "debug")
                        .code())
                .isZero();
    }

    @Test
    void an_app_that_is_given_up_ends_it_with_its_code() throws Exception {
        MusterProgram.Outcome outcome = MusterProgram.run(
                Map.of(),
                "run",
                "-control-dir",
                folder.resolve("control").toString(),
                "-crash-limit",
                "3",
                "-restart-delay",
                "1ms",
                "--",
                "sh",
                "-c",
                "echo once more; exit 41");

        assertThat(outcome.code()).as(outcome.error()).isEqualTo(41);
        assertThat(outcome.output()).isEqualTo("once more\n".repeat(3));
        assertThat(outcome.error()).contains("service=sh failed: It failed 3 times within 300 s");
    }

    /** Not with that of another one that was given up before, and let be; {@code deaf} ends by the budget, for its own time-out is ten minutes. */
    @Test
    void one_that_takes_all_with_it_when_it_is_given_up_ends_it_with_its_code_and_within_the_budget() throws Exception {
        Path file = Files.writeString(folder.resolve("services.yaml"), """
                shutdown_timeout: 2s
                services:
                  before:
                    command: "echo $$ >%1$s.pid; exit 3"
                    restart: never
                  deaf:
                    command: "trap '' TERM; >%1$s; while :; do sleep 0.1; done"
                    stop_timeout: 10m
                  web:
                    command: "until [ -e %1$s ] && [ -s %1$s.pid ] && ! kill -0 $(cat %1$s.pid) 2>&-; do sleep 0.1; done; exit 7"
                    restart: never
                    on_failed: exit
                """.formatted(folder.resolve("up")));

        MusterProgram.Outcome outcome = MusterProgram.run(
                Map.of(), "run", "-control-dir", folder.resolve("control").toString(), "-config-file", file.toString());

        assertThat(outcome.code()).as(outcome.error()).isEqualTo(7);
        assertThat(outcome.error())
                .containsSubsequence("service=before failed", "service=web failed", "was ended by SIGKILL");
    }
}
