package muster.templating.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long MILLI = 1_000_000;
    private static final Duration QUIET = Duration.ofMillis(500);

    @Test
    void the_first_change_is_due_at_once_and_nothing_is_due_without_one() {
        var pace = new Pace(QUIET, Duration.ZERO);

        assertThat(pace.dueInNanos(0)).isEqualTo(Long.MAX_VALUE);
        pace.changed();
        assertThat(pace.dueInNanos(7)).isZero();
        pace.begun();
        pace.ended(7, false);
        assertThat(pace.dueInNanos(8)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void a_thousand_changes_in_a_second_give_at_most_three_renderings_and_the_last_change_is_in_one() {
        for (long seed = 1; seed <= 200; seed++) {
            var random = new Random(seed);
            var pace = new Pace(QUIET, Duration.ZERO);
            long now = random.nextLong(); // also around the point where nanoTime turns over
            long takesNanos = random.nextInt(100) * MILLI;
            int renderings = 0;
            boolean seen = false;
            for (int i = 0; i < 1_000; i++, now += MILLI) {
                pace.changed();
                seen = false;
                if (pace.dueInNanos(now) == 0) {
                    renderings++;
                    pace.begun();
                    seen = true;
                    pace.ended(now + takesNanos, false);
                }
            }
            while (pace.dueInNanos(now) != Long.MAX_VALUE) {
                now += pace.dueInNanos(now);
                renderings++;
                pace.begun();
                seen = true;
                pace.ended(now, false);
            }
            assertThat(renderings).as("seed=%d", seed).isBetween(2, 3);
            assertThat(seen).as("seed=%d", seed).isTrue();
        }
    }

    @Test
    void a_change_during_a_rendering_is_due_after_the_quiet_period() {
        var pace = new Pace(QUIET, Duration.ZERO);
        pace.changed();
        pace.begun();
        pace.changed();
        pace.ended(10 * MILLI, false);

        assertThat(pace.dueInNanos(10 * MILLI)).isEqualTo(500 * MILLI);
        assertThat(pace.dueInNanos(510 * MILLI)).isZero();
    }

    @Test
    void a_failure_is_tried_again_in_growing_steps_and_a_change_does_not_wait_for_them() {
        var pace = new Pace(QUIET, Duration.ZERO);
        pace.changed();
        long now = 0;
        long[] steps = {1, 2, 4, 8, 16, 32, 60, 60};
        for (long seconds : steps) {
            pace.begun();
            pace.ended(now, true);
            assertThat(pace.dueInNanos(now)).isEqualTo(seconds * 1_000 * MILLI);
            now += pace.dueInNanos(now);
        }
        pace.begun();
        pace.ended(now, true);
        pace.changed();
        assertThat(pace.dueInNanos(now)).isEqualTo(QUIET.toNanos());
        pace.begun();
        pace.ended(now, false);
        assertThat(pace.dueInNanos(now)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void a_file_is_not_replaced_by_one_without_backends_before_the_time() {
        var pace = new Pace(QUIET, Duration.ofSeconds(10));
        pace.changed();
        pace.begun();
        assertThat(pace.emptyLongEnough(0)).isFalse();
        assertThat(pace.dueInNanos(4_000 * MILLI)).isEqualTo(6_000 * MILLI);
        assertThat(pace.dueInNanos(11_000 * MILLI)).isZero();
        pace.begun();
        assertThat(pace.emptyLongEnough(11_000 * MILLI)).isTrue();
        pace.ended(11_000 * MILLI, false);
        assertThat(pace.dueInNanos(20_000 * MILLI)).isEqualTo(Long.MAX_VALUE);

        pace.notEmpty();
        assertThat(pace.emptyLongEnough(30_000 * MILLI)).isFalse();
        pace.notEmpty();
        assertThat(pace.dueInNanos(50_000 * MILLI)).isEqualTo(Long.MAX_VALUE);
    }
}
