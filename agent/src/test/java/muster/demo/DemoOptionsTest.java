package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class DemoOptionsTest {

    @Test
    void without_words_it_is_a_minute_at_200_a_second() {
        assertThat(DemoOptions.parse(List.of())).isEqualTo(new DemoOptions(false, false, 60, 200, false));
    }

    @Test
    void one_dash_or_two_equals_sign_or_space() {
        assertThat(DemoOptions.parse(List.of("-keep", "--plain=true", "--seconds", "90", "-rate=50")))
                .isEqualTo(new DemoOptions(true, true, 90, 50, false));
        assertThat(DemoOptions.parse(List.of("--keep=false", "-h")).help()).isTrue();
    }

    @Test
    void what_cannot_be_is_refused_with_the_remedy() {
        assertRefused("--seconds must be from 30 to 3600, not 5", "--seconds", "5");
        assertRefused("--seconds needs a number from 30 to 3600", "--seconds");
        assertRefused("--rate needs a number from 1 to 5000", "--rate=fast");
        assertRefused("--keep takes true or false, not 'yes'", "--keep=yes");
        assertRefused("unknown option '--fast'", "--fast");
        assertRefused("unknown option '--secnds'; there are --keep, --plain, --seconds and --rate", "--secnds=90");
        assertRefused("unknown option 'now'", "now");
    }

    private static void assertRefused(String message, String... arguments) {
        assertThatThrownBy(() -> DemoOptions.parse(List.of(arguments)))
                .isInstanceOf(DemoRefused.class)
                .hasMessageContaining(message);
    }
}
