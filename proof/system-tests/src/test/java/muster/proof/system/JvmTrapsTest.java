package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import muster.proof.harness.Await;
import muster.proof.harness.Cell;
import muster.proof.harness.Launcher;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a supervisor in a JVM has to look out for, and one in C has not. */
@ExtendWith(Stages.class)
class JvmTrapsTest {
    @Test
    void a_service_has_the_limit_of_descriptors_that_muster_was_started_with(Stage stage) {
        var words = new ArrayList<>(List.of("sh", "-c", "ulimit -Sn 777; exec \"$@\"", "sh"));
        words.addAll(Launcher.command("run", "-restart=never", "--", "sh", "-c", "echo \"soft: $(ulimit -Sn).\""));

        Program program = stage.start("limited", words);

        program.awaitLine("^soft: 777\\.$"); // a JVM raises its own to the hard limit
    }

    @Test
    void a_parent_death_signal_that_a_service_asks_for_does_not_come_while_muster_lives(Stage stage) {
        Program program = stage.start(
                "run",
                Launcher.command(
                        "run",
                        "--",
                        "setpriv",
                        "--pdeathsig",
                        "KILL",
                        "sh",
                        "-c",
                        "sleep 1; echo it lives; exec sleep 99"));

        program.awaitLine("^it lives$"); // it follows the thread that started the process
    }

    @Test
    void quit_shows_threads_and_ends_nothing(Stage stage) {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
        Program program = new Cell(stage, "cell").init("sh", "-c", "echo up; exec sleep 1000");
        program.awaitLine("^up$");

        Cell.signal(program, "QUIT");

        Await.until("the list of threads", () -> program.output().contains("muster-reaper"));
        Cell.signal(program, "TERM");
        assertThat(program.awaitExit()).as(program.output()).isEqualTo(143); // of sleep, to its stop signal
    }

    @Test
    void a_reader_of_its_output_that_takes_nothing_stops_neither_services_nor_svc(Stage stage) {
        var control = "-control-dir=" + stage.directory().resolve("control");
        var fifo = stage.directory().resolve("fifo");
        var words = new ArrayList<>(
                List.of("sh", "-c", "mkfifo " + fifo + "; exec 3<>" + fifo + "; exec \"$@\" >&3 2>&3", "sh"));
        // Its own log fills the pipe: a crash and a restart are some lines.
        words.addAll(Launcher.command(
                "run", control, "-restart-delay=1ms", "-restart-delay-max=1ms", "--", "sh", "-c", "exit 1"));
        stage.start("unheard", words);

        Await.until(
                "a thousand restarts, seen from outside",
                Await.PATIENCE,
                () -> stage.muster("svc", control, "status", "-format", "json")
                        .stdout()
                        .matches("(?s).*\"restarts\": \\d{4,}.*"),
                () -> stage.muster("svc", control, "status").output());
    }

    private static final int ABORTED = 134; // by ABRT, with which the JVM ends after its report of a crash too
    private static final int OUT_OF_MEMORY = 3; // of -XX:+ExitOnOutOfMemoryError

    private static final String SERVICE = "echo \"service $$.\"; exec sleep 1000";

    /** Without a file of what was in memory, which a machine may be set up to write. */
    private static List<String> withoutCore(List<String> command) {
        var words = new ArrayList<>(List.of("sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"));
        words.addAll(command);
        return words;
    }

    private static long service(Program program) {
        String line = program.awaitLine("service \\d+\\.").text();
        return Long.parseLong(line.replaceAll(".*service (\\d+)\\..*", "$1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SEGV", "ABRT"})
    void a_crash_leaves_no_service_behind(String signal, Stage stage) {
        Program program = stage.start("run", withoutCore(Launcher.command("run", "--", "sh", "-c", SERVICE)));
        long service = service(program);
        program.awaitLine("service=sh started"); // before that the guard may not have heard of it

        program.signal(signal);

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(ABORTED);
        Await.until("the guard to end the service", () -> !Program.runs(service));
    }

    @Test
    void a_crash_of_the_first_process_ends_all_with_a_code_that_tells_of_it(Stage stage) {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
        Program program = new Cell(stage, "cell").start(withoutCore(Launcher.command("init", "sh", "-c", SERVICE)));
        program.awaitLine("service \\d+\\.");
        long first = Cell.first(program);
        var all = ProcessHandle.of(first).orElseThrow().descendants().toList();
        assertThat(all).isNotEmpty();

        Cell.signal(program, "ABRT"); // the kernel passes over it: by default it would end a first process
        Cell.signal(program, "SEGV");

        // Of the first process the kernel takes no ABRT either: the C library goes on to its last resort.
        assertThat(program.awaitExit()).as(program.output()).isIn(127, 128 + 11);
        assertThat(program.output()).contains("A fatal error has been detected by the Java Runtime Environment");
        assertThat(all).noneMatch(process -> Program.runs(process.pid()));
    }

    /** A member that follows a template, which grows beyond all memory when its node is told to read it again. */
    private static List<String> following(Stage stage, String verb) {
        String address = stage.address();
        Path template = stage.file("t.hb", "small\n");
        return withoutCore(Launcher.command(
                verb,
                "-node=a",
                "-bind=" + address + ":27946",
                "-rpc-addr=" + address + ":27373",
                "-template=" + template + ":" + stage.directory().resolve("rendered"),
                "--",
                "sh",
                "-c",
                SERVICE));
    }

    private static void grow(Stage stage) throws IOException {
        Files.writeString(stage.directory().resolve("megabyte.hb"), "x".repeat(1_000_000));
        Files.writeString(stage.directory().resolve("t.hb"), "{{> megabyte}}\n".repeat(1_000));
    }

    private static void awaitRendered(Stage stage, Program program) {
        Await.until(
                "the small rendering",
                Await.PATIENCE,
                () -> Files.exists(stage.directory().resolve("rendered")),
                program::output);
    }

    @Test
    void out_of_memory_it_ends_with_its_own_code_and_leaves_no_service_behind(Stage stage) throws IOException {
        Program program = stage.start("run", following(stage, "run"));
        long service = service(program);
        awaitRendered(stage, program);

        grow(stage);
        program.signal("HUP");

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(OUT_OF_MEMORY);
        assertThat(program.output()).contains("java.lang.OutOfMemoryError");
        Await.until("the guard to end the service", () -> !Program.runs(service));
    }

    @Test
    void out_of_memory_as_the_first_process_it_ends_all_with_its_own_code(Stage stage) throws IOException {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
        Program program = new Cell(stage, "cell").start(following(stage, "init"));
        program.awaitLine("service \\d+\\.");
        awaitRendered(stage, program);
        var all = ProcessHandle.of(Cell.first(program))
                .orElseThrow()
                .descendants()
                .toList();
        assertThat(all).isNotEmpty();

        grow(stage);
        Cell.signal(program, "HUP");

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(OUT_OF_MEMORY);
        assertThat(program.output()).contains("java.lang.OutOfMemoryError");
        assertThat(all).noneMatch(process -> Program.runs(process.pid()));
    }
}
