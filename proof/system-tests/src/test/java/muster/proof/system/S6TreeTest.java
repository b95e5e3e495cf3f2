package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.proof.harness.Await;
import muster.proof.harness.Cell;
import muster.proof.harness.Command;
import muster.proof.harness.Launcher;
import muster.proof.harness.Outcome;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An s6-overlay v1 tree as people write them, unchanged, under {@code muster init}; the tools that look at it are Debian's. */
@ExtendWith(Stages.class)
class S6TreeTest {
    private static final String WEB = "/var/run/s6/services/web";

    @BeforeAll
    static void cells() {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
    }

    /** A web server with a logger, which is told by a script where to listen. */
    private static Cell webServer(Stage stage, String address) {
        return new Cell(stage, "cell")
                .environment("LISTEN_ON", address + ":23000")
                .file("fix-attrs.d/01-config", "/etc/web.conf false nobody,32768:32768 0640 -\n")
                .file("web.conf", "secret\n")
                .file("cont-init.d/10-config", """
                        #!/usr/bin/with-contenv sh
                        mkdir -p /run/web /run/log
                        chmod 777 /run/log
                        echo "daemon off; error_log stderr; pid /run/web/pid; events {}
                          http { access_log off; client_body_temp_path /run/web/body; proxy_temp_path /run/web/proxy;
                            fastcgi_temp_path /run/web/f; uwsgi_temp_path /run/web/u; scgi_temp_path /run/web/s;
                            server { listen $LISTEN_ON; return 200 hello; } }" >/run/web/nginx.conf
                        printf 'left by a script' >/var/run/s6/container_environment/GREETING
                        """)
                .file("cont-init.d/20-look", """
                        #!/usr/bin/with-contenv sh
                        echo "20-look sees: $GREETING"
                        """)
                .file("services.d/web/run", """
                        #!/usr/bin/with-contenv sh
                        exec 2>&1
                        echo "web sees: $GREETING, with $# arguments in $(pwd)"
                        exec nginx -c /run/web/nginx.conf
                        """)
                .file("services.d/web/finish", """
                        #!/bin/sh
                        echo "finish of web: $*" >>/run/web/finished
                        """)
                .file("services.d/web/log/run", """
                        #!/bin/sh
                        exec logutil-service /run/log/web
                        """)
                .file("cont-finish.d/50-bye", """
                        #!/usr/bin/with-contenv sh
                        echo "50-bye says: $GREETING"
                        """);
    }

    private static Program up(Cell cell, Program program, String service) {
        awaitTool(cell, program, 0, "s6-svwait", "-t", "30000", "-u", "/var/run/s6/services/" + service);
        return program;
    }

    /** Until the tool ends so: before the boot has come to the services there is nothing that it could look at. */
    private static Outcome awaitTool(Cell cell, Program program, int code, String... words) {
        Supplier<Outcome> once = () -> cell.run(program, words);
        var last = new Outcome[] {once.get()};
        Await.until(
                String.join(" ", words) + " to end with " + code,
                Await.PATIENCE,
                () -> last[0].exitCode() == code || (last[0] = once.get()).exitCode() == code || !program.running(),
                () -> last[0].output() + program.output());
        assertThat(last[0].exitCode()).as(last[0].output() + program.output()).isEqualTo(code);
        return last[0];
    }

    private static long pid(Cell cell, Program program, String service) {
        return Long.parseLong(cell.run(program, "s6-svstat", "-p", "/var/run/s6/services/" + service)
                .orFail()
                .stdout()
                .strip());
    }

    private static String said(Cell cell, Program program, String file) {
        return cell.shell(program, "cat " + file).stdout();
    }

    @Test
    void an_unchanged_tree_boots_serves_logs_and_stops(Stage stage) {
        String address = stage.address();
        Cell cell = webServer(stage, address);
        Program program = up(cell, cell.slashInit(), "web");

        Await.until(
                "an answer",
                () -> cell.shell(program, "curl -s http://" + address + ":23000/")
                        .stdout()
                        .equals("hello"));
        assertThat(program.output()).contains("20-look sees: left by a script", "[cont-init.d] 10-config: exited 0.");
        assertThat(cell.shell(program, "stat -c '%U %a' /etc/web.conf").stdout())
                .isEqualTo("nobody 640\n");
        Await.until("the log", () -> said(cell, program, "/run/log/web/current").contains("web sees"));
        assertThat(said(cell, program, "/run/log/web/current"))
                .containsPattern(Pattern.compile(
                        "^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d[.0-9]*  web sees: left by a script, with 0 arguments in "
                                + "(/var)?/run/s6/services/web"));
        assertThat(cell.run(program, "s6-svstat", WEB).orFail().stdout()).matches("up \\(pid \\d+\\) \\d+ seconds\n");

        Cell.signal(program, "TERM");

        assertThat(program.awaitExit()).isZero();
        assertThat(program.output()).contains("50-bye says: left by a script", "[cont-finish.d] 50-bye: exited 0.");
    }

