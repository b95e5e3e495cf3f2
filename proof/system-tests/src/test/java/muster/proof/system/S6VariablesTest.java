package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import muster.proof.harness.Await;
import muster.proof.harness.Cell;
import muster.proof.harness.Launcher;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The {@code S6_} variables of s6-overlay v1, one by one, under {@code muster init}; {@link S6TreeTest} has
 * {@code S6_BEHAVIOUR_IF_STAGE2_FAILS} and {@code S6_CMD_ARG0}.
 */
@ExtendWith(Stages.class)
class S6VariablesTest {
    /** Before each line in a log for people. */
    private static final String STAMP = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  ";

    @BeforeAll
    static void cells() {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
    }

    private static String said(Cell cell, Program program, String file) {
        return cell.shell(program, "cat " + file).stdout();
    }

    /** With a place for logs that is not the machine's. */
    private static Cell talking(Stage stage) {
        return new Cell(stage, "cell")
                .file("cont-init.d/00-logs", "#!/bin/sh\nexec mount -t tmpfs tmpfs /var/log\n")
                .file("services.d/talker/run", "#!/bin/sh\necho \"the service talks\"\nexec sleep 1000\n");
    }

    @ParameterizedTest(name = "S6_LOGGING={0}")
    @CsvSource({"0, true, true", "1, false, true", "2, false, false"})
    void logging_catches_what_services_print_and_with_2_the_command_too(
            String logging, boolean serviceIsHeard, boolean commandIsHeard, Stage stage) {
        Cell cell = talking(stage).environment("S6_LOGGING", logging);
        Program program = cell.init("sh", "-c", "echo the command talks; echo up >/run/up; exec sleep 1000");

        Await.until("the command", () -> said(cell, program, "/run/up").contains("up"));
        var all = new ArrayList<String>();
        Await.until(
                "both to have talked",
                Await.PATIENCE,
                () -> {
                    all.clear();
                    all.add(program.output());
                    all.add(said(cell, program, "/var/log/s6-uncaught-logs/current"));
                    return all.toString().contains("the service talks")
                            && all.toString().contains("the command talks");
                },
                all::toString);

        assertThat(all.getFirst().contains("the service talks"))
                .as(all.toString())
                .isEqualTo(serviceIsHeard);
        assertThat(all.getFirst().contains("the command talks"))
                .as(all.toString())
                .isEqualTo(commandIsHeard);
    }

    @Test
    void the_logging_script_is_what_logutil_service_gives_to_s6_log(Stage stage) {
        Cell cell = talking(stage)
                .environment("S6_LOGGING_SCRIPT", "n3 s100000 t")
                .file(
                        "services.d/talker/log/run",
                        "#!/usr/bin/with-contenv sh\nmkdir -p -m 777 /run/log\nexec logutil-service /run/log/talker\n");
        Program program = cell.init();

        // t is the stamp TAI64N, where T, as usual, is that of people.
        Await.until(
                "the log",
                () -> said(cell, program, "/run/log/talker/current")
                        .matches("(?s)@4[0-9a-f]{23} the service talks\n.*"));
    }

