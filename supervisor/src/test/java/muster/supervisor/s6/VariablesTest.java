package muster.supervisor.s6;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VariablesTest {
    @Test
    void without_any_it_is_as_s6_overlay_has_it() {
        Variables usual = Variables.of(Map.of());

        assertThat(usual.ifBootFails()).isEqualTo(Variables.IfBootFails.IGNORE);
        assertThat(usual.finishTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(usual.servicesGrace()).isEqualTo(Duration.ofSeconds(3));
        assertThat(usual.killGrace()).isEqualTo(Duration.ofSeconds(3));
        assertThat(usual.waitForServicesMax()).isEqualTo(Duration.ofSeconds(5));
        assertThat(usual.keepEnvironment() || usual.fixHidden() || usual.waitForServices() || usual.syncDisks())
                .isFalse();
        assertThat(usual.logEverything()).isZero();
        assertThat(usual.commandBefore()).isEmpty();
        assertThat(usual.profile()).isEmpty();
        assertThat(usual.warnings()).isEmpty();
    }

    @Test
    void what_is_set_counts() {
        Variables set = Variables.of(Map.of(
                "S6_BEHAVIOUR_IF_STAGE2_FAILS", "2",
                "S6_KILL_GRACETIME", "0",
                "S6_KEEP_ENV", "1",
                "S6_CMD_ARG0", "/usr/bin/entry  -v",
                "S6_RUNTIME_PROFILE", "debug"));

        assertThat(set.ifBootFails()).isEqualTo(Variables.IfBootFails.STOP);
        assertThat(set.killGrace()).isZero();
        assertThat(set.keepEnvironment()).isTrue();
        assertThat(set.commandBefore()).containsExactly("/usr/bin/entry", "-v");
        assertThat(set.profile()).isEqualTo("debug");
    }

    @Test
    void a_bad_value_is_said_and_the_default_holds() {
        Variables bad = Variables.of(Map.of(
                "S6_KILL_GRACETIME", "3s", "S6_BEHAVIOUR_IF_STAGE2_FAILS", "3", "S6_RUNTIME_PROFILE", "../../tmp"));

        assertThat(bad.killGrace()).isEqualTo(Duration.ofSeconds(3));
        assertThat(bad.ifBootFails()).isEqualTo(Variables.IfBootFails.IGNORE);
        assertThat(bad.profile()).isEmpty();
        assertThat(bad.warnings())
                .hasSize(3)
                .anyMatch(warning -> warning.contains("S6_KILL_GRACETIME=3s is not a number of milliseconds"))
                .anyMatch(warning -> warning.contains("S6_BEHAVIOUR_IF_STAGE2_FAILS=3 is not a number from 0 to 2"))
                .anyMatch(warning -> warning.contains("../../tmp"));
    }
}
