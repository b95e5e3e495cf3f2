package muster.gossip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import org.junit.jupiter.api.Test;

class SmallPartsTest {
    private final World world = new World(Settings.of("me", Subject.address(1), Subject.tags()), new Random(7), 0);

    private static Row row(int number) {
        return new Row("p" + number, Subject.address(number), Bytes.EMPTY, Subject.VERSIONS, 0);
    }

    @Test
    void a_rotation_gives_each_member_once_per_round() {
        var rotation = new Rotation(new Random(1), 0, () -> {});
        for (int i = 0; i < 20; i++) {
            rotation.add(row(i));
        }
        for (int round = 0; round < 5; round++) {
            var seen = new HashSet<String>();
            for (int i = 0; i < 20; i++) {
                seen.add(rotation.next(row -> true).name);
            }
            assertThat(seen).hasSize(20);
        }
    }

    @Test
    void a_rotation_finds_the_only_wanted_member_wherever_it_is() {
        for (int seed = 0; seed < 50; seed++) {
            var rotation = new Rotation(new Random(seed), 0, () -> {});
            for (int i = 0; i < 7; i++) {
                rotation.add(row(i));
            }
            for (int i = 0; i < seed % 7; i++) {
                rotation.next(row -> true);
            }
            assertThat(rotation.next(row -> row.name.equals("p3")))
                    .as("seed " + seed)
                    .isNotNull();
            assertThat(rotation.some(3, row -> row.name.equals("p3"))).hasSize(1);
            assertThat(rotation.next(row -> false)).isNull();
        }
    }

    @Test
    void a_small_rotation_that_keeps_its_order_meets_everyone_in_any_run_of_choices() {
        var rotation = new Rotation(new Random(5), 8, () -> {});
        for (int i = 0; i < 5; i++) {
            rotation.add(row(i));
        }
        rotation.next(row -> true);
        rotation.next(row -> true);
        var seen = new HashSet<String>();
        for (int i = 0; i < 5; i++) {
            seen.add(rotation.next(row -> true).name);
        }
        assertThat(seen).hasSize(5);
    }

