package muster.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
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
}
