package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryBudgetTest {
    private static final long SECOND = 1_000_000_000L;

    private static int retries(RetryBudget budget, long now, int inFlight) {
        int taken = 0;
        while (budget.takeRetry(now, inFlight) && taken < 1_000_000) taken++;
        return taken;
    }

    @Test
    void a_quiet_proxy_has_a_floor() {
        assertThat(retries(new RetryBudget(20), 5 * SECOND, 0)).isEqualTo(100);
    }

    @Test
    void a_busy_one_has_its_share_of_the_last_ten_seconds() {
        var budget = new RetryBudget(20);
        for (int i = 0; i < 10_000; i++) budget.request(i * SECOND / 1_000);
        assertThat(retries(budget, 10 * SECOND - 1, 0)).isEqualTo(2_100);
        assertThat(budget.takeRetry(10 * SECOND - 1, 0)).isFalse();
    }

    @Test
    void everything_in_flight_can_be_moved_once_however_slow_the_requests() {
        var budget = new RetryBudget(20);
        for (int i = 0; i < 3_000; i++) budget.request(0);
        // A minute later, the three thousand long polls are still there, and a third of their backends dies.
        assertThat(retries(budget, 60 * SECOND, 3_000)).isGreaterThanOrEqualTo(3_000);
    }

    @Test
    void what_was_taken_comes_back_after_ten_seconds() {
        var budget = new RetryBudget(20);
        assertThat(retries(budget, 0, 0)).isEqualTo(100);
        assertThat(budget.takeRetry(9 * SECOND, 0)).isFalse();
        assertThat(budget.takeRetry(10 * SECOND, 0)).isTrue();
    }

    @Test
    void a_clock_that_starts_below_zero_is_no_trouble() {
        var budget = new RetryBudget(20);
        for (long now = -15 * SECOND; now < 15 * SECOND; now += SECOND / 2) budget.request(now);
        assertThat(retries(budget, 15 * SECOND, 0)).isEqualTo(100 + 19 / 5);
    }
}
