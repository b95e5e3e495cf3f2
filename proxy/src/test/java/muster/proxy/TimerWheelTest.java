package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TimerWheelTest {
    private static final long TICK = TimerWheel.TICK_NANOS;

    private final List<String> fired = new ArrayList<>();
    private final TimerWheel wheel = new TimerWheel(0, fault -> fired.add(String.valueOf(fault.getMessage())));

    private TimerWheel.Timer timer(String name) {
        return new TimerWheel.Timer(() -> fired.add(name));
    }

    @Test
    void a_timer_fires_once_and_not_before_its_time() {
        wheel.set(timer("a"), 0, 5 * TICK);
        wheel.advance(5 * TICK);
        assertThat(fired).isEmpty();
        wheel.advance(7 * TICK);
        wheel.advance(100 * TICK);
        assertThat(fired).containsExactly("a");
        assertThat(wheel.isEmpty()).isTrue();
    }

    @Test
    void a_deadline_can_be_put_off_and_brought_forward() {
        TimerWheel.Timer timer = timer("a");
        wheel.set(timer, 0, 5 * TICK);
        wheel.set(timer, 3 * TICK, 20 * TICK);
        wheel.advance(20 * TICK);
        assertThat(fired).isEmpty();
        wheel.set(timer, 20 * TICK, 1 * TICK);
        wheel.advance(22 * TICK);
        assertThat(fired).containsExactly("a");
    }

    @Test
    void a_cleared_timer_does_not_fire_and_a_removed_one_is_forgotten() {
        TimerWheel.Timer cleared = timer("a");
        TimerWheel.Timer removed = timer("b");
        wheel.set(cleared, 0, TICK);
        wheel.set(removed, 0, TICK);
        wheel.clear(cleared);
        wheel.remove(removed);
        assertThat(wheel.isEmpty()).isFalse();
        wheel.advance(10 * TICK);
        assertThat(fired).isEmpty();
        assertThat(wheel.isEmpty()).isTrue();
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void the_action_of_the_only_timer_may_set_it_anew_while_the_wheel_is_late() {
        var again = new TimerWheel.Timer[1];
        again[0] = new TimerWheel.Timer(() -> {
            fired.add("a");
            if (fired.size() == 1) wheel.set(again[0], 4 * TICK, 600 * TICK);
        });
        wheel.set(again[0], 0, 0);
        wheel.advance(4 * TICK);
        wheel.advance(603 * TICK);
        assertThat(fired).containsExactly("a");
        wheel.advance(606 * TICK);
        assertThat(fired).containsExactly("a", "a");
    }

    @Test
    void an_action_that_fails_is_told_and_the_others_run() {
        wheel.set(timer("a"), 0, TICK);
        wheel.set(
                new TimerWheel.Timer(() -> {
                    throw new OutOfMemoryError("full");
                }),
                0,
                TICK);
        wheel.set(timer("b"), 0, 2 * TICK);
        wheel.advance(5 * TICK);
        assertThat(fired).containsExactlyInAnyOrder("a", "full", "b");
    }

    @Test
    void a_deadline_beyond_all_slots_is_kept_too() {
        wheel.set(timer("a"), 0, 10_000 * TICK);
        for (long tick = 0; tick <= 9_999; tick += 7) wheel.advance(tick * TICK);
        assertThat(fired).isEmpty();
        wheel.advance(10_002 * TICK);
        assertThat(fired).containsExactly("a");
    }

    @Test
    void an_action_may_set_its_own_timer_and_remove_others() {
        TimerWheel.Timer other = timer("other");
        List<TimerWheel.Timer> self = new ArrayList<>();
        self.add(new TimerWheel.Timer(() -> {
            fired.add("self");
            wheel.remove(other);
            if (fired.size() < 3) wheel.set(self.getFirst(), fired.size() * 2 * TICK, TICK);
        }));
        wheel.set(other, 0, TICK);
        wheel.set(self.getFirst(), 0, TICK);
        for (int tick = 0; tick < 50; tick++) wheel.advance(tick * TICK);
        assertThat(fired).containsExactly("self", "self", "self");
    }

    @Test
    void ten_thousand_timers_fire_within_two_ticks_of_their_deadlines() {
        long seed = 42;
        var random = new SplittableRandom(seed);
        long[] deadline = new long[10_000];
        long[] firedAt = new long[deadline.length];
        long[] now = {0};
        var timers = new ArrayList<TimerWheel.Timer>();
        for (int i = 0; i < deadline.length; i++) {
            int n = i;
            timers.add(new TimerWheel.Timer(() -> firedAt[n] = now[0]));
            deadline[i] = random.nextLong(2_000 * TICK);
            wheel.set(timers.get(i), 0, deadline[i]);
        }
        while (now[0] < 2_100 * TICK) {
            now[0] += random.nextLong(TICK);
            // Some change their minds on the way.
            int n = random.nextInt(deadline.length);
            if (firedAt[n] == 0) {
                long delay = random.nextLong(500 * TICK);
                deadline[n] = now[0] + delay;
                wheel.set(timers.get(n), now[0], delay);
            }
            wheel.advance(now[0]);
        }
        now[0] = 4_000 * TICK;
        wheel.advance(now[0]);
        for (int i = 0; i < deadline.length; i++) {
            assertThat(firedAt[i]).as("seed %d timer %d", seed, i).isGreaterThanOrEqualTo(deadline[i]);
            if (deadline[i] < 2_000 * TICK) assertThat(firedAt[i] - deadline[i]).isLessThanOrEqualTo(3 * TICK);
        }
    }
}