    /** As in an image of ours. A file of 1,000 bytes takes about 34 lines with their stamps. */
    @Test
    void without_s6_log_awk_keeps_to_the_logging_script_and_loses_no_line(Stage stage) {
        Cell cell = new Cell(stage, "cell").without("s6-log").environment("S6_LOGGING_SCRIPT", "n3 s1000 T 1");
        Program program = cell.start(List.of("sh", "-c", """
                exec 2>&1; mkfifo /run/in; mkdir /run/log; chmod 755 /run/log
                logutil-service "/run/log/it's web" </run/in & exec 3>/run/in
                i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "line $i" >&3; done
                until grep -qsr 'line 200' "/run/log/it's web"; do sleep 0.1; done
                kill -TERM $!; printf 'last words' >&3; exec 3>&-; wait $!; echo "ended with $?"
                cd "/run/log/it's web"; stat -c 'owner %U %a' .; wc -c @*.s | sed 's/^ */size /'
                sed 's/^/kept /' @*.s current
                echo more | logutil-service "/run/log/it's web"; tail -n 1 current | sed 's/^/then /'
                S6_LOGGING_SCRIPT='n3 !gzip' logutil-service /run/log/other; echo "refused with $?"
                """));

        assertThat(program.awaitExit()).as(program.output()).isZero();
        List<String> said = program.output().lines().toList();
        // 1: to standard output, too.
        assertThat(said.subList(0, 201)).first().asString().endsWith("  line 1");
        assertThat(said.subList(0, 201)).last().asString().matches(STAMP + "last words");
        assertThat(said).contains("ended with 0", "owner nobody 2700", "refused with 100");
        assertThat(said).filteredOn(line -> line.matches("size 1\\d{3} @.*")).hasSize(3);
        List<String> kept = said.stream()
                .filter(line -> line.startsWith("kept "))
                .map(line -> line.substring("kept ".length()))
                .toList();
        assertThat(kept).hasSizeGreaterThan(3 * 33).isEqualTo(said.subList(201 - kept.size(), 201));
        assertThat(said)
                .filteredOn(line -> line.matches("then " + STAMP + "more"))
                .hasSize(1);
        assertThat(program.output()).contains("'!gzip' of S6_LOGGING_SCRIPT is not understood");
    }

    @ParameterizedTest(name = "S6_KEEP_ENV={0}")
    @CsvSource({"0, none", "1, hello"})
    void kept_environment_needs_no_with_contenv(String keep, String seen, Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_KEEP_ENV", keep)
                .environment("GREETING", "hello")
                .file("services.d/main/run", "#!/bin/sh\necho \"main sees ${GREETING:-none}.\"\nexec sleep 1000\n");

        cell.init().awaitLine("main sees " + seen + "\\.");
    }

    @Test
    void a_profile_has_a_tree_of_its_own(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_RUNTIME_PROFILE", "debug")
                .file("cont-init.d/10-set", "#!/bin/sh\necho the usual tree\n")
                .file("cont-profile.d/debug/cont-init.d/10-set", "#!/bin/sh\necho the tree of the profile\n")
                .file("cont-profile.d/debug/cont-finish.d/10-bye", "#!/bin/sh\necho bye from the profile\n");

        Program program = cell.init("true");

        assertThat(program.awaitExit()).isZero();
        assertThat(program.output())
                .contains("the tree of the profile", "bye from the profile")
                .doesNotContain("the usual tree");
    }

    @ParameterizedTest(name = "S6_FIX_ATTRS_HIDDEN={0}")
    @CsvSource({"0, 644", "1, 600"})
    void attributes_of_hidden_files_are_set_when_that_is_wanted(String hidden, String mode, Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_FIX_ATTRS_HIDDEN", hidden)
                .file("fix-attrs.d/10-data", "/etc/data true root 0600 0700\n")
                .file("data/.hidden", "")
                .file("data/shown", "");

        Program program = cell.init("stat", "-c", "%n is %a", "/etc/data/.hidden", "/etc/data/shown");

        assertThat(program.awaitExit()).isZero();
        assertThat(program.output()).contains("/etc/data/.hidden is " + mode, "/etc/data/shown is 600");
    }

    @Test
    void the_command_waits_for_services_no_longer_than_its_maxtime(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_CMD_WAIT_FOR_SERVICES", "1")
                .environment("S6_CMD_WAIT_FOR_SERVICES_MAXTIME", "300")
                .file("services.d/never/notification-fd", "3\n")
                .file("services.d/never/run", "#!/bin/sh\nexec sleep 1000\n");

        Program program = cell.init("sh", "-c", "exit 4");

        assertThat(program.awaitExit()).isEqualTo(4);
        assertThat(program.output()).contains("not all services are ready in time; CMD is started nevertheless");
    }

