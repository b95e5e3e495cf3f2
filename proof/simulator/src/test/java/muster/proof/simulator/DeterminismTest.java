package muster.proof.simulator;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import muster.proof.simulator.Campaign.Plan;
import org.junit.jupiter.api.Test;

/** A seed is worth something only if it gives the same run everywhere. */
class DeterminismTest {
    private static final Plan SHORT = new Plan(8, ofSeconds(15), ofSeconds(20));

    @Test
    void the_same_seed_gives_the_same_trace() {
        for (long value = 1; value <= 5; value++) {
            String first = Campaign.run(new Seed(value), SHORT).hash();
            assertThat(Campaign.run(new Seed(value), SHORT).hash())
                    .as("seed=%d", value)
                    .isEqualTo(first)
                    .hasSize(64);
        }
    }

    @Test
    void another_seed_gives_another_trace() {
        assertThat(Campaign.run(new Seed(1), SHORT).hash())
                .isNotEqualTo(Campaign.run(new Seed(2), SHORT).hash());
    }

    /** Interpreted, with other identity hashes, another collector and other salts of the immutable collections. */
    @Test
    void another_virtual_machine_gives_the_same_trace() throws IOException, InterruptedException {
        var expected = new ArrayList<String>();
        for (long value = 1; value <= 2; value++) {
            expected.add(Campaign.run(new Seed(value), SHORT).hash());
        }
        for (List<String> flags : List.of(
                List.of("-Xint", "-XX:+UseSerialGC"),
                List.of("-XX:+UnlockExperimentalVMOptions", "-XX:hashCode=2", "-XX:+UseParallelGC"))) {
            var command = new ArrayList<String>();
            command.add(System.getProperty("java.home") + "/bin/java");
            command.addAll(flags);
            command.addAll(
                    List.of("-cp", System.getProperty("java.class.path"), DeterminismTest.class.getName(), "1", "2"));
            Process other =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(other.waitFor()).as(said).isZero();
            assertThat(said.lines().toList()).as("with %s", flags).isEqualTo(expected);
        }
    }

    /** Prints the hash of each seed, for the test above. */
    public static void main(String[] seeds) {
        for (String seed : seeds) {
            System.out.println(
                    Campaign.run(new Seed(Long.parseLong(seed)), SHORT).hash());
        }
    }
}