    @Test
    void stock_s6_tools_drive_a_service(Stage stage) {
        Cell cell = webServer(stage, stage.address());
        Program program = up(cell, cell.init(), "web");
        long first = pid(cell, program, "web");

        cell.run(program, "s6-svc", "-wr", "-T", "30000", "-t", WEB).orFail();
        long second = pid(cell, program, "web");
        assertThat(second).isNotEqualTo(first);
        assertThat(said(cell, program, "/run/web/finished"))
                .isIn("finish of web: 0 0 web " + first + "\n", "finish of web: 256 15 web " + first + "\n");

        cell.run(program, "s6-svc", "-wD", "-T", "30000", "-d", WEB).orFail();
        assertThat(cell.run(program, "s6-svstat", WEB).stdout())
                .matches("down \\((exitcode 0|signal SIGTERM)\\) \\d+ seconds, normally up, ready \\d+ seconds\n");
        assertThat(cell.run(program, "s6-svok", WEB).exitCode()).isZero();
        assertThat(cell.run(program, "s6-svstat", "-o", "up,wantedup,normallyup,pid", WEB)
                        .stdout())
                .isEqualTo("false false true -1\n");

        cell.run(program, "s6-svc", "-wu", "-T", "30000", "-o", WEB).orFail();
        assertThat(cell.run(program, "s6-svstat", WEB).stdout()).contains("want down");
        cell.run(program, "s6-svc", "-p", WEB).orFail();
        Await.until("paused", () -> cell.run(program, "s6-svstat", WEB).stdout().contains("paused"));
        cell.run(program, "s6-svc", "-c", WEB).orFail();
        cell.run(program, "s6-svc", "-wD", "-T", "30000", "-k", WEB).orFail();
        assertThat(cell.run(program, "s6-svstat", WEB).stdout()).startsWith("down (signal SIGKILL)");

        cell.run(program, "s6-svc", "-wu", "-T", "30000", "-u", WEB).orFail();
        assertThat(cell.run(program, "s6-svdt", WEB).orFail().stdout().lines()).hasSize(3);
        assertThat(cell.run(program, "s6-svc", "-u", "/var/run/s6/services/nothing")
                        .exitCode())
                .isNotZero();
        assertThat(cell.run(program, "s6-svscanctl", "-t", "/var/run/s6/services")
                        .exitCode())
                .isZero();
        assertThat(program.awaitExit()).isZero();
    }

    @Test
    void a_logger_that_is_killed_loses_no_line(Stage stage) {
        Cell cell = new Cell(stage, "cell").file("services.d/talker/run", """
                        #!/bin/sh
                        i=0
                        while [ $i -lt 2000 ]; do i=$((i + 1)); echo "line $i."; done
                        echo done
                        exec sleep 1000
                        """).file("services.d/talker/log/run", """
                        #!/bin/sh
                        while read -r line; do echo "$line" >>/run/lines; done
                        """);
        Program program = up(cell, cell.init(), "talker");
        cell.run(program, "s6-svc", "-t", "/var/run/s6/services/talker/log").orFail();

        Await.until("the last line", () -> said(cell, program, "/run/lines").contains("done"));
        // A shell reads byte by byte and may be killed between reading a line and writing it: that one only.
        assertThat(said(cell, program, "/run/lines").lines().count()).isGreaterThanOrEqualTo(2_000);
    }

    @Test
    void a_finish_script_that_ends_the_container_ends_it_with_the_code_of_its_service(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file("services.d/main/run", "#!/bin/sh\nsleep 0.3\nexit 3\n")
                .file("services.d/main/finish", "#!/bin/sh\ns6-svscanctl -t /var/run/s6/services\n")
                .file("services.d/other/run", "#!/bin/sh\nexec sleep 1000\n");

        Program program = cell.init();

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(3);
    }

    @Test
    void a_finish_script_that_ends_the_container_gives_no_code_to_a_stop_from_outside(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file("services.d/main/run", "#!/bin/sh\necho up\nexec sleep 1000\n")
                .file("services.d/main/finish", "#!/bin/sh\ns6-svscanctl -t /var/run/s6/services\n");
        Program program = cell.init();
        program.awaitLine("up");

        Cell.signal(program, "TERM");

        assertThat(program.awaitExit()).as(program.output()).isZero();
    }

