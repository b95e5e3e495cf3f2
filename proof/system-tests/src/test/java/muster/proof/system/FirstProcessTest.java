package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import muster.proof.harness.Await;
import muster.proof.harness.Cell;
import muster.proof.harness.Command;
import muster.proof.harness.Launcher;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every first process of a container must do. Debian's tini and dumb-init go through the same tests where they
 * promise the same: if the expectation were wrong, they would say so.
 */
@ExtendWith(Stages.class)
class FirstProcessTest {

    @BeforeAll
    static void cells() {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
    }

    private enum Init {
        MUSTER_INIT,
        MUSTER_RUN,
        TINI,
        DUMB_INIT,
        /** Its scan of a directory with one service; what a service's end and signals mean is another thing there. */
        S6;

        List<String> running(String... command) {
            var words = new ArrayList<>(
                    switch (this) {
                        case MUSTER_INIT -> Launcher.command("init");
                        case MUSTER_RUN -> Launcher.command("run", "-restart=never", "--");
                        case TINI -> List.of("tini", "--");
                        case DUMB_INIT -> List.of("dumb-init", "--");
                        case S6 ->
                            List.of(
                                    "sh",
                                    "-c",
                                    "mkdir -p /run/scan/main; { echo '#!/bin/sh'; printf 'exec'; for w; do printf \" '%s'\""
                                            + " \"$(printf %s \"$w\" | sed \"s/'/'\\\\\\\\''/g\")\"; done; echo; } >/run/scan/main/run;"
                                            + " chmod +x /run/scan/main/run; exec s6-svscan /run/scan",
                                    "sh");
                    });
            words.addAll(List.of(command));
            return words;
        }

        List<String> shell(String text) {
            return running("sh", "-c", text);
        }
    }

