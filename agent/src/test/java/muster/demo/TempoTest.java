package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TempoTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void a_rate_is_what_grew_over_the_window() {
        Tempo tempo = new Tempo(SECOND);
        long total = 0;
        for (int i = 0; i <= 20; i++) {
            total += i < 10 ? 20 : 40;
            Map<String, Long> rates = tempo.perSecond(i * SECOND / 5, Map.of("a", total));
            if (i == 9) {
                assertThat(rates).containsEntry("a", 100L);
            }
            if (i == 20) {
                assertThat(rates).containsEntry("a", 200L);
            }
        }
    }

    @Test
    void the_first_reading_and_a_newcomer_have_a_rate_too() {
        Tempo tempo = new Tempo(SECOND);
        assertThat(tempo.perSecond(0, Map.of("a", 50L))).containsEntry("a", 0L);
        assertThat(tempo.perSecond(SECOND / 2, Map.of("a", 100L, "b", 5L)))
                .containsEntry("a", 100L)
                .containsEntry("b", 10L);
    }
}
