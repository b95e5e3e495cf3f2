package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TextTest {

    @Test
    void durations_read_as_people_say_them() {
        assertThat(Text.duration(Duration.ofNanos(840_000))).isEqualTo("0.8 ms");
        assertThat(Text.duration(Duration.ofNanos(9_960_000))).isEqualTo("10 ms");
        assertThat(Text.duration(Duration.ofMillis(999))).isEqualTo("999 ms");
        assertThat(Text.duration(Duration.ofNanos(999_700_000))).isEqualTo("1.00 s");
        assertThat(Text.duration(Duration.ofMillis(5_321))).isEqualTo("5.32 s");
        assertThat(Text.duration(Duration.ofMillis(12_345))).isEqualTo("12.3 s");
    }

    @Test
    void counts_have_their_thousands_apart_and_their_nouns_in_number() {
        assertThat(Text.count(1_234_567)).isEqualTo("1,234,567");
        assertThat(Text.count(1, "request")).isEqualTo("1 request");
        assertThat(Text.count(0, "request")).isEqualTo("0 requests");
    }
}