    /** The codes with a meaning of their own; all 256 with {@code -Dproof.exit-codes=all}. */
    static Stream<Arguments> inits_and_ends() {
        int[] codes = System.getProperty("proof.exit-codes", "").equals("all")
                ? IntStream.range(0, 256).toArray()
                : new int[] {0, 1, 2, 63, 125, 126, 127, 128, 129, 143, 200, 254, 255};
        var all = new ArrayList<Arguments>();
        for (Init init : List.of(Init.MUSTER_INIT, Init.MUSTER_RUN, Init.TINI, Init.DUMB_INIT)) {
            for (int code : codes) {
                if (init != Init.MUSTER_RUN || code % 127 <= 1) { // it is the same machine: a few will do
                    all.add(Arguments.of(init, "exit " + code, code));
                }
            }
            for (int signal : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 31, 34, 50, 64}) {
                if (init == Init.MUSTER_INIT || signal % 3 == 0) {
                    all.add(Arguments.of(init, "ulimit -c 0; kill -" + signal + " $$", 128 + signal));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("inits_and_ends")
    void it_ends_with_the_code_of_its_command(Init init, String text, int code, Stage stage) {
        Program program = new Cell(stage, "cell").start(init.shell(text));

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(code);
    }

    static Stream<Arguments> inits_and_signals() {
        var promised = List.of(
                "HUP", "USR1", "USR2", "WINCH", "ALRM", "PWR", "URG", "VTALRM", "PROF", "IO", "CONT", "TERM", "INT");
        return Stream.concat(
                Stream.of(Init.MUSTER_INIT, Init.TINI, Init.DUMB_INIT)
                        .flatMap(init -> promised.stream().map(signal -> Arguments.of(init, signal))),
                // The others keep these to themselves; servers of web apps change their number of workers by them.
                Stream.of("TTIN", "TTOU", "TSTP").map(signal -> Arguments.of(Init.MUSTER_INIT, signal)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("inits_and_signals")
    void signals_reach_the_command(Init init, String signal, Stage stage) {
        // To stop is to stop: INT arrives as the command's stop signal.
        String expected = init == Init.MUSTER_INIT && signal.equals("INT") ? "TERM" : signal;
        Program program = new Cell(stage, "cell")
                .start(init.shell("trap 'echo got " + expected + "; exit 40' " + expected
                        + "; echo waiting; while :; do sleep 0.05; done"));
        program.awaitLine("waiting");

        Cell.signal(program, signal);

        program.awaitLine("got " + expected);
        assertThat(program.awaitExit()).isEqualTo(40);
    }

    static Stream<Init> inits() {
        return Stream.of(Init.values());
    }

    @ParameterizedTest
    @MethodSource("inits")
    void thousands_of_orphans_leave_no_zombie_and_no_child_loses_its_code(Init init, Stage stage) {
        int many = init == Init.MUSTER_INIT ? 10_000 : 1_000;
        Cell cell = new Cell(stage, "cell");
        // Each round leaves an orphan, and waits for a child with a code of its own.
        Program program = cell.start(init.shell("i=0; while [ $i -lt " + many + " ]; do i=$((i+1)); (true &);"
                + " (exit $((i % 256))); [ $? -eq $((i % 256)) ] || echo wrong code in round $i; done;"
                + " echo all started; exec sleep 1000"));
        Await.until(
                "all to have been started",
                Duration.ofMinutes(4),
                () -> program.output().contains("all started"),
                program::output);

        Await.until(
                "no zombie and nobody but the command",
                Await.PATIENCE,
                () -> others(init, cell, program).size() == 1,
                () -> cell.states(program).toString());
        assertThat(program.output()).doesNotContain("wrong code");
    }

    /** Without what belongs to the init itself. */
    private static List<String> others(Init init, Cell cell, Program program) {
        return cell.states(program).stream()
                .filter(state -> init != Init.S6 || !state.endsWith(" s6-supervise"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("inits")
    void two_hundred_that_die_at_once_leave_no_zombie_and_a_daemon_lives_on(Init init, Stage stage) {
        Cell cell = new Cell(stage, "cell");
        Program program = cell.start(init.shell("""
                setsid sh -c 'sh -c "echo daemon >/run/daemon; exec sleep 999" & exit 0'
                exec 8>/run/gate; flock 8
                i=0; while [ $i -lt 200 ]; do i=$((i+1)); (flock -s /run/gate true 8>&- &); done
                echo all started; flock -u 8; exec sleep 1000"""));
        program.awaitLine("all started");

        Await.until(
                "the command and the daemon to be alone",
                Await.PATIENCE,
                () -> others(init, cell, program).size() == 2,
                () -> cell.states(program).toString());
        assertThat(cell.states(program)).noneMatch(state -> state.contains(" Z"));
    }

    static Stream<List<String>> writers() {
        return Stream.of(
                Init.MUSTER_INIT.running(),
                Init.MUSTER_RUN.running(),
                Launcher.command("run", "-restart=never", "-log=console", "-log-stamp=false", "--"),
                Init.TINI.running());
    }

    @ParameterizedTest
    @MethodSource("writers")
    void no_byte_of_a_flood_of_output_is_lost(List<String> writer, Stage stage) {
        Path out = stage.directory().resolve("flood");
        var words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >" + out, "sh"));
        words.addAll(writer);
        words.addAll(List.of("sh", "-c", "seq -f 'line %.0f of what a chatty service has to say' 1 1000000; exit 4"));
        long before = System.nanoTime();

        Program program = new Cell(stage, "cell").start(words);

        assertThat(program.awaitExit(Duration.ofMinutes(5)))
                .as(program.output())
                .isEqualTo(4);
        var check = Command.run(
                List.of(
                        "sh",
                        "-c",
                        "seq -f 'line %.0f of what a chatty service has to say' 1 1000000 >" + out + ".wanted;"
                                + " sed 's/^sh: //' " + out + " | cmp - " + out + ".wanted"),
                Map.of());
        assertThat(check.exitCode()).as(check.output()).isZero();
        // Told, not tested: start and end are in it.
        System.out.printf(
                "%s: %.1f MB/s%n",
                String.join(" ", writer.subList(1, writer.size())),
                out.toFile().length() * 1e3 / (System.nanoTime() - before));
    }

    static Stream<Init> with_a_terminal() {
        return Stream.of(Init.MUSTER_INIT, Init.TINI);
    }

    @ParameterizedTest
    @MethodSource("with_a_terminal")
    void a_terminal_is_the_commands(Init init, Stage stage) {
        Cell cell = new Cell(stage, "cell");
        String command = String.join(" ", init.running("sh", "/etc/talk"));
        cell.file(
                "talk",
                "trap 'echo; echo interrupted; exit 6' INT\ntest -t 0 && test -t 1 && echo on $(tty)\nread line\n"
                        + "echo heard $line\nwhile :; do sleep 0.1; done\n");
        Program program = atTerminal(cell, command);

        cell.shell(program, "echo hello >/run/keys").orFail();
        program.awaitLine("heard hello");
        cell.shell(program, "printf '\\003' >/run/keys").orFail(); // Control-C

        program.awaitLine("interrupted");
        program.awaitLine("ended with 6");
        assertThat(program.awaitExit()).isZero();
    }

    /** Runs it with a terminal of its own, whose keys are written to {@code /run/keys}; returns when its script has said where. */
    private static Program atTerminal(Cell cell, String command) {
        Program program = cell.start(List.of(
                "sh",
                "-c",
                "mkfifo /run/keys; exec 3<>/run/keys; script -qec \"$1\" /dev/null </run/keys; echo ended with $?",
                "sh",
                command));
        program.awaitLine("on /dev/");
        return program;
    }

    @Test
    void checks_leave_the_terminal_to_the_command(Stage stage) {
        Cell cell = new Cell(stage, "cell").file("talk", "test -t 0 && echo on $(tty)\nread line\necho heard $line\n");
        String command = String.join(
                " ",
                Launcher.command(
                        "init",
                        "'-live=command:echo asked >>/run/asked'",
                        "-live-every=50ms",
                        "--",
                        "sh",
                        "/etc/talk"));
        Program program = atTerminal(cell, command);
        Await.until(
                "a check",
                Await.PATIENCE,
                () -> cell.shell(program, "test -s /run/asked").exitCode() == 0,
                program::output);

        cell.shell(program, "echo hello >/run/keys").orFail();

        program.awaitLine("heard hello");
        program.awaitLine("ended with 0");
    }

    @ParameterizedTest
    @MethodSource("muster")
    void it_needs_nothing_that_can_be_written_to(List<String> muster, Stage stage) {
        Program program = new Cell(stage, "cell").readOnly().start(words(muster, "sh", "-c", "echo works; exit 8"));

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(8);
        assertThat(program.output()).contains("works");
    }

    static Stream<Arguments> musters_and_their_ends() {
        return Stream.of(
                Arguments.of(Launcher.command("init"), 137),
                Arguments.of(Launcher.command("run"), 0)); // a stop that was asked for is none of the app's failures
    }

    /** The stop time-out is ten minutes: what ends before that ends because of the budget. */
    @ParameterizedTest
    @MethodSource("musters_and_their_ends")
    void who_ignores_the_stop_is_killed_within_the_budget(List<String> muster, int code, Stage stage) {
        Program program = new Cell(stage, "cell")
                .start(words(
                        muster,
                        "-shutdown-timeout=3s",
                        "-stop-timeout=10m",
                        "--",
                        "sh",
                        "-c",
                        "trap '' TERM; echo deaf; while :; do sleep 0.1; done"));
        program.awaitLine("deaf");

        Cell.signal(program, "TERM");

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(code);
        assertThat(program.output()).contains(" was ended by SIGKILL");
    }

    @Test
    void a_second_signal_hurries(Stage stage) {
        Cell cell = new Cell(stage, "cell");
        Program program = cell.init(
                "-shutdown-timeout=50s", "sh", "-c", "trap 'echo told' TERM; echo deaf; while :; do sleep 0.1; done");
        program.awaitLine("deaf");

        Cell.signal(program, "TERM");
        program.awaitLine("told");
        Cell.signal(program, "TERM");

        assertThat(program.awaitExit(Duration.ofSeconds(30))).isEqualTo(137);
    }

    @Test
    void nobody_is_waited_for_when_nobody_is_left(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_KILL_GRACETIME", "40000")
                .environment("S6_SERVICES_GRACETIME", "40000")
                .file("services.d/main/run", "#!/bin/sh\necho up\nexec sleep 1000\n");
        Program program = cell.init("-shutdown-timeout=90s");
        program.awaitLine("up");

        Cell.signal(program, "TERM");

        assertThat(program.awaitExit(Duration.ofSeconds(30))).isZero();
    }

    static Stream<List<String>> muster() {
        return Stream.of(Launcher.command("init"), Launcher.command("run", "-restart=never", "--"));
    }

    @ParameterizedTest
    @MethodSource("muster")
    void what_services_leave_behind_is_ended_with_the_container(List<String> init, Stage stage) {
        Cell cell = new Cell(stage, "cell");
        Program program = cell.start(words(
                init,
                "sh",
                "-c",
                "setsid sh -c 'trap \"\" HUP; trap \"echo stray was told\" TERM; echo >/run/stray; while :; do sleep 0.1; done' &"
                        + " until [ -e /run/stray ]; do sleep 0.05; done"));

        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output()).contains("stray was told");
    }

    /** A daemon as daemons begin: out of its group and session, its parent gone; it writes its number. */
    private static final String DAEMON = "(setsid sh -c '%secho $$ >/run/daemon.new; mv /run/daemon.new /run/daemon;"
            + " while :; do sleep 0.1; done' &); while [ ! -e /run/daemon ]; do sleep 0.05; done; echo daemon is up; ";

    /** The command runs beside process 1, whose last words say how it ended and whether the daemon did. */
    private static Program beside(Cell cell, List<String> command) {
        return cell.start(words(
                List.of(
                        "sh",
                        "-c",
                        "\"$@\" & echo $! >/run/beside; wait $!; echo ended with $?;"
                                + " kill -0 $(cat /run/daemon) && echo daemon lives; exit 0",
                        "sh"),
                command.toArray(String[]::new)));
    }

    private static List<String> words(List<String> first, String... rest) {
        var words = new ArrayList<>(first);
        words.addAll(List.of(rest));
        return words;
    }

    @ParameterizedTest
    @MethodSource("muster")
    void a_daemon_that_left_the_group_does_not_outlive_a_service_that_ended(List<String> muster, Stage stage) {
        Program program = beside(new Cell(stage, "cell"), words(muster, "sh", "-c", DAEMON.formatted("") + "exit 7"));

        program.awaitLine("ended with 7");
        assertThat(program.awaitExit()).isZero();
        assertThat(program.output()).doesNotContain("daemon lives");
    }

    @Test
    void a_daemon_that_left_the_group_and_heeds_no_signal_does_not_outlive_the_stop(Stage stage) {
        Cell cell = new Cell(stage, "cell");
        Program program = beside(
                cell,
                Launcher.command(
                        "run",
                        "-stop-timeout=2s",
                        "--",
                        "sh",
                        "-c",
                        DAEMON.formatted("trap \"\" TERM HUP; ") + "exec sleep 1000"));
        program.awaitLine("daemon is up");

        cell.shell(program, "kill -TERM $(cat /run/beside)").orFail();

        program.awaitLine("ended with 0");
        assertThat(program.awaitExit()).isZero();
        assertThat(program.output()).doesNotContain("daemon lives");
    }

    @Test
    void a_second_signal_hurries_the_end_of_a_daemon_that_left_the_group(Stage stage) {
        Cell cell = new Cell(stage, "cell");
        Program program = beside(
                cell,
                Launcher.command(
                        "run",
                        "-stop-timeout=10m",
                        "-shutdown-timeout=20m",
                        "--",
                        "sh",
                        "-c",
                        DAEMON.formatted("trap \"\" HUP; trap \"echo daemon was told\" TERM; ") + "exec sleep 1000"));
        program.awaitLine("daemon is up");

        cell.shell(program, "kill -TERM $(cat /run/beside)").orFail();
        program.awaitLine("daemon was told");
        cell.shell(program, "kill -TERM $(cat /run/beside)").orFail();

        program.awaitLine("ended with 0");
        assertThat(program.awaitExit()).isZero();
        assertThat(program.output()).doesNotContain("daemon lives");
    }

    @Test
    void where_it_is_not_the_first_process_orphans_come_to_it_too(Stage stage) {
        Cell cell = new Cell(stage, "cell");
        var words = new ArrayList<>(List.of("sh", "-c", "\"$@\"; echo ended with $?", "sh"));
        words.addAll(Init.MUSTER_INIT.shell("(setsid sleep 999 &); sleep 0.5; grep PPid /proc/$$/status;"
                + " for p in /proc/[0-9]*; do grep -q sleep $p/comm 2>/dev/null && grep PPid $p/status; done; exit 6"));
        Program program = cell.start(words);

        program.awaitLine("ended with 6");
        assertThat(program.awaitExit()).isZero();
        var parents =
                program.output().lines().filter(line -> line.startsWith("PPid")).distinct();
        assertThat(parents).as(program.output()).hasSize(1); // the command and the orphan have one parent: it, not 1
        assertThat(program.output()).doesNotContain("PPid:\t1\n");
    }

    @Test
    void an_ordinary_user_without_capabilities_can_be_the_first(Stage stage) {
        Cell cell = new Cell(stage, "cell");
        var words = new ArrayList<>(List.of(
                "sh",
                "-c",
                "mkdir -m 777 /run/own; exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs"
                        + " --inh-caps=-all \"$@\"",
                "sh"));
        words.addAll(Launcher.command("init", "-run-dir", "/run/own/s6", "sh", "-c", "id -u; exit 5"));
        Program program = cell.start(words);

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(5);
        assertThat(program.output()).contains("65534").doesNotContain("cannot be written");
    }

    private static final int IDLE_SECONDS = 10;

    /** Threads of the JVM that look after it now and then, after the number and as far as the kernel keeps names. */
    private static final Pattern OF_THE_JVM =
            Pattern.compile("\\d+ (VM |Service Thread|C1 Compiler|Monitor Deflati|Common-Cleaner|Reference Handl).*");

    /** s6's measure: not more than one wake-up a second. Ours have none. */
    @Test
    void it_sleeps_when_nothing_happens(Stage stage) {
        Cell cell = new Cell(stage, "cell").file("services.d/main/run", "#!/bin/sh\necho up\nexec sleep 1000\n");
        Program program = cell.init();
        program.awaitLine("up");

        var last = new TreeMap<String, Long>();
        Await.until(
                "it to be quiet for " + IDLE_SECONDS + " s",
                Await.PATIENCE,
                () -> {
                    last.clear();
                    last.putAll(switches(cell, program));
                    return last.keySet().stream().allMatch(OF_THE_JVM.asMatchPredicate())
                            && last.values().stream().mapToLong(Long::longValue).sum() <= IDLE_SECONDS;
                },
                last::toString);
        System.out.println("wake-ups within " + IDLE_SECONDS + " s: " + last);
    }

    /** How often threads of process 1 went to sleep again within so many seconds, by the names of those that did. */
    private static SortedMap<String, Long> switches(Cell cell, Program program) {
        String look = "for t in /proc/1/task/*; do read -r name <$t/comm; while read -r key n; do case $key in"
                + " voluntary_ctxt_switches:) echo \"$n ${t##*/} $name\";; esac; done <$t/status; done";
        var changes = new TreeMap<String, Long>();
        cell.shell(program, look + " | sed 's/^/-/'; sleep " + IDLE_SECONDS + "; " + look)
                .orFail()
                .stdout()
                .lines()
                .map(line -> line.split(" ", 2))
                .forEach(words -> changes.merge(words[1], Long.parseLong(words[0]), Long::sum));
        changes.values().removeIf(count -> count <= 0); // nothing, or it has ended
        return changes;
    }
}