    @Test
    void a_script_that_leaves_a_code_for_the_end_is_heeded(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file("services.d/main/run", "#!/bin/sh\nexit 3\n")
                .file(
                        "services.d/main/finish",
                        "#!/bin/sh\necho 12 >/var/run/s6/env-stage3/S6_CMD_EXITED\ns6-svscanctl -t /var/run/s6/services\n");

        assertThat(cell.init().awaitExit()).isEqualTo(12);
    }

    @ParameterizedTest(name = "S6_BEHAVIOUR_IF_STAGE2_FAILS={0}")
    @CsvSource({"0, true", "1, true", "2, false"})
    void a_boot_that_fails_ends_the_container_only_where_that_is_wanted(String behaviour, boolean goesOn, Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_BEHAVIOUR_IF_STAGE2_FAILS", behaviour)
                .file("cont-init.d/10-bad", "#!/bin/sh\nexit 5\n")
                .file("cont-init.d/20-next", "#!/bin/sh\necho next one\n")
                .file("services.d/main/run", "#!/bin/sh\nexec sleep 1000\n");

        Program program = cell.init("sh", "-c", "exit 9");

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(goesOn ? 9 : 5);
        assertThat(program.output().contains("next one")).isEqualTo(goesOn);
        assertThat(program.output()).contains("[cont-init.d] 10-bad: exited 5.");
    }