    @Test
    void a_finish_script_is_killed_after_its_maxtime_and_the_next_one_runs(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_KILL_FINISH_MAXTIME", "300")
                .file("cont-finish.d/10-slow", "#!/bin/sh\nexec sleep 1000\n")
                .file("cont-finish.d/20-bye", "#!/bin/sh\necho bye\n");

        Program program = cell.init("-shutdown-timeout=10m", "true");

        assertThat(program.awaitExit()).isZero();
        assertThat(program.output())
                .contains("10-slow: exited 137. took longer than 300 ms and was killed", "20-bye: exited 0.");
    }

    /** The budget is ten minutes: what ends before that ends because of the graces. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "exec sh -c 'trap \"\" TERM; echo up; while :; do sleep 1; done'",
                "(setsid sh -c 'trap \"\" TERM HUP; echo up; while :; do sleep 1; done' &); exec sleep 1000"
            })
    void what_heeds_no_signal_is_killed_after_the_graces(String run, Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_SERVICES_GRACETIME", "200")
                .environment("S6_KILL_GRACETIME", "200")
                .file("services.d/deaf/run", "#!/bin/sh\n" + run + "\n");
        Program program = cell.init("-shutdown-timeout=10m");
        program.awaitLine("^up$");

        Cell.signal(program, "TERM");

        assertThat(program.awaitExit()).isZero();
    }

    @ParameterizedTest(name = "S6_SYNC_DISKS={0}")
    @CsvSource({"0, false", "1, true"})
    void disks_are_synchronised_at_the_end_when_that_is_wanted(String sync, boolean synced, Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_SYNC_DISKS", sync)
                .environment("PATH", "/etc/own-bin:/usr/sbin:/usr/bin:/sbin:/bin")
                .file("own-bin/sync", "#!/bin/sh\necho disks are synchronised\n");

        Program program = cell.init("true");

        assertThat(program.awaitExit()).isZero();
        assertThat(program.output().contains("disks are synchronised")).isEqualTo(synced);
    }

    @Test
    void a_value_that_cannot_be_used_is_replaced_with_a_warning(Stage stage) {
        Program program =
                new Cell(stage, "cell").environment("S6_KILL_GRACETIME", "soon").init("true");

        assertThat(program.awaitExit()).isZero();
        assertThat(program.output()).contains("S6_KILL_GRACETIME=soon is not a number of milliseconds; 3000 is used");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POSIX", "C.UTF-8"})
    void bytes_of_arguments_variables_and_names_are_the_same_in_every_locale(String locale, Stage stage) {
        Cell cell = new Cell(stage, "cell").environment("LC_ALL", locale);
        // Made inside, because the locale of the tests may be any.
        var words = new ArrayList<>(List.of("sh", "-c", """
                word=$(printf 'gr\\303\\274n \\342\\234\\223'); export WORD="$word"
                mkdir -p "/etc/services.d/$word"
                printf '#!/usr/bin/with-contenv sh\\nprintf %%s "$WORD" >/run/seen; pwd >>/run/seen; exec sleep 1000\\n' >"/etc/services.d/$word/run"
                exec "$@" "$word"
                """, "sh"));
        words.addAll(Launcher.command("init", "sh", "-c", """
                until [ -s /run/seen ]; do sleep 0.1; done; cat /run/seen | od -An -tx1 | tr -d ' \\n'; echo
                printf '%s|%s' "$0" "$WORD" | od -An -tx1 | tr -d ' \\n'; echo; echo "in $LC_ALL"
                """));
        Program program = cell.start(words);

        assertThat(program.awaitExit()).as(program.output()).isZero();
        String word = "6772c3bc6e20e29c93";
        assertThat(program.output())
                .contains(word + "7c" + word, "in " + locale)
                .containsPattern(word + "2f[0-9a-f]*2f" + word + "0a");
    }
}
