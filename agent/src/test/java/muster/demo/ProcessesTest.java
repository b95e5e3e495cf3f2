package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {

    /** A parent that ignores SIGTERM, with a child of its own. */
    private static final List<String> FAMILY = List.of("sh", "-c", "trap '' TERM; sleep 600 & echo started; wait");

    @TempDir
    Path logs;

    private Processes processes;

    @BeforeEach
    void begin() {
        processes = new Processes(logs);
    }

    @AfterEach
    void end() {
        processes.close();
    }

    @Test
    void closing_ends_all_with_what_came_from_them() {
        Child child = family("a");
        List<ProcessHandle> all = child.family().toList();
        assertThat(all).hasSize(2);
        processes.close();
        assertThat(all).noneMatch(ProcessesTest::runs);
        assertThatThrownBy(() -> processes.start("b", FAMILY)).isInstanceOf(DemoRefused.class);
    }

    @Test
    void an_orphan_is_ended_too_once_it_was_remembered() {
        Child child = family("a");
        List<ProcessHandle> all = child.family().toList();
        all.getFirst().destroyForcibly();
        await().until(() -> !child.isAlive());
        assertThat(runs(all.getLast())).isTrue();
        processes.close();
        assertThat(runs(all.getLast())).isFalse();
    }

    @Test
    void killing_the_descendants_leaves_the_parent() {
        Child child = processes.start("a", List.of("sh", "-c", "echo started; sleep 600; echo left alone; sleep 600"));
        await().until(() -> child.family().count() == 2);
        ProcessHandle app = child.family().toList().getLast();
        child.killDescendants();
        await().until(() -> !runs(app));
        await().until(() -> Files.readString(logs.resolve("a.log")).contains("left alone"));
        assertThat(child.isAlive()).isTrue();
    }

    @Test
    void frozen_processes_stand_still_until_thawed() throws Exception {
        Child child = processes.start("a", List.of("sh", "-c", "while :; do echo x; sleep 0.01; done"));
        Path log = logs.resolve("a.log");
        await().until(() -> Files.size(log) > 0);
        child.freeze();
        // Not by its state in /proc: stopped in the middle of a vfork it shows as D, not T, and stands still as well.
        AtomicLong frozenAt = new AtomicLong();
        await().during(Duration.ofMillis(200)).until(() -> Files.size(log) == frozenAt.getAndSet(Files.size(log)));
        child.thaw();
        await().until(() -> Files.size(log) > frozenAt.get());
    }

    @Test
    void the_end_of_a_process_is_told_with_code_and_last_words() throws Exception {
        Child child = processes.start("a", List.of("sh", "-c", "echo first; echo no such host >&2; exit 7"));
        assertThat(child.awaitEnd(Duration.ofSeconds(10))).isTrue();
        assertThat(child.exitCode()).isEqualTo(OptionalInt.of(7));
        assertThat(child.lastWords()).isEqualTo("    first\n    no such host");
        assertThatThrownBy(() -> processes.start("b", List.of("/no/such/program")))
                .isInstanceOf(DemoRefused.class)
                .hasMessageContaining("cannot start b");
    }

    private Child family(String name) {
        Child child = processes.start(name, FAMILY);
        await().until(() -> child.family().count() == 2);
        return child;
    }

    /** An orphan that ended stays a zombie until its new parent, whoever that is, has asked for it. */
    private static boolean runs(ProcessHandle handle) {
        return handle.isAlive() && state(handle.pid()) != 'Z';
    }

    /** The state letter of proc(5); Z also for a process that is not there any more. */
    private static char state(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException gone) {
            return 'Z';
        }
    }
}
