package muster.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import muster.agent.logging.Log;
import muster.agent.logging.LogLine;
import muster.supervisor.ExitStatus;
import muster.supervisor.ServiceSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JournalTest {
    private static final ServiceSpec WEB = ServiceSpec.of("web-of-journal", List.of("sleep", "60"));

    private final List<LogLine> lines = new CopyOnWriteArrayList<>();
    private final Consumer<LogLine> follower = lines::add;
    private final AtomicBoolean allAreStopped = new AtomicBoolean();
    private final Journal journal = new Journal(allAreStopped::get);

    @BeforeEach
    void follow() {
        Log.follow(follower);
    }

    @AfterEach
    void unfollow() {
        Log.unfollow(follower);
    }

    /** Level and sentence. */
    private List<String> said() {
        journal.told();
        return lines.stream()
                .map(LogLine::text)
                .filter(text -> text.contains("service=web-of-journal "))
                .map(text -> text.substring(text.indexOf('[')).replace("run: service=web-of-journal ", ""))
                .toList();
    }

    @Test
    void what_somebody_wants_is_no_warning_and_the_next_crash_is_one() {
        journal.ready(WEB);
        journal.stopping(WEB);
        journal.exited(WEB, 7, new ExitStatus.Exited(0));
        journal.started(WEB, 8);
        journal.notReady(WEB, "Its process exited with status 1.");
        journal.exited(WEB, 8, new ExitStatus.Exited(1));
        assertThat(said())
                .containsExactly(
                        "[INFO] ready",
                        "[INFO] is being stopped",
                        "[INFO] pid=7 exited with status 0",
                        "[INFO] started pid=8",
                        "[WARN] not ready: Its process exited with status 1.",
                        "[WARN] pid=8 exited with status 1");
    }

    @Test
    void a_line_comes_when_others_were_told_and_once() {
        journal.ready(WEB);
        assertThat(lines).noneMatch(line -> line.text().contains(WEB.name()));
        assertThat(said()).containsExactly("[INFO] ready");
        assertThat(said()).hasSize(1);
    }

    @Test
    void what_ends_while_it_drains_is_expected_unless_it_was_wanted_again() {
        journal.draining(WEB);
        journal.exited(WEB, 7, new ExitStatus.Exited(0));
        journal.draining(WEB);
        journal.ready(WEB);
        journal.exited(WEB, 8, new ExitStatus.Exited(0));
        assertThat(said())
                .filteredOn(line -> line.contains("exited"))
                .containsExactly("[INFO] pid=7 exited with status 0", "[WARN] pid=8 exited with status 0");
    }

    @Test
    void when_all_are_stopped_nothing_that_ends_is_a_warning() {
        allAreStopped.set(true);
        journal.notReady(WEB, "Its process exited with status 1.");
        journal.exited(WEB, 7, new ExitStatus.Exited(1));
        assertThat(said()).allMatch(line -> line.startsWith("[INFO]")).hasSize(2);
    }
}
