package muster.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Stopping;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StopBudgetTest {
    @ParameterizedTest
    @CsvSource({"9000, false, 9000, 300", "9000, true, 7500, 300", "1000, true, 800, 50", "600000, true, 598500, 300"})
    void of_the_whole_a_member_keeps_a_part_for_its_leave_and_some_is_kept_for_the_rest(
            long wholeMillis, boolean member, long forServicesMillis, long forTheRestMillis) {
        var budget = StopBudget.of(Duration.ofMillis(wholeMillis), member);

        assertThat(budget.forServices()).isEqualTo(Duration.ofMillis(forServicesMillis));
        assertThat(budget.forTheRest()).isEqualTo(Duration.ofMillis(forTheRestMillis));
    }

    @ParameterizedTest
    @CsvSource({"10, 10, 26", "60, 10, 90", "600, 3, 900", "0, 600, 606"})
    void nobody_who_was_told_none_is_cut_short(long drainSeconds, long stopSeconds, long forServicesSeconds) {
        var service = ServiceSpec.of("web", List.of("true"))
                .with(Stopping.DEFAULTS
                        .withTimeout(Duration.ofSeconds(stopSeconds))
                        .withDrain(Duration.ZERO, Duration.ofSeconds(drainSeconds), List.of()));
        var budget = StopBudget.forAll(List.of(new Plan(service, "", List.of())), true);

        assertThat(budget.forServices()).isEqualTo(Duration.ofSeconds(forServicesSeconds));
        assertThat(budget.whole()).isGreaterThan(budget.forServices());
        assertThat(budget.forServices().dividedBy(3).multipliedBy(2))
                .as("until the stop signal")
                .isGreaterThanOrEqualTo(Duration.ofSeconds(drainSeconds));
    }
}
