package muster.proof.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulateTest {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @Test
    void prints_a_line_per_seed_and_the_speed() {
        assertThat(run("--seeds", "7..8", "--members", "4", "--minutes", "0.2")).isZero();
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("seed=7 members=4 events=", "seed=8 members=4", "2 seeds, 0 failed");
    }

    @Test
    void refuses_what_it_does_not_know_and_shows_how_it_is_used() {
        assertThat(run("--sedes", "7")).isEqualTo(2);
        assertThat(run("--seeds", "many")).isEqualTo(2);
        assertThat(run("--members")).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("--sedes is not known", "--seeds many is not a number", "--members needs a value", "usage:");
    }

    @Test
    void logs_every_notice_when_asked() {
        assertThat(run("--seeds", "7..7", "--members", "3", "--minutes", "0.1", "--log"))
                .isZero();
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("m1 starts at 10.0.0.1:7946", "MemberJoined");
    }

    private int run(String... arguments) {
        return Simulate.run(List.of(arguments), new PrintStream(said, true, StandardCharsets.UTF_8));
    }
}
