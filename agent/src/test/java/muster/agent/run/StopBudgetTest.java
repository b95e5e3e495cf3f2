package muster.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import muster.supervisor.Finish;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Stopping;
import org.junit.jupiter.api.Test;
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

    /** By when {@code ServiceSet} ends a drain, and the wait for a turn: it keeps a second for KILL, and of the rest a third. */
    @ParameterizedTest
    @CsvSource({"10, 10, 5", "60, 10, 5", "600, 3, 5", "0, 600, 5", "0, 10, 3600"})
    void of_those_who_were_told_none_nobody_is_cut_short_though_they_end_one_after_the_other(
            long drainSeconds, long stopSeconds, long finishSeconds) {
        var stopping = Stopping.DEFAULTS.withTimeout(Duration.ofSeconds(stopSeconds));
        var db = ServiceSpec.of("db", List.of("true"))
                .with(stopping)
                .with(Finish.by(List.of("true")).withTimeout(Duration.ofSeconds(finishSeconds)));
        var web = ServiceSpec.of("web", List.of("true"))
                .with(stopping.withDrain(Duration.ZERO, Duration.ofSeconds(drainSeconds), List.of()));
        List<Plan> plans = List.of(new Plan(db, "", List.of()), new Plan(web, "", List.of()));
        Duration services = StopBudget.forAll(plans, true).forServices();

        Duration stopNow = services.minusSeconds(1).multipliedBy(2).dividedBy(3);
        assertThat(stopNow).isEqualTo(Duration.ofSeconds(drainSeconds + 2 * stopSeconds + finishSeconds + 5));
        assertThat(StopBudget.forAll(plans, true).whole()).isGreaterThan(services);
    }

    @Test
    void what_may_take_for_ever_has_a_day() {
        var deaf = ServiceSpec.of("deaf", List.of("true")).with(Stopping.DEFAULTS.withTimeout(Stopping.NEVER));
        var slow = ServiceSpec.of("slow", List.of("true"))
                .with(Finish.by(List.of("true")).withTimeout(Duration.ZERO));

        for (ServiceSpec service : List.of(deaf, slow)) {
            assertThat(StopBudget.forAll(List.of(new Plan(service, "", List.of())), false))
                    .isEqualTo(new StopBudget(Duration.ofDays(1), Duration.ofDays(1)));
        }
    }
}
