package muster.agent.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import muster.templating.target.Commands.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Shell shell = new Shell(Map.of("PATH", System.getenv("PATH"), "OWN", "own"));

    private Result run(String line, Duration atMost) throws InterruptedException {
        return shell.run(line, Collections.emptySortedMap(), atMost);
    }

    @Test
    void success_failure_and_what_was_said_are_told() throws Exception {
        assertThat(run("true", LONG)).isEqualTo(new Result(true, "it exited with status 0"));
        assertThat(run("echo out; echo err >&2; exit 3", LONG))
                .isEqualTo(new Result(false, "it exited with status 3\nout\nerr"));
        assertThat(run("kill -9 $$", LONG).words()).contains("KILL");
    }

    @Test
    void it_has_our_environment_and_the_variables() throws Exception {
        var variables = new TreeMap<>(Map.of("RENDERED", "/a b"));

        assertThat(shell.run("echo \"$OWN $RENDERED\"", variables, LONG).words())
                .endsWith("\nown /a b");
    }

    @Test
    void what_hangs_is_killed_with_all_that_it_started(@TempDir Path folder) throws Exception {
        Result result = run("(sleep 60; touch " + folder + "/late) & sleep 60", Duration.ofMillis(300));

        assertThat(result.ok()).isFalse();
        assertThat(result.words()).contains("it took longer than 300 ms and was killed");
        assertThat(folder.resolve("late")).doesNotExist();
    }

    @Test
    void of_much_output_the_end_is_kept() throws Exception {
        Result result = run("seq 100000; false", LONG);

        assertThat(result.words()).endsWith("\n99999\n100000").hasSizeLessThan(5_000);
    }

    @Test
    void a_process_that_is_left_behind_with_the_output_holds_nothing_up(@TempDir Path folder) throws Exception {
        Result result = run("sleep 5 & echo $! > " + folder + "/pid; echo started", LONG);

        assertThat(result.ok()).isTrue();
        assertThat(result.words()).contains("started");
        ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve("pid")).strip()))
                .ifPresent(ProcessHandle::destroy);
    }
}
