package muster.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;

class BroadcastsTest {
    private final World world = new World(Settings.of("me", Subject.address(1), Subject.tags()), new Random(1), 0);
    private final Broadcasts queue = new Broadcasts("Event", world);

    private final List<String> logged = new ArrayList<>();

    BroadcastsTest() {
        at(0);
    }

    private void at(long nanos) {
        world.enter(nanos, effect -> {
            if (effect instanceof Effect.Notify(Notice.Logged line)) {
                logged.add(line.level() + " " + line.line());
            }
        });
    }

    private List<String> take(int budget, int limit) {
        List<String> taken = new ArrayList<>();
        queue.take(budget, 127, 2, limit, true, message -> taken.add(message.utf8()));
        return taken;
    }

    private void add(String message) {
        queue.add(Bytes.utf8(message), null, null);
    }

    @Test
    void the_least_told_come_first_then_the_longest_then_the_newest() {
        add("aa");
        add("old");
        assertThat(take(1000, 10)).containsExactly("old", "aa");
        add("b");
        add("new");
        add("now");
        assertThat(take(1000, 10)).containsExactly("now", "new", "b", "old", "aa");
    }

    @Test
    void a_message_is_told_as_often_as_the_limit_says() {
        add("news");
        assertThat(take(100, 3)).hasSize(1);
        assertThat(take(100, 3)).hasSize(1);
        assertThat(take(100, 3)).hasSize(1);
        assertThat(take(100, 3)).isEmpty();
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void riding_along_on_pings_counts_half() {
        add("news");
        for (int i = 0; i < 4; i++) {
            assertThat(queue.take(100, 127, 2, 2, false, message -> {})).isPositive();
        }
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void newer_news_of_the_same_subject_replaces_older() {
        List<String> finished = new ArrayList<>();
        queue.add(Bytes.utf8("alive 1"), "p2", () -> finished.add("alive 1"));
        queue.add(Bytes.utf8("dead 1"), "p2", () -> finished.add("dead 1"));
        queue.add(Bytes.utf8("alive 9"), "p3", null);
        assertThat(finished).containsExactly("alive 1");
        assertThat(take(1000, 1)).containsExactlyInAnyOrder("dead 1", "alive 9");
        assertThat(finished).containsExactly("alive 1", "dead 1");
    }

    @Test
    void what_does_not_fit_gives_way_to_the_longest_that_does() {
        add("0123456789");
        add("01234567");
        add("0123");
        add("01");
        assertThat(take(2 + 10 + 2 + 5, 10)).containsExactly("0123456789", "0123");
        assertThat(take(2 + 8, 10)).containsExactly("01234567");
        assertThat(take(3, 10)).isEmpty();
    }

    @Test
    void a_large_message_told_often_does_not_hide_small_ones_behind_it() {
        add("0123456789");
        take(100, 10);
        add("01234567890123456789");
        take(100, 10);
        add("abc");
        take(100, 10);
        assertThat(take(5, 10)).containsExactly("abc");
    }

    @Test
    void no_more_parts_are_taken_than_a_packet_holds() {
        for (int i = 0; i < 300; i++) {
            add("m" + i);
        }
        assertThat(take(100_000, 10)).hasSize(127);
    }

    @Test
    void above_its_limit_the_queue_drops_what_was_told_most_and_counts_it() {
        add("told often");
        take(100, 100);
        for (int i = 0; i < Broadcasts.WAITING_MAX; i++) {
            add("m" + i);
        }
        assertThat(queue.size()).isEqualTo(Broadcasts.WAITING_MAX);
        assertThat(world.counters().of(Counter.BROADCASTS_LIMITED)).isEqualTo(1);
        List<String> all = new ArrayList<>();
        queue.take(1 << 30, 1 << 30, 2, 1, true, message -> all.add(message.utf8()));
        assertThat(all).doesNotContain("told often").hasSize(Broadcasts.WAITING_MAX);
    }

    @Test
    void a_long_queue_is_named_in_the_log_and_not_again_within_half_a_minute() {
        for (int i = 0; i < 128; i++) {
            add("m" + i);
        }
        assertThat(logged).isEmpty();
        add("one more");
        add("and another");
        assertThat(logged).containsExactly("WARNING serf: Event queue depth: 129");
        at(29_999_999_999L);
        add("later");
        assertThat(logged).hasSize(1);
        at(30_000_000_000L);
        add("half a minute later");
        assertThat(logged)
                .containsExactly("WARNING serf: Event queue depth: 129", "WARNING serf: Event queue depth: 132");
    }
}
