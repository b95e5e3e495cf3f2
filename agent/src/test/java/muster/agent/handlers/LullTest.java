package muster.agent.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.agent.event.ClusterEvent;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;

/** Serf's coalescing, with a clock of the test's own. */
class LullTest {
    private static final long SECOND = 1_000_000_000L;

    private final Lull lull = new Lull(Duration.ofSeconds(1));

    private static ClusterEvent.Members members(String type, String... names) {
        SortedMap<String, String> none = new TreeMap<>();
        return new ClusterEvent.Members(
                type,
                List.of(names).stream()
                        .map(name -> new Member(
                                name,
                                new Address(Bytes.of(new byte[] {10, 0, 0, 1}), 7946),
                                none,
                                Member.Status.ALIVE,
                                false,
                                1,
                                1,
                                Bytes.EMPTY))
                        .toList());
    }

    private static ClusterEvent.User user(long time, String name, boolean coalesce) {
        return new ClusterEvent.User(time, name, Bytes.utf8("p" + time), coalesce);
    }

    @Test
    void what_is_held_waits_for_quiet_but_not_for_ever() {
        assertThat(lull.remainingNanos(0)).isEqualTo(Lull.NOTHING_HELD);
        assertThat(lull.hold(members("member-join", "a"), 0)).isTrue();
        assertThat(lull.remainingNanos(0)).isEqualTo(SECOND);
        assertThat(lull.hold(members("member-join", "b"), SECOND - 1)).isTrue();
        assertThat(lull.release(SECOND)).isEmpty();
        assertThat(lull.remainingNanos(SECOND)).isEqualTo(SECOND - 1);
        for (long now = SECOND; now < 3 * SECOND; now += SECOND / 2) {
            lull.hold(members("member-join", "c"), now);
        }
        assertThat(lull.remainingNanos(3 * SECOND - 1)).isEqualTo(1);
        assertThat(lull.release(3 * SECOND)).containsExactly(members("member-join", "a", "b", "c"));
        assertThat(lull.remainingNanos(3 * SECOND)).isEqualTo(Lull.NOTHING_HELD);
    }

    @Test
    void of_each_member_the_latest_is_told_and_nothing_that_was_told_before() {
        lull.hold(members("member-join", "a", "b"), 0);
        lull.hold(members("member-failed", "a"), 0);
        assertThat(lull.release(SECOND)).containsExactly(members("member-failed", "a"), members("member-join", "b"));
        lull.hold(members("member-join", "a"), SECOND);
        lull.hold(members("member-failed", "a"), SECOND);
        assertThat(lull.release(2 * SECOND)).isEmpty();
        lull.hold(members("member-update", "b"), 2 * SECOND);
        assertThat(lull.release(3 * SECOND)).hasSize(1);
        lull.hold(members("member-update", "b"), 3 * SECOND);
        assertThat(lull.release(4 * SECOND)).containsExactly(members("member-update", "b"));
    }

    @Test
    void of_user_events_that_may_be_folded_the_latest_of_each_name_is_told_the_rest_is_not_held() {
        assertThat(lull.hold(user(1, "n", false), 0)).isFalse();
        assertThat(lull.hold(user(2, "n", true), 0)).isTrue();
        lull.hold(user(4, "n", true), 0);
        lull.hold(user(3, "n", true), 0);
        lull.hold(user(4, "other", true), 0);
        ClusterEvent.User twin = new ClusterEvent.User(4, "n", Bytes.utf8("twin"), true);
        lull.hold(twin, 0);
        assertThat(lull.release(SECOND)).containsExactly(user(4, "n", true), twin, user(4, "other", true));
    }

    @Test
    void at_the_end_all_of_it_is_told_at_once() {
        lull.hold(members("member-leave", "a"), Long.MAX_VALUE - 5);
        assertThat(lull.release()).containsExactly(members("member-leave", "a"));
        assertThat(lull.size()).isZero();
    }
}