    @Test
    void a_byte_that_is_no_utf_8_among_the_accounts_holds_up_neither_boot_nor_service(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file("fix-attrs.d/01-config", "/etc/web.conf false nobody:nogroup 0640 -\n")
                .file("web.conf", "secret\n");
        var words = new ArrayList<>(List.of(
                "sh",
                "-c",
                "for table in passwd group; do printf 'm\\374ller:x:7777:7777::/:/bin/sh\\n' >>/etc/$table; done;"
                        + " exec \"$@\"",
                "sh"));
        words.addAll(
                Launcher.command("init", "-user=nobody", "--", "sh", "-c", "stat -c '%U %G %a' /etc/web.conf; id -un"));

        Program program = cell.start(words);

        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output()).contains("nobody nogroup 640\nnobody\n");
    }

    @Test
    void a_boot_that_breaks_ends_the_container_and_says_why(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file("fix-attrs.d/01-config", "/etc/web.conf false 9999999999:0 0640 -\n") // more than the kernel has
                .file("web.conf", "secret\n");

        Program program = cell.init("sleep", "1000");

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(1);
        assertThat(program.output()).contains("init: a fault in the boot, the container ends");
    }

    @Test
    void a_script_of_the_boot_has_time_to_heed_a_stop(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file(
                        "cont-init.d/10-long",
                        "#!/bin/sh\ntrap 'sleep 1; echo tidied up; exit 0' TERM\necho boots\nwhile :; do sleep 0.1; done\n")
                .file("cont-init.d/20-next", "#!/bin/sh\necho next one\n");
        Program program = cell.init();
        program.awaitLine("boots");

        Cell.signal(program, "TERM");

        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output()).contains("tidied up").doesNotContain("next one");
    }

    @ParameterizedTest
    @CsvSource({"50000, true", "300, false"})
    void a_script_of_the_boot_that_heeds_no_stop_is_killed_after_its_time_or_a_second_signal(
            String grace, boolean hurried, Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_KILL_GRACETIME", grace)
                .file(
                        "cont-init.d/10-deaf",
                        "#!/bin/sh\ntrap 'echo told' TERM\necho boots\nwhile :; do sleep 0.1; done\n");
        Program program = cell.init("-shutdown-timeout=50s");
        program.awaitLine("boots");

        Cell.signal(program, "TERM");
        if (hurried) {
            program.awaitLine("told");
            Cell.signal(program, "TERM");
        }

        assertThat(program.awaitExit(Duration.ofSeconds(30)))
                .as(program.output())
                .isZero();
    }

    @ParameterizedTest(name = "CMD: {0}")
    @CsvSource({"exit 0, 0", "exit 255, 255", "kill -KILL $$, 137", "kill -TERM $$, 143"})
    void the_command_ends_the_container_with_its_code(String text, int code, Stage stage) {
        Cell cell = new Cell(stage, "cell").file("services.d/main/run", "#!/bin/sh\nexec sleep 1000\n");

        Program program = cell.init("sh", "-c", text);

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(code);
    }

    @Test
    void every_setting_of_a_service_is_for_the_command(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("MUSTER_STOP_SIGNAL", "INT")
                .file(
                        "cont-finish.d/50-bye",
                        "#!/bin/sh\necho \"bye after $(cat /run/s6/env-stage3/S6_CMD_EXITED)\"\n");
        Program program = cell.init(
                "-env", "GREETING=hello", "-restart", "on-failure", "-restart-delay", "1ms", "--", "sh", "-c", """
                        echo "$GREETING" >>/run/runs
                        [ "$(wc -l </run/runs)" -ge 3 ] || exit 4
                        trap 'echo stopped by INT; exit 6' INT
                        echo up; while :; do sleep 0.1; done""");
        program.awaitLine("^up$");
        assertThat(said(cell, program, "/run/runs")).isEqualTo("hello\n".repeat(3));

        Cell.signal(program, "TERM");

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(6);
        assertThat(program.output()).contains("stopped by INT", "bye after").doesNotContain("bye after 4");
    }

    @Test
    void the_command_of_init_is_announced_and_drained_as_that_of_run(Stage stage) {
        String address = stage.address();
        Cell cell = webServer(stage, address);
        Program program = cell.init(
                "-node=s1",
                "-bind=" + address + ":27946",
                "-rpc-addr=" + address + ":27373",
                "-service=api:23001,check=/",
                "-drain-timeout=2s",
                "sh",
                "-c",
                "sed 's/23000/23001/; s,/run/web,/run/cmd,g' /run/web/nginx.conf >/run/cmd.conf; mkdir /run/cmd;"
                        + " exec nginx -c /run/cmd.conf");

        program.awaitLine("service=CMD announced");
        Cell.signal(program, "TERM");

        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output())
                .containsSubsequence("service=CMD announced as draining", "service=CMD is down", "50-bye says");
    }

    @Test
    void flags_about_a_command_that_is_not_there_are_refused(Stage stage) {
        Program flag = new Cell(stage, "flag").init("-stop-timeout", "3s");
        Program announced = new Cell(stage, "announced").init("-service", "web:80");

        assertThat(flag.awaitExit()).as(flag.output()).isEqualTo(1);
        assertThat(flag.output()).contains("flag -stop-timeout is about the command", "'stop_timeout' below a service");
        assertThat(announced.awaitExit()).as(announced.output()).isEqualTo(1);
        assertThat(announced.output()).contains("flag -service: announces what the command serves", "'announce'");
    }

    @Test
    void the_command_sees_what_scripts_left_and_waits_for_services_when_asked_to(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_CMD_WAIT_FOR_SERVICES", "1")
                .environment("S6_CMD_WAIT_FOR_SERVICES_MAXTIME", "60000")
                .environment("S6_CMD_ARG0", "/bin/sh -e")
                .environment("ASKED", "yes")
                .file("cont-init.d/10-env", "#!/bin/sh\nprintf x >/var/run/s6/container_environment/ADDED\n")
                .file("services.d/slow/notification-fd", "3\n")
                .file("services.d/slow/run", "#!/bin/sh\nsleep 1; echo up >/run/slow; echo >&3\nexec sleep 1000\n")
                .file("services.d/never/down", "")
                .file("services.d/never/run", "#!/bin/sh\necho it runs\nexec sleep 1000\n");

        Program program = cell.slashInit(
                "-c",
                "echo \"slow is $(cat /run/slow), $ADDED, $ASKED, ${S6_CMD_ARG0#/}, $(printcontenv ADDED)\";"
                        + " printcontenv NONE && exit 5; exit 4");

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(4);
        assertThat(program.output())
                .contains("slow is up, x, yes, bin/sh -e, x\n")
                .doesNotContain("it runs");
    }

    @Test
    void readiness_is_a_newline_and_125_is_for_good(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file("services.d/slow/notification-fd", "5\n")
                .file(
                        "services.d/slow/run",
                        "#!/bin/sh\nuntil [ -e /run/go ]; do sleep 0.1; done; echo >&5\nexec sleep 99\n")
                .file("services.d/bad/run", "#!/bin/sh\nexit 1\n")
                .file("services.d/bad/finish", "#!/bin/sh\necho once more >>/run/bad; exit 125\n");
        Program program = up(cell, cell.init(), "slow");

        assertThat(cell.run(program, "s6-svwait", "-t", "300", "-U", "/var/run/s6/services/slow")
                        .exitCode())
                .as("not ready yet")
                .isIn(1, 99);
        assertThat(cell.run(program, "s6-svstat", "-o", "ready", "/var/run/s6/services/slow")
                        .stdout())
                .isEqualTo("false\n");
        cell.shell(program, "touch /run/go").orFail();
        cell.run(program, "s6-svwait", "-t", "30000", "-U", "/var/run/s6/services/slow")
                .orFail();

        Await.until(
                "given up",
                () -> cell.run(program, "s6-svstat", "-o", "wantedup", "/var/run/s6/services/bad")
                        .stdout()
                        .equals("false\n"));
        assertThat(said(cell, program, "/run/bad")).isEqualTo("once more\n");
    }

    @Test
    void new_and_gone_directories_are_noticed_and_edits_count_from_the_next_start(Stage stage) {
        Cell cell = new Cell(stage, "cell").file("services.d/a/run", "#!/bin/sh\nexec sleep 1000\n");
        Program program = up(cell, cell.init(), "a");

        cell.shell(program, """
                mkdir /run/s6/services/b
                printf '#!/bin/sh\\necho b runs >/run/b\\nexec sleep 1000\\n' >/run/s6/services/b/run
                s6-svscanctl -a /run/s6/services""").orFail();
        up(cell, program, "b");

        cell.shell(program, "printf '#!/bin/sh\\necho edited >/run/a\\nexec sleep 1000\\n' >/run/s6/services/a/run")
                .orFail();
        cell.run(program, "s6-svc", "-wr", "-T", "30000", "-t", "/run/s6/services/a")
                .orFail();
        Await.until("the edited one", () -> said(cell, program, "/run/a").equals("edited\n"));

        cell.shell(program, "mv /run/s6/services/b /run/s6/gone; s6-svscanctl -n /run/s6/services")
                .orFail();
        Await.until(
                "b to end", () -> cell.run(program, "s6-svok", "/run/s6/gone").exitCode() == 1);
    }

    @Test
    void a_service_that_cannot_be_started_says_why_and_is_tried_again(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file("services.d/none/timeout-kill", "1000\n")
                .file("services.d/odd/run", "#!/nowhere/sh\n")
                .file("services.d/main/run", "#!/bin/sh\necho up\nexec sleep 1000\n");

        Program program = up(cell, cell.init(), "main");

        program.awaitLine("service=none is not well: ");
        program.awaitLine("service=odd is not well: .*/nowhere/sh");
        assertThat(cell.run(program, Launcher.path().toString(), "svc", "status")
                        .orFail()
                        .stdout())
                .containsPattern("none +backing-off .*run");
    }

    @Test
    void a_tree_is_found_relative_to_where_init_is_started(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .file("own/cont-init.d/1-set", "#!/bin/sh\necho boots\n")
                .file("own/services.d/main/run", "#!/bin/sh\necho main is up >/run/main\nexec sleep 1000\n");
        var words = new ArrayList<>(List.of("sh", "-c", "cd /etc && exec \"$@\"", "sh"));
        words.addAll(Launcher.command(
                "init", "-tree=own", "sh", "-c", "until [ -s /run/main ]; do sleep 0.1; done; cat /run/main; exit 3"));

        Program program = cell.start(words);

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(3);
        assertThat(program.output()).contains("boots", "main is up");
    }

    @Test
    void a_logger_that_is_not_up_does_not_hold_up_its_service(Stage stage) {
        String run = "#!/bin/sh\nexec sleep 1000\n";
        Cell cell = new Cell(stage, "cell")
                .file("services.d/nolog/run", run)
                .file("services.d/nolog/log/timeout-kill", "1000\n")
                .file("services.d/crashlog/run", run)
                .file("services.d/crashlog/log/run", "#!/nowhere/sh\n")
                .file("services.d/unready/run", run)
                .file("services.d/unready/log/run", "#!/bin/sh\nexec cat\n")
                .file("services.d/unready/log/notification-fd", "3\n")
                .file("services.d/logdown/run", run)
                .file("services.d/logdown/log/run", "#!/bin/sh\nexec cat\n")
                .file("services.d/logdown/log/down", "");
        Program program = cell.init();

        for (String service : List.of("nolog", "crashlog", "unready", "logdown")) {
            up(cell, program, service);
        }
        assertThat(cell.run(program, "s6-svstat", "-o", "up,wantedup", "/run/s6/services/logdown/log")
                        .stdout())
                .isEqualTo("false false\n");
    }

    @Test
    void a_service_of_a_file_has_its_own_stop_timeout_and_every_finish_script_is_accounted_for(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_SERVICES_GRACETIME", "100")
                .environment("S6_KILL_GRACETIME", "100")
                .environment("S6_KILL_FINISH_MAXTIME", "0")
                .file("cont-finish.d/50-bye", "#!/bin/sh\necho \"bye after $(cat /run/s6/env-stage3/S6_CMD_EXITED)\"\n")
                .file("services.d/deaf/run", "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n")
                .file("muster.yaml", """
                        services:
                          db:
                            command: [sh, -c, 'trap "sleep 2; echo FLUSHED; exit 0" TERM; echo up; while :; do sleep 0.2; done']
                            stop_timeout: 50s
                            stop_reach: process
                        """);
        Program program = cell.init(
                "-config-file",
                "/etc/muster.yaml",
                "-shutdown-timeout",
                "60s",
                "sh",
                "-c",
                "until [ -e /run/go ]; do sleep 0.1; done; exit 7");
        program.awaitLine("^up$");
        up(cell, program, "deaf");
        cell.shell(program, ">/run/go").orFail();

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(7);
        assertThat(program.output()).contains("FLUSHED", "bye after 7");
    }

    static Stream<Arguments> musters_and_what_their_command_is_called() {
        return Stream.of(
                Arguments.of(
                        List.of("init", "-shutdown-timeout=2s"),
                        "the time for the stop is over and not all services are down: CMD"),
                Arguments.of(
                        List.of("run", "-shutdown-timeout=2s", "-stop-timeout=1s"),
                        "a service did not end although it was killed: sh"));
    }

    @ParameterizedTest
    @MethodSource("musters_and_what_their_command_is_called")
    void a_process_that_even_kill_does_not_end_does_not_hold_up_the_end(List<String> muster, String said, Stage stage)
            throws IOException {
        var disk = stage.directory().resolve("disk");
        Files.createDirectories(disk);
        Cell cell = new Cell(stage, "cell");
        var words = new ArrayList<>(List.of("sh", "-c", """
                cd "$0"; truncate -s 16M image; mkfs.ext4 -q image; mount -o loop image disk; fsfreeze -f disk
                "$@"; echo "ended with $?"; fsfreeze -u disk; umount -l disk""", stage.directory().toString()));
        words.addAll(Launcher.command(muster.toArray(String[]::new)));
        words.addAll(List.of("--", "sh", "-c", "echo up; exec touch disk/new"));
        Program program = cell.start(words);
        program.awaitLine("^up$");
        var touch = awaitFrozen(cell, program);

        cell.shell(program, "kill -TERM $(ps -C java -o pid=)").orFail();

        program.awaitLine(said + " \\(pid " + touch + "\\)");
        program.awaitLine("^ended with ");
        assertThat(program.awaitExit()).as(program.output()).isZero();
    }

    /** The process that waits for the frozen disk, which no signal ends. */
    private static String awaitFrozen(Cell cell, Program program) {
        Supplier<String> look =
                () -> cell.shell(program, "ps -e -o pid=,stat=,comm= | awk '$2 ~ /^D/ && $3 == \"touch\" { print $1 }'")
                        .stdout()
                        .strip();
        Await.until("the command to stand at the frozen disk", () -> !look.get().isEmpty());
        return look.get();
    }

    /**
     * Steered by files; {@code slow} ends only when the script of cont-finish.d has ended, for which there are twenty minutes.
     * The first signal does not hurry what is ending in order.
     */
    @Test
    void services_of_a_file_that_are_given_up_are_let_be_stop_others_or_end_the_container_with_their_code(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .environment("S6_KILL_FINISH_MAXTIME", "0")
                .file("cont-finish.d/50-bye", "#!/bin/sh\nuntil [ -e /run/go ]; do sleep 0.1; done\n>/run/bye\n")
                .file("muster.yaml", """
                        services:
                          alone:
                            command: exit 3
                            restart: never
                          db:
                            command: until [ -e /run/fall-db ]; do sleep 0.1; done; exit 4
                            restart: never
                            on_failed: stop-dependents
                          app:
                            command: trap 'exit 0' TERM; echo app is up; while :; do sleep 0.1; done
                            depends_on: db
                          slow:
                            command: trap 'told=1' TERM; echo slow is up; until [ "$told" ] && [ -e /run/bye ]; do sleep 0.1; done; echo slow saw bye
                            stop_timeout: 10m
                            stop_reach: process
                          web:
                            command: until [ -e /run/fall-web ]; do sleep 0.1; done; exit 7
                            crash_limit: 2
                            restart_delay: 1ms
                            on_failed: exit
                        """);
        Program program = cell.init("-config-file=/etc/muster.yaml", "-shutdown-timeout=20m");
        program.awaitLine("^app is up");
        program.awaitLine("^slow is up");
        program.awaitLine("service=alone failed");

        cell.shell(program, ">/run/fall-db").orFail();
        program.awaitLine("service=db failed");
        program.awaitLine("service=app is down");
        assertThat(program.output()).doesNotContain("service=slow is down", "service=web failed");
        cell.shell(program, ">/run/fall-web").orFail();
        program.awaitLine("service=web failed: It failed 2 times");
        Cell.signal(program, "TERM");
        program.awaitLine("Caught signal: TERM, stopping already");
        cell.shell(program, ">/run/go").orFail();

        assertThat(program.awaitExit()).as(program.output()).isEqualTo(7);
        assertThat(program.output()).contains("slow saw bye");
    }

    @Test
    void a_second_init_leaves_the_run_directory_of_the_first_alone(Stage stage) {
        Cell cell = new Cell(stage, "cell").file("services.d/main/run", "#!/bin/sh\nexec sleep 1000\n");
        Program program = up(cell, cell.init(), "main");
        long pid = pid(cell, program, "main");
        var words = new ArrayList<>(List.of("env", "MUSTER_CACHE=off"));
        words.addAll(Launcher.command("init", "echo", "second"));

        Outcome second = cell.run(program, words.toArray(String[]::new));

        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.stderr()).contains("an init already runs in /var/run/s6 (pid 1)", "-run-dir");
        assertThat(pid(cell, program, "main")).isEqualTo(pid);
    }

    @Test
    void services_whose_directories_are_gone_end_with_their_loggers(Stage stage) {
        var names = List.of("a", "b", "c", "d");
        Cell cell = new Cell(stage, "cell");
        for (String name : names) {
            cell.file("services.d/" + name + "/run", "#!/bin/sh\nexec sleep 1000\n")
                    .file("services.d/" + name + "/log/run", "#!/bin/sh\nexec cat\n");
        }
        Program program = cell.init();
        names.forEach(name -> up(cell, program, name));

        cell.shell(program, "cd /run/s6/services && rm -rf a b c && s6-svscanctl -n .")
                .orFail();

        Await.until(
                "only d and its logger",
                () -> cell.shell(program, "ps -e -o comm= | grep -cE '^(sleep|cat)$'")
                        .stdout()
                        .equals("2\n"));
        up(cell, program, "d");
        assertThat(program.output()).doesNotContain("failed", "s6 tools do not see");
    }

    @Test
    void nothing_is_executed_from_the_run_directory(Stage stage) {
        String address = stage.address();
        Cell cell = webServer(stage, address).withoutExecutionInRun();
        Program program = up(cell, cell.init(), "web");

        cell.run(program, "s6-svc", "-wr", "-T", "30000", "-t", WEB).orFail();
        assertThat(said(cell, program, "/run/web/finished")).startsWith("finish of web:");
    }

    @Test
    void where_nothing_can_be_written_services_run_all_the_same(Stage stage) {
        Cell cell = new Cell(stage, "cell")
                .readOnly()
                .environment("GIVEN", "by the engine")
                .file("cont-init.d/10-see", "#!/usr/bin/with-contenv sh\necho \"10-see: $GIVEN\"\n")
                .file("services.d/main/run", "#!/usr/bin/with-contenv sh\necho \"main: $GIVEN\"\nexec sleep 1000\n");
        Program program = cell.init();

        program.awaitLine("main: by the engine");
        assertThat(program.output()).contains("10-see: by the engine", "cannot be written");
        Cell.signal(program, "TERM");
        assertThat(program.awaitExit()).isZero();
    }

    @Test
    void the_shims_say_and_do_what_the_stock_tools_do(Stage stage) {
        Cell cell = webServer(stage, stage.address());
        Program program = up(cell, cell.init(), "web");
        String shims = muster.proof.harness.Launcher.path().getParent().resolveSibling("s6") + "/";
        cell.run(program, shims + "s6-svc", "-wr", "-T", "30000", "-t", WEB).orFail();

        for (List<String> options : List.of(
                List.of(WEB),
                List.of("-n", WEB),
                List.of(
                        "-o",
                        "up,wantedup,normallyup,ready,paused,pid,exitcode,signal,signum,updownsince,readysince",
                        WEB),
                List.of("-uwNrpest", WEB),
                List.of("/nowhere"))) {
            Outcome stock = tool(cell, program, "s6-svstat", options);
            Outcome shim = tool(cell, program, shims + "s6-svstat", options);
            // Seconds may tick between the two.
            assertThat(withoutTime(shim.stdout())).isEqualTo(withoutTime(stock.stdout()));
            assertThat(shim.exitCode()).isEqualTo(stock.exitCode());
        }

        cell.run(program, shims + "s6-svc", "-wD", "-T", "30000", "-d", WEB).orFail();
        assertThat(withoutTime(
                        tool(cell, program, shims + "s6-svstat", List.of(WEB)).stdout()))
                .isEqualTo(withoutTime(
                        tool(cell, program, "s6-svstat", List.of(WEB)).stdout()))
                .startsWith("down");
        cell.run(program, shims + "s6-svc", "-wu", "-T", "30000", "-u", WEB).orFail();
        assertThat(tool(cell, program, shims + "s6-svc", List.of("-u", "/nowhere"))
                        .exitCode())
                .isEqualTo(
                        tool(cell, program, "s6-svc", List.of("-u", "/nowhere")).exitCode());
        cell.run(program, shims + "s6-svscanctl", "-t", "/var/run/s6/services").orFail();
        assertThat(program.awaitExit()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody id", "0:1 id", "65534:1 id", "no-such-one id", "nobody", "nobody /nowhere"})
    void the_shim_that_changes_the_user_does_what_the_stock_one_does(String words) {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can change users");
        List<Outcome> both = Stream.of("", Launcher.path().getParent().resolveSibling("s6") + "/")
                .map(directory -> Command.run(List.of("sh", "-c", directory + "s6-setuidgid " + words), Map.of()))
                .toList();

        assertThat(both.getLast().exitCode()).isEqualTo(both.getFirst().exitCode());
        assertThat(both.getLast().stdout()).isEqualTo(both.getFirst().stdout());
        assertThat(both.getLast().stderr().isEmpty())
                .isEqualTo(both.getFirst().stderr().isEmpty());
    }

    private static Outcome tool(Cell cell, Program program, String tool, List<String> options) {
        return cell.run(
                program,
                java.util.stream.Stream.concat(java.util.stream.Stream.of(tool), options.stream())
                        .toArray(String[]::new));
    }

    private static String withoutTime(String text) {
        return text.replaceAll("\\d+ seconds", "N seconds").replaceAll(" \\d+\n$", " N\n");
    }

    @Test
    void people_see_the_services_with_muster_svc(Stage stage) {
        Cell cell = webServer(stage, stage.address());
        Program program = up(cell, cell.init(), "web");
        var svc = muster.proof.harness.Launcher.path().toString();

        assertThat(svc(cell, program, svc, "status").stdout()).contains("web ", "web/log ", "ready", "RESTARTS");
        svc(cell, program, svc, "down", "web");
        cell.run(program, "s6-svwait", "-t", "30000", "-d", WEB).orFail();
        assertThat(svc(cell, program, svc, "status", "-format", "json", "web").stdout())
                .contains("\"name\": \"web\"", "\"wanted\": \"down\"");
        svc(cell, program, svc, "up", "web");
        cell.run(program, "s6-svwait", "-t", "30000", "-u", WEB).orFail();
        Outcome unknown =
                cell.run(program, "env", "JAVA_HOME=" + System.getProperty("java.home"), svc, "svc", "up", "wep");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.stderr()).contains("there is no service 'wep'; did you mean web?");
    }

    @Test
    void a_service_of_a_file_is_announced_beside_the_tree_and_drained(Stage stage) {
        String address = stage.address();
        Cell cell = new Cell(stage, "cell")
                .file("cont-init.d/10-greet", "#!/bin/sh\nprintf hello >/var/run/s6/container_environment/GREETING\n")
                .file("services.d/side/run", "#!/bin/sh\nexec sleep 1000\n")
                .file("cont-finish.d/50-bye", "#!/bin/sh\necho bye\n")
                .file("muster.yaml", """
                        node_name: s1
                        bind: ADDRESS:27946
                        rpc_addr: ADDRESS:27373
                        services:
                          api:
                            command: >-
                              echo "api sees $GREETING"; mkdir -p /run/n;
                              echo "daemon off; error_log stderr; pid /run/n/pid; events {} http { access_log off;
                              client_body_temp_path /run/n/b; proxy_temp_path /run/n/p; fastcgi_temp_path /run/n/f;
                              uwsgi_temp_path /run/n/u; scgi_temp_path /run/n/s;
                              server { listen ADDRESS:23000; return 200 hello; } }" >/run/n/conf;
                              exec nginx -c /run/n/conf
                            announce: api:23000;check=/
                            depends_on: side
                            drain_timeout: 2s
                        """.replace("ADDRESS", address));
        Program program = up(cell, cell.init("-config-file", "/etc/muster.yaml"), "api");

        program.awaitLine("service=api announced");
        assertThat(program.output()).contains("api sees hello");
        Await.until(
                "the tag of the service",
                () -> stage.muster("members", "-rpc-addr=" + address + ":27373")
                        .stdout()
                        .contains("svc.api=23000"));
        Cell.signal(program, "TERM");
        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output()).containsSubsequence("announced as draining", "service=api is down", "bye");
    }

    private static Outcome svc(Cell cell, Program program, String launcher, String... words) {
        var all = new java.util.ArrayList<>(
                List.of("env", "JAVA_HOME=" + System.getProperty("java.home"), "MUSTER_CACHE=off", launcher, "svc"));
        all.addAll(List.of(words));
        return cell.run(program, all.toArray(String[]::new)).orFail();
    }
}
