package muster.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OldWorkersTest {
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final long BEGIN = -5; // of a clock that may begin anywhere

    private final OldWorkers workers = new OldWorkers(LONGEST);

    private static long after(Duration time) {
        return BEGIN + time.toNanos();
    }

    /** As HAProxy 2.6 lists them: the time is that since their start. */
    private static List<Long> old(long... pids) throws IOException {
        var rows = new StringBuilder(
                "#<PID> <type> <reloads> <uptime> <version>\n1 master 1 [failed: 0] 2d00h00m09s 2.6.12\n"
                        + "# workers\n99 worker 0 0d00h00m01s 2.6.12\n# old workers\n");
        for (long pid : pids) {
            rows.append(pid).append(" worker 1 2d00h00m08s 2.6.12\n");
        }
        return Workers.parse(rows.toString()).old();
    }

    @Test
    void one_that_served_for_days_may_finish_what_it_has_when_it_is_replaced() throws Exception {
        assertThat(workers.overdue(old(7), BEGIN)).isEmpty();
        assertThat(workers.overdue(old(7), after(LONGEST))).isEmpty();
    }

    @Test
    void one_that_was_replaced_too_long_ago_is_to_end() throws Exception {
        workers.overdue(old(7), BEGIN);
        workers.overdue(old(8, 7), after(Duration.ofMinutes(9)));

        assertThat(workers.overdue(old(8, 7), after(Duration.ofMinutes(11))))
                .containsExactly(new OldWorkers.Replaced(7, 660));
    }

    @Test
    void of_too_many_the_oldest_are_to_end() throws Exception {
        assertThat(workers.overdue(old(19, 18, 17, 16, 15, 14, 13, 12), BEGIN)).isEmpty();
        assertThat(workers.overdue(old(20, 19, 18, 17, 16, 15, 14, 13, 12), BEGIN))
                .containsExactly(new OldWorkers.Replaced(12, 0));
    }

    @Test
    void a_number_that_ended_and_comes_again_is_another_worker() throws Exception {
        workers.overdue(old(7), BEGIN);
        workers.overdue(old(), after(Duration.ofMinutes(5)));

        assertThat(workers.overdue(old(7), after(Duration.ofMinutes(11)))).isEmpty();
    }
}
