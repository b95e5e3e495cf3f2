package muster.supervisor.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import org.junit.jupiter.api.Test;

/** Real processes. */
class ErrandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static Errand shell(String script, byte[] input, int outputBytesMax) throws IOException {
        return Errand.begin(
                List.of("/bin/sh", "-c", script),
                Launch.DEFAULTS.withEnvironment(new TreeMap<>(Map.of("PATH", "/usr/bin:/bin"))),
                input,
                outputBytesMax);
    }

    private static int descriptors() {
        return new java.io.File("/proc/self/fd").list().length;
    }

    @Test
    void what_it_is_given_can_be_read_and_what_it_says_is_heard() throws Exception {
        Errand errand = shell("cat; echo err >&2; exit 3", "in\0put\n".getBytes(UTF_8), 100);
        assertThat(errand.awaitSilence(PATIENCE)).isTrue();
        assertThat(new String(errand.output(), UTF_8)).isEqualTo("in\0put\nerr\n");
        assertThat(errand.status()).isEqualTo(new ExitStatus.Exited(3));
    }

    @Test
    void nobody_has_to_read_what_is_more_than_a_pipe_holds() throws Exception {
        Errand errand = shell("exit 0", new byte[1 << 20], 100);
        assertThat(errand.awaitSilence(PATIENCE)).isTrue();
        assertThat(errand.status()).isEqualTo(new ExitStatus.Exited(0));
        Errand reads = shell("wc -c", new byte[1 << 20], 100);
        assertThat(reads.awaitSilence(PATIENCE)).isTrue();
        assertThat(new String(reads.output(), UTF_8)).isEqualTo("1048576\n");
    }

    @Test
    void of_much_output_the_end_is_kept_and_all_of_it_counted() throws Exception {
        Errand errand = shell("seq 1 100000", new byte[0], 10);
        assertThat(errand.awaitSilence(PATIENCE)).isTrue();
        assertThat(new String(errand.output(), UTF_8)).isEqualTo("99\n100000\n");
        assertThat(errand.outputBytes()).isEqualTo(588_895);
    }

    @Test
    void who_holds_its_output_is_told_apart_from_its_end_and_killed_with_its_group() throws Exception {
        Errand errand = shell("sleep 600 & echo $!", new byte[0], 100);
        assertThat(errand.awaitEnd(PATIENCE)).isTrue();
        assertThat(errand.awaitSilence(Duration.ofMillis(50))).isFalse();
        errand.kill();
        assertThat(errand.awaitSilence(PATIENCE)).isTrue();
        assertThat(errand.status()).isEqualTo(new ExitStatus.Exited(0));
    }

    @Test
    void what_cannot_be_started_says_why_and_is_silent() throws Exception {
        Errand errand = Errand.begin(List.of("/nowhere/program"), Launch.DEFAULTS, new byte[0], 100);
        assertThat(errand.awaitSilence(PATIENCE)).isTrue();
        assertThat(errand.output()).isEmpty();
        assertThatThrownBy(errand::status).isInstanceOf(IOException.class).hasMessageContaining("/nowhere/program");
    }

    @Test
    void no_descriptor_is_left_behind() throws Exception {
        shell("true", new byte[10], 100).awaitSilence(PATIENCE);
        int before = descriptors();
        for (int i = 0; i < 50; i++) {
            assertThat(shell("cat", new byte[10], 100).awaitSilence(PATIENCE)).isTrue();
            Errand left = shell("sleep 600", new byte[10], 100);
            left.close();
            assertThat(left.awaitSilence(Duration.ZERO)).isFalse();
            left.kill();
            assertThat(left.awaitSilence(PATIENCE)).isTrue();
        }
        assertThat(descriptors()).isLessThan(before + 10); // other tests of this JVM have some too
    }
}