    @Test
    void taking_members_out_of_a_rotation_skips_nobody() {
        var rotation = new Rotation(new Random(3), 0, () -> {});
        for (int i = 0; i < 10; i++) {
            rotation.add(row(i));
        }
        var seen = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            seen.add(rotation.next(row -> true).name);
        }
        rotation.remove(row -> row.name.equals(seen.get(0)) || row.name.equals(seen.get(1)));
        for (int i = 0; i < 5; i++) {
            seen.add(rotation.next(row -> true).name);
        }
        assertThat(seen).doesNotHaveDuplicates().hasSize(10);
    }

    @Test
    void an_agenda_keeps_time_and_then_the_order_of_planning() {
        var agenda = new Agenda();
        List<String> done = new ArrayList<>();
        agenda.at(20, () -> done.add("later"));
        agenda.at(10, () -> done.add("first"));
        Agenda.Entry cancelled = agenda.at(5, () -> done.add("never"));
        agenda.at(10, () -> done.add("second"));
        cancelled.cancel();
        assertThat(agenda.next()).isEqualTo(10);
        agenda.run(15);
        assertThat(done).containsExactly("first", "second");
        agenda.run(20);
        assertThat(done).containsExactly("first", "second", "later");
        assertThat(agenda.next()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void a_lamport_clock_passes_what_it_hears_and_never_falls() {
        var clock = new LamportClock(world);
        assertThat(clock.time()).isEqualTo(1);
        assertThat(clock.stamp()).isEqualTo(1);
        clock.witness(41);
        assertThat(clock.time()).isEqualTo(42);
        clock.witness(7);
        assertThat(clock.time()).isEqualTo(42);
    }

    @Test
    void a_lamport_clock_does_not_believe_in_the_end_of_time() {
        var clock = new LamportClock(world);
        assertThat(clock.witness(Long.MAX_VALUE)).isFalse();
        assertThat(clock.witness(-1)).isFalse();
        assertThat(clock.time()).isEqualTo(1);
        assertThat(world.counters().of(Counter.LAMPORT_TIME_REFUSED)).isEqualTo(2);
    }

    @Test
    void a_lamport_clock_pushed_to_its_end_stays_there_and_its_stamps_are_still_accepted() {
        var clock = new LamportClock(world);
        assertThat(clock.witness(LamportClock.TIME_MAX)).isTrue();
        assertThat(clock.stamp()).isEqualTo(LamportClock.TIME_MAX);
        assertThat(clock.witness(clock.stamp())).isTrue();
        assertThat(clock.time()).isEqualTo(LamportClock.TIME_MAX);
    }

    @Test
    void local_health_stays_between_zero_and_seven() {
        var awareness = new Awareness(_ -> {});
        awareness.add(-1);
        assertThat(awareness.score()).isZero();
        assertThat(awareness.scale(500)).isEqualTo(500);
        awareness.add(2);
        assertThat(awareness.scale(500)).isEqualTo(1500);
        awareness.add(100);
        assertThat(awareness.score()).isEqualTo(7);
    }

    @Test
    void each_thing_is_new_once_within_512_times() {
        var forgotten = new AtomicInteger();
        var recent = new Recent<String>(String::length, forgotten::incrementAndGet);
        assertThat(recent.see(5, "a", 6)).isEqualTo(Recent.Verdict.NEW);
        assertThat(recent.see(5, "a", 6)).isEqualTo(Recent.Verdict.SEEN);
        assertThat(recent.see(5, "b", 6)).isEqualTo(Recent.Verdict.NEW);
        assertThat(recent.see(517, "a", 518)).isEqualTo(Recent.Verdict.NEW);
        assertThat(recent.see(5, "a", 518)).as("overwritten").isEqualTo(Recent.Verdict.TOO_OLD);
        assertThat(recent.see(6, "c", 1000)).isEqualTo(Recent.Verdict.TOO_OLD);
        assertThat(recent.size()).isEqualTo(1);
        assertThat(forgotten.get()).as("all too old by itself").isZero();
    }

    @Test
    void of_too_many_bytes_the_oldest_are_forgotten_and_not_taken_for_new_ones_later() {
        int half = Recent.BYTES_MAX / 2;
        var forgotten = new AtomicInteger();
        var recent = new Recent<String>(_ -> half - 100, forgotten::incrementAndGet);
        assertThat(recent.see(5, "a", 6)).isEqualTo(Recent.Verdict.NEW);
        assertThat(recent.see(7, "b", 8)).isEqualTo(Recent.Verdict.NEW);
        assertThat(recent.see(6, "c", 8)).isEqualTo(Recent.Verdict.NEW);
        assertThat(forgotten.get()).isEqualTo(1);
        assertThat(recent.see(5, "a", 8)).isEqualTo(Recent.Verdict.TOO_OLD);
        assertThat(recent.see(6, "c", 8)).isEqualTo(Recent.Verdict.SEEN);
        assertThat(recent.see(6, "d", 8)).as("itself of the oldest time").isEqualTo(Recent.Verdict.TOO_OLD);
        assertThat(recent.see(7, "b", 8)).isEqualTo(Recent.Verdict.SEEN);
        assertThat(recent.size()).isEqualTo(1);
        assertThat(forgotten.get()).isEqualTo(2);
    }

    @Test
    void one_time_holds_a_limited_number_of_things() {
        var recent = new Recent<Integer>(_ -> 1, () -> {});
        for (int i = 0; i < Recent.AT_ONE_TIME_MAX; i++) {
            recent.see(1, i, 2);
        }
        assertThat(recent.see(1, -1, 2)).isEqualTo(Recent.Verdict.TOO_MANY);
    }

    @Test
    void coordinates_come_to_predict_round_trips() {
        var random = new Random(11);
        var here = new Vivaldi(random);
        var there = new Vivaldi(random);
        var toThere = new RecentTrips();
        var toHere = new RecentTrips();
        for (int i = 0; i < 500; i++) {
            here.measured(toThere, there.here(), 80_000_000);
            there.measured(toHere, here.here(), 80_000_000);
        }
        assertThat(Vivaldi.distance(here.here(), there.here())).isEqualTo(0.080, within(0.004));
    }

    @Test
    void impossible_round_trips_and_rogue_coordinates_do_not_break_a_coordinate() {
        var vivaldi = new Vivaldi(new Random(1));
        var trips = new RecentTrips();
        assertThat(vivaldi.measured(trips, vivaldi.here(), -1)).isFalse();
        assertThat(vivaldi.measured(trips, vivaldi.here(), 10_000_000_001L)).isFalse();
        double[] far = new double[Coordinate.DIMENSIONS];
        far[0] = 1e308;
        far[1] = 1e308;
        for (int i = 0; i < 50; i++) {
            vivaldi.measured(trips, new Coordinate(far, 0, 1e308, 1e308), 1);
        }
        assertThat(Double.isFinite(vivaldi.here().height())).isTrue();
    }

    @Test
    void the_median_of_three_trips_ignores_one_slow_one() {
        var trips = new RecentTrips();
        trips.medianWith(0.010);
        trips.medianWith(0.011);
        assertThat(trips.medianWith(5)).isEqualTo(0.011);
    }
}
