package muster.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "500ms, 500",
        "30s, 30000",
        "1m, 60000",
        "1m30s, 90000",
        "1.5h, 5400000",
        "2h45m0.5s, 9900500",
        "1000us, 1",
        ".5s, 500"
    })
    void durations_are_read_as_go_writes_them(String text, long millis) {
        assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "5 s", "-5s", "5sec", "1h1", "1..5s", "∞"})
    void anything_else_is_refused_with_an_example(String text) {
        assertThatThrownBy(() -> Durations.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("500ms, 30s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "250ms", "1s", "1.5s", "1m30s", "1h", "2h0m1s"})
    void what_is_printed_is_read_back_as_the_same(String text) {
        Duration duration = Durations.parse(text);
        assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
    }

    @Test
    void the_shortest_form_is_printed() {
        assertThat(Durations.format(Duration.ofSeconds(90))).isEqualTo("1m30s");
        assertThat(Durations.format(Duration.ofMillis(1_250))).isEqualTo("1.25s");
        assertThat(Durations.format(Duration.ZERO)).isEqualTo("0s");
    }
}
