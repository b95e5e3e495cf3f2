package muster.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SuspicionTest {
    private static final long SECOND = 1_000_000_000L;

    private final Suspicion suspicion = new Suspicion("accuser", 3, 0, 2 * SECOND, 30 * SECOND);

    @Test
    void lasts_the_maximum_while_nobody_confirms_it() {
        assertThat(suspicion.endNanos(SECOND)).isEqualTo(30 * SECOND);
    }

    @Test
    void ends_earlier_with_each_new_accuser() {
        assertThat(suspicion.confirmedBy("a")).isTrue();
        assertThat(suspicion.endNanos(2 * SECOND)).isEqualTo(16 * SECOND);
        assertThat(suspicion.confirmedBy("b")).isTrue();
        assertThat(suspicion.endNanos(3 * SECOND)).isEqualTo(7_810_000_000L);
        assertThat(suspicion.confirmedBy("c")).isTrue();
        assertThat(suspicion.endNanos(4 * SECOND)).as("at once").isEqualTo(4 * SECOND);
    }

    @Test
    void the_same_accuser_counts_once_and_the_first_one_not_at_all() {
        assertThat(suspicion.confirmedBy("accuser")).isFalse();
        assertThat(suspicion.confirmedBy("a")).isTrue();
        assertThat(suspicion.confirmedBy("a")).isFalse();
        assertThat(suspicion.confirmations()).isEqualTo(1);
    }

    @Test
    void more_accusers_than_wanted_are_no_news() {
        suspicion.confirmedBy("a");
        suspicion.confirmedBy("b");
        suspicion.confirmedBy("c");
        assertThat(suspicion.confirmedBy("d")).isFalse();
    }

    @Test
    void time_that_we_stood_still_is_given_to_the_suspect() {
        suspicion.forgive(10 * SECOND);
        assertThat(suspicion.endNanos(20 * SECOND)).isEqualTo(40 * SECOND);
    }
}
