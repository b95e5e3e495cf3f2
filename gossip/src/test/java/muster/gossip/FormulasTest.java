package muster.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormulasTest {
    private static final long SECOND = 1_000_000_000L;

    @ParameterizedTest
    @CsvSource({"3,0,0", "3,1,3", "3,99,6", "4,1,4", "4,9,4", "4,10,8", "4,99,8", "4,100,12", "4,1000,16", "2,5,2"})
    void a_broadcast_is_told_a_logarithmic_number_of_times(int multiplier, int members, int times) {
        assertThat(Formulas.retransmits(multiplier, members)).isEqualTo(times);
    }

    @ParameterizedTest
    @CsvSource({
        "3,5,3.0",
        "3,10,3.0",
        "3,50,5.094",
        "3,100,6.0",
        "3,500,8.094",
        "3,1000,9.0",
        "4,10,4.0",
        "4,10000,16.0"
    })
    void the_shortest_suspicion_grows_with_the_logarithm_of_the_members(int multiplier, int members, double seconds) {
        assertThat(Formulas.suspicionNanos(multiplier, members, SECOND) / 1e9).isEqualTo(seconds);
    }

    @ParameterizedTest
    @CsvSource({"0,0,30", "1,2,14", "2,3,4.81", "3,4,-2", "4,5,-3", "5,10,-8"})
    void each_confirmation_shortens_a_suspicion_logarithmically(int confirmations, long elapsed, double left) {
        long nanos = Formulas.suspicionLeftNanos(confirmations, 3, elapsed * SECOND, 2 * SECOND, 30 * SECOND);
        assertThat(nanos / 1e9).isEqualTo(left, within(1e-9));
    }

    @Test
    void one_of_two_confirmations_leaves_a_little_over_eleven_of_24_seconds() {
        assertThat(Formulas.suspicionLeftNanos(1, 2, 0, 4 * SECOND, 24 * SECOND) / 1e9)
                .isEqualTo(11.381);
    }

    @Test
    void a_suspicion_that_expects_no_confirmation_lasts_the_minimum() {
        assertThat(Formulas.suspicionLeftNanos(0, 0, SECOND, 4 * SECOND, 24 * SECOND))
                .isEqualTo(3 * SECOND);
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,1", "32,1", "33,2", "64,2", "65,3", "128,3", "129,4", "1000,6", "10000,10"})
    void full_state_is_exchanged_less_often_in_large_clusters(int members, int intervals) {
        assertThat(Formulas.pushPullNanos(30 * SECOND, members)).isEqualTo(intervals * 30 * SECOND);
    }
}
