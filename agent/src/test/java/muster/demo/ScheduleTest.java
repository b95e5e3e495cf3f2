package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {

    @Test
    void two_hundred_a_second_are_five_milliseconds_apart() {
        Schedule schedule = new Schedule(1_000, 200);
        assertThat(schedule.intendedNanos(0)).isEqualTo(1_000);
        assertThat(schedule.intendedNanos(1)).isEqualTo(5_001_000);
        assertThat(schedule.intendedNanos(200)).isEqualTo(1_000_001_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 200, 5_000})
    void exactly_the_requests_whose_time_has_come_are_due(int perSecond) {
        Schedule schedule = new Schedule(-77, perSecond);
        for (long n = 0; n < 3L * perSecond; n++) {
            assertThat(schedule.dueBy(schedule.intendedNanos(n) + 1)).isEqualTo(n + 1);
            assertThat(schedule.dueBy(schedule.intendedNanos(n) - 1)).isEqualTo(n);
        }
    }

    @Test
    void a_year_of_the_highest_rate_does_not_overflow() {
        Schedule schedule = new Schedule(0, DemoOptions.RATE_MAX);
        long year = 365L * 24 * 3_600;
        assertThat(schedule.intendedNanos(year * DemoOptions.RATE_MAX)).isEqualTo(year * 1_000_000_000L);
        assertThat(schedule.dueBy(year * 1_000_000_000L)).isEqualTo(year * DemoOptions.RATE_MAX + 1);
    }
}
