package muster.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentReaderTest {
    @Test
    void what_the_launcher_set_for_our_jvm_is_not_handed_on() {
        assertThat(EnvironmentReader.asGiven(Map.of(
                        "A", "b", "_JAVA_SR_SIGNUM", "62", "LC_ALL", "C.UTF-8", "_MUSTER_LC_ALL", "=de_DE@euro")))
                .isEqualTo(Map.of("A", "b", "LC_ALL", "de_DE@euro"));
        assertThat(EnvironmentReader.asGiven(Map.of("LC_ALL", "C.UTF-8", "_MUSTER_LC_ALL", "=")))
                .isEqualTo(Map.of("LC_ALL", ""));
        assertThat(EnvironmentReader.asGiven(Map.of("LC_ALL", "C.UTF-8", "_MUSTER_LC_ALL", "")))
                .isEmpty();
    }

    @Test
    void the_variable_of_every_setting_is_heeded() {
        for (Setting<?> setting : Schema.ALL) {
            for (String text : List.of("x", "/x", "http://x")) {
                assertThat(EnvironmentReader.read(Map.of(setting.variable(), text), Schema.ALL))
                        .as(setting.variable())
                        .contains(new Given(setting, text, "environment variable " + setting.variable()));
            }
        }
    }

    @Test
    void without_the_launcher_the_locale_is_handed_on() {
        assertThat(EnvironmentReader.asGiven(Map.of("LC_ALL", "C.UTF-8"))).isEqualTo(Map.of("LC_ALL", "C.UTF-8"));
    }
}
