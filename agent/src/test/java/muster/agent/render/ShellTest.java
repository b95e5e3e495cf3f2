package muster.agent.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import muster.agent.Agent;
import muster.agent.MusterProgram;
import muster.agent.RunningAgents;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands of targets, in a program of their own: in this JVM others wait for their children. */
class ShellTest {
    @TempDir
    private Path folder;

    private final RunningAgents agents = new RunningAgents();
    private Agent agent;

    @BeforeEach
    void start() throws Exception {
        agent = agents.start("m1");
    }

    @AfterEach
    void close() {
        agents.close();
    }

    private MusterProgram.Outcome check(String line) throws Exception {
        return MusterProgram.run(
                Map.of("OWN", "own"),
                "render",
                "-rpc-addr",
                RunningAgents.rpc(agent),
                "-config-file",
                settings(line).toString());
    }

    private Path settings(String check) throws Exception {
        Files.writeString(folder.resolve("t.hb"), "x\n");
        return Files.writeString(folder.resolve("s.yaml"), """
                        templates:
                          t:
                            template: %1$s/t.hb
                            destination: %1$s/out
                            timeout: 2s
                            check: >-
                              %2$s
                        """.formatted(folder, check));
    }

    @Test
    void failure_and_what_was_said_are_told_and_it_has_our_environment() throws Exception {
        MusterProgram.Outcome outcome = check("echo out; echo err >&2; echo $OWN; test -s $RENDERED && exit 3");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.error())
                .contains("it exited with status 3\n", "muster render: t: out\n", "muster render: t: err\n", ": own\n");
        assertThat(check("kill -9 $$").error()).contains("KILL");
    }

    @Test
    void what_hangs_is_killed_with_all_that_it_started() throws Exception {
        MusterProgram.Outcome outcome = check("sleep 61 & echo $! > " + folder + "/pid; sleep 62");

        assertThat(outcome.error()).contains("it took longer than 2000 ms and was killed");
        long pid = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
        // An orphan counts as alive until its new parent has asked how it ended.
        await().until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void what_is_under_way_ends_with_the_program() throws Exception {
        Path pid = folder.resolve("pid");
        Path settings = settings("echo $$ > " + pid + ".new; mv " + pid + ".new " + pid + "; sleep 63");
        Files.writeString(settings, Files.readString(settings).replace("2s", "60s"));
        try (MusterProgram program = MusterProgram.agent(folder, "m2", "-config-file", settings.toString())) {
            await().until(() -> Files.exists(pid));
            program.signal("TERM");
            assertThat(program.awaitEnd()).isZero();
        }
        long hanging = Long.parseLong(Files.readString(pid).strip());
        await().until(() ->
                ProcessHandle.of(hanging).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void of_much_output_the_end_is_kept_and_a_process_left_behind_holds_nothing_up() throws Exception {
        MusterProgram.Outcome outcome = check("sleep 5 & seq 100000; false");

        assertThat(outcome.error()).contains(": 99999\n", ": 100000\n").hasSizeLessThan(40_000);
    }
}
