package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import muster.proof.harness.Await;
import muster.proof.harness.Launcher;
import muster.proof.harness.Program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** {@code muster demo} as a newcomer runs it: no request fails, and nothing is left behind. */
@ResourceLock(
        "load") // each demo wants the usual ports, 8080 and 1936, when it finds them free; and it makes load of its own
class DemoTest {

    /** The story takes half a minute; on a busy machine its steps take longer. */
    private static final long DEMO_SECONDS_MAX = 300;

    @TempDir
    Path folder;

    /** What was seen to come from the demo, so that it is ended even when the demo fails to. */
    private final Set<ProcessHandle> family = new HashSet<>();

    @AfterEach
    void end_what_is_left() {
        family.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void the_whole_story_is_played_and_no_request_fails() throws Exception {
        var demo = start("--plain", "--seconds", "30");
        assertThat(demo.waitFor(DEMO_SECONDS_MAX, TimeUnit.SECONDS))
                .as(this::output)
                .isTrue();
        assertThat(output())
                .contains("/s, 0 failed\n", "app answers → first request served", "kill → 'failed' known by all")
                .contains("thaw → serving again", "a real Serf agent joins")
                .doesNotContain("PROBLEM");
        assertThat(demo.exitValue()).isZero();
        assertThat(Files.list(folder)).as("its own files are removed").containsExactly(folder.resolve("output"));
    }

    @Test
    void interrupted_it_takes_all_its_processes_along() throws Exception {
        var demo = start("--plain", "--seconds", "30");
        Await.until(
                "the load to run",
                Duration.ofSeconds(DEMO_SECONDS_MAX),
                () -> output().contains("requests/s from now on") || !demo.isAlive(),
                this::output);
        demo.descendants().forEach(family::add);
        assertThat(family)
                .as("a balancer, a seed, three nodes with an app each")
                .hasSizeGreaterThanOrEqualTo(8);
        demo.destroy();
        assertThat(demo.waitFor(DEMO_SECONDS_MAX, TimeUnit.SECONDS))
                .as(this::output)
                .isTrue();
        assertThat(family).noneMatch(process -> Program.runs(process.pid()));
        assertThat(output()).contains("interrupted after ", ", 0 failed");
    }

    private Process start(String... flags) throws IOException {
        var builder = new ProcessBuilder(Launcher.path().toString(), "demo");
        builder.command().addAll(List.of(flags));
        builder.environment().put("TMPDIR", folder.toString());
        builder.environment().put("MUSTER_JAVA_OPTS", "-Djava.io.tmpdir=" + folder);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        var demo = builder.redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        family.add(demo.toHandle());
        return demo;
    }

    private String output() {
        try {
            return Files.readString(folder.resolve("output"), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "no output: " + e.getMessage();
        }
    }
}
