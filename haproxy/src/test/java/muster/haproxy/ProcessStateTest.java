package muster.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ProcessStateTest {
    @Test
    @Timeout(60)
    void one_that_has_ended_does_not_run_though_its_parent_never_asks_for_its_status() throws Exception {
        Process parent = new ProcessBuilder("sh", "-c", "sleep 0 & echo $!; exec sleep 100").start();
        try (var words =
                new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.US_ASCII))) {
            ProcessHandle ended =
                    ProcessHandle.of(Long.parseLong(words.readLine())).orElseThrow();
            while (ProcessState.runs(ended)) {
                Thread.onSpinWait();
            }
            assertThat(ended.isAlive()).isTrue();
            assertThat(ProcessState.runs(parent.toHandle())).isTrue();
        } finally {
            parent.destroyForcibly().waitFor();
        }
    }
}
