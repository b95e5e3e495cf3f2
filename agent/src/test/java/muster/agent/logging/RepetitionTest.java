package muster.agent.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RepetitionTest {
    private static final String LINE = "memberlist: failed to receive: CRC_MISMATCH from=10.0.0.";

    private final Repetition repetition = new Repetition();

    private long admitted(String text, int times, long nowNanos) {
        return IntStream.range(0, times)
                .filter(n -> repetition.admits(text + n, nowNanos))
                .count();
    }

    @Test
    void the_first_lines_of_a_kind_pass_and_the_others_are_told_as_a_number_when_the_window_is_over() {
        assertThat(admitted(LINE, 1_000, 0)).isEqualTo(Repetition.LINES_MAX);
        assertThat(repetition.ended(Repetition.WINDOW_NANOS - 1)).isEmpty();
        assertThat(repetition.nanosToNextEnd(1)).isEqualTo(Repetition.WINDOW_NANOS - 1);
        assertThat(repetition.ended(Repetition.WINDOW_NANOS))
                .containsExactly("980 more lines were left out in 10 s that begin: memberlist: failed to receive: C");
        assertThat(admitted(LINE, 1_000, Repetition.WINDOW_NANOS)).isEqualTo(Repetition.LINES_MAX);
    }

    @Test
    void another_kind_is_not_hidden_by_a_flood() {
        admitted(LINE, 1_000, 0);
        assertThat(repetition.admits("agent: this node takes no part in the cluster any more", 1))
                .isTrue();
    }

    @Test
    void a_few_lines_leave_nothing_to_tell() {
        admitted(LINE, Repetition.LINES_MAX, 0);
        assertThat(repetition.nanosToNextEnd(1)).isEqualTo(Long.MAX_VALUE);
        assertThat(repetition.ended(Repetition.WINDOW_NANOS)).isEmpty();
    }

    @Test
    void who_invents_kinds_fills_no_memory() {
        long admitted = IntStream.range(0, 100_000)
                .filter(n -> repetition.admits("kind " + n + " " + LINE, 0))
                .count();
        assertThat(admitted).isLessThan(1_000);
        assertThat(repetition.ended(Repetition.WINDOW_NANOS)).hasSize(1);
    }
}
