package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import muster.agent.logging.Log;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignalsTest {
    @TempDir
    private Path folder;

    /** Waits for what never comes, as a program may that closes something. */
    static final class Stuck {
        private Stuck() {}

        public static void main(String[] arguments) throws InterruptedException {
            Log.start(System.out);
            Signals signals = Signals.catchThem();
            System.out.println("it is up");
            System.out.println("it takes " + signals.next());
            new CountDownLatch(1).await();
        }
    }

    @Test
    void the_third_signal_ends_the_program_whatever_it_waits_for() throws Exception {
        try (MusterProgram program = MusterProgram.started(folder, Stuck.class, "it is up")) {
            program.signal("TERM");
            while (!program.output().contains("it takes TERM")) {
                assertThat(program.isAlive()).isTrue();
                Thread.onSpinWait();
            }
            program.signal("INT");
            // Of two that the kernel has not delivered yet it keeps one.
            while (program.isAlive()) {
                program.signal("TERM");
            }

            assertThat(program.awaitEnd()).isEqualTo(137);
            assertThat(program.output()).contains("third signal TERM: ending by force");
        }
    }

    @Test
    void what_is_ignored_when_the_program_starts_stays_ignored_and_is_named() throws Exception {
        List<String> background = List.of("sh", "-c", "trap '' HUP INT; exec \"$@\"", "sh");
        String[] words = {"agent", "-node", "m1", "-bind", "127.0.0.1:0", "-rpc-addr", "127.0.0.1:0"};
        try (MusterProgram program = MusterProgram.started(folder, background, Map.of(), words)) {
            await().untilAsserted(() -> assertThat(program.output())
                    .contains("signal HUP has no effect: it was ignored when this program was started")
                    .contains("signal INT has no effect: it was ignored when this program was started")
                    .doesNotContain("signal TERM has no effect"));
            program.signal("HUP");
            program.signal("INT");
            program.signal("TERM");
            assertThat(program.awaitEnd()).isZero();
            assertThat(program.output()).contains("Caught signal: TERM").doesNotContain("Caught signal: HUP", ": INT");
        }
    }
}
