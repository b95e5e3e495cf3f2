package muster.supervisor.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import muster.supervisor.ExitStatus;
import muster.supervisor.Finish;
import muster.supervisor.Launch;
import muster.supervisor.Limit;
import muster.supervisor.Liveness;
import muster.supervisor.Logging;
import muster.supervisor.OnFailed;
import muster.supervisor.Pace;
import muster.supervisor.Probe;
import muster.supervisor.Reach;
import muster.supervisor.Readiness;
import muster.supervisor.Resource;
import muster.supervisor.RestartPolicy;
import muster.supervisor.Restarts;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Signal;
import muster.supervisor.Stopping;
import muster.supervisor.Wanted;
import muster.supervisor.linux.Fifo;
import muster.supervisor.linux.LocalDatagrams;
import muster.supervisor.runner.ServiceStatus.Phase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several services, all settings, real processes. */
class ServicesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Restarts NEVER = Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER);
    private static final Restarts QUICK =
            Restarts.DEFAULTS.withPace(new Pace.SinceStart(Duration.ofMillis(1), Duration.ofSeconds(1)));

    private final Heard heard = new Heard();

    @TempDir
    Path directory;

    private ServiceSpec service(String name, String script) {
        return ServiceSpec.of(name, List.of("sh", "-c", script)).with(launch());
    }

    private Launch launch() {
        return Launch.DEFAULTS.withDirectory(directory.toString()).with(Launch.Input.NOTHING);
    }

    private String read(String file) throws IOException {
        return Files.readString(directory.resolve(file)).strip();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime() - end).as("waited in vain").isNegative();
            Thread.sleep(5);
        }
    }

    private void awaitText(String file, String text) throws Exception {
        await(() -> Files.exists(directory.resolve(file)) && read(file).contains(text));
    }

    @Test
    void services_start_when_what_they_need_is_ready_and_stop_before_it() throws Exception {
        var db = service(
                        "db",
                        "trap 'echo db-stops >> log; exit 0' TERM; until [ -e go ]; do sleep 0.01; done; echo db-ready >> log; echo >&5;"
                                + " exec 5>&-; while :; do sleep 0.01; done")
                .with(Readiness.onDescriptor(5));
        var web = service(
                        "web",
                        "trap 'sleep 0.1; echo web-stops >> log; exit 0' TERM; echo web-starts >> log;"
                                + " while :; do sleep 0.01; done")
                .withDependsOn(List.of("db"));
        try (var supervisor = Supervisor.start(List.of(web, db), heard)) {
            await(() ->
                    supervisor.status("web") != null && supervisor.status("web").phase() == Phase.WAITING);
            assertThat(supervisor.status("web").reason()).isEqualTo("It waits for db.");
            Files.createFile(directory.resolve("go"));
            awaitText("log", "web-starts");
            supervisor.shutdown(5, Duration.ofMinutes(1));
            assertThat(supervisor.exit().get(20, TimeUnit.SECONDS)).isEqualTo(5);
            assertThat(read("log")).isEqualTo("db-ready\nweb-starts\nweb-stops\ndb-stops");
        }
    }

    @Test
    void a_service_whose_failure_ends_all_gives_its_code() throws Exception {
        var web = service("web", "sleep 0.1; exit 7").with(NEVER).with(OnFailed.EXIT);
        try (var supervisor = Supervisor.start(List.of(service("db", "exec sleep 1000"), web), heard)) {
            assertThat(supervisor.exit().get(20, TimeUnit.SECONDS)).isEqualTo(7);
            assertThat(supervisor.statuses())
                    .extracting(ServiceStatus::phase)
                    .containsExactly(Phase.DOWN, Phase.FAILED);
        }
    }

    @Test
    void a_shutdown_kills_what_does_not_heed_it_in_its_budget() throws Exception {
        var stubborn = service("stubborn", "trap '' TERM; echo > up; while :; do sleep 0.05; done")
                .with(Stopping.DEFAULTS.withTimeout(Stopping.NEVER));
        try (var supervisor = Supervisor.start(stubborn, heard)) {
            await(() -> Files.exists(directory.resolve("up")));
            supervisor.shutdown(0, Duration.ofMillis(500));
            assertThat(supervisor.exit().get(20, TimeUnit.SECONDS)).isZero();
            assertThat(heard.statuses).containsExactly(new ExitStatus.Killed(9, false));
        }
    }

    @Test
    void the_finish_command_hears_how_it_ended_and_may_say_that_it_was_the_last_time() throws Exception {
        var spec = service("web", "echo $$ > pid; ulimit -c 0; kill -TERM $$")
                .with(QUICK)
                .with(Finish.by(
                        List.of("sh", "-c", "echo \"$*\" >> out; [ $(wc -l < out) -lt 2 ] || exit 125", "finish")));
        try (var supervisor = Supervisor.start(spec, heard)) {
            heard.await("failed 143", 1);
            assertThat(read("out").lines().toList().getLast()).isEqualTo("256 15 web " + read("pid"));
            assertThat(heard.count("started")).isEqualTo(2);
            await(() -> supervisor.status("web").wanted() == Wanted.DOWN);
        }
    }

    @Test
    void a_finish_command_that_takes_too_long_is_killed_and_does_not_hold_up_the_restart() throws Exception {
        var spec = service("web", "exit 0")
                .with(QUICK)
                .with(Finish.by(List.of("sh", "-c", "exec sleep 1000")).withTimeout(Duration.ofMillis(50)));
        try (var supervisor = Supervisor.start(spec, heard)) {
            heard.await("started", 3);
            await(() -> supervisor.status("web").starts() >= 3);
        }
    }

    @Test
    void nothing_is_lost_when_a_logger_restarts_and_it_ends_by_the_end_of_its_input() throws Exception {
        var logger = service(
                        "log",
                        "i=0; while [ $i -lt 7 ]; do read -r line || { echo end >> out; exit 0; };"
                                + " echo \"$line\" >> out; i=$((i+1)); done")
                .with(QUICK);
        var web = service("web", "i=0; while [ $i -lt 100 ]; do echo $i; i=$((i+1)); done; exec sleep 1000")
                .with(new Logging.ToService("log"));
        try (var supervisor = Supervisor.start(List.of(logger, web), heard)) {
            awaitText("out", "99");
            supervisor.shutdown(0, PATIENCE);
            supervisor.exit().get(20, TimeUnit.SECONDS);
            assertThat(read("out").lines())
                    .containsExactlyElementsOf(java.util.stream.Stream.concat(
                                    IntStream.range(0, 100).mapToObj(Integer::toString),
                                    java.util.stream.Stream.of("end"))
                            .toList());
        }
    }

    @Test
    void captured_output_is_complete_when_the_supervisor_is_closed_and_counted() throws Exception {
        Path log = directory.resolve("web.log");
        var spec = service("web", "i=0; while [ $i -lt 5000 ]; do echo $i; i=$((i+1)); done; printf end >&2; exit 0")
                .with(NEVER)
                .with(Logging.to(new Logging.Sink.File(log.toString(), 1 << 20, 1, Duration.ZERO, false)));
        try (var supervisor = Supervisor.start(spec, heard)) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
            await(() -> supervisor.logCounters("web").lines() >= 5_000);
            assertThat(supervisor.logCounters("web").lost()).isZero();
        }
        assertThat(Files.readAllLines(log)).hasSize(5_001).endsWith("4999", "end");
    }

    @Test
    void a_place_for_lines_that_stands_still_holds_up_its_own_service_and_nothing_else() throws Exception {
        Path fifo = directory.resolve("nobody-reads");
        Fifo.create(fifo, 0600);
        // Long lines: a busy machine, too, has soon written more than fits anywhere.
        var talker = service("talker", "while :; do printf '%01000d\\n' 0; echo $((i+=1)) > count; done")
                .with(Logging.to(new Logging.Sink.File(fifo.toString(), 1 << 20, 0, Duration.ZERO, false)));
        try (var supervisor = Supervisor.start(List.of(talker, service("other", "exec sleep 1000")), heard)) {
            awaitText("count", "");
            // Its pipe holds 64 KiB, what was read of it as much again; then it waits for its reader.
            await(() -> {
                String before = read("count");
                Thread.sleep(200);
                return !before.isEmpty() && before.equals(read("count"));
            });
            supervisor.restart("other");
            heard.await("ready", 3);
            supervisor.stop("talker");
            heard.await("down", 1);
        }
    }

    @Test
    void sd_notify_makes_it_ready_and_a_barrier_is_answered() throws Exception {
        var spec = service("web", "echo $NOTIFY_SOCKET > address; exec sleep 1000")
                .with(Readiness.onSystemdNotification());
        try (var _ = Supervisor.start(spec, heard)) {
            await(() -> Files.exists(directory.resolve("address"))
                    && !read("address").isEmpty());
            try (var socket = LocalDatagrams.to(read("address"))) {
                socket.send("STATUS=warming up\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                assertThat(heard.count("ready")).isZero();
                socket.send("MAINPID=1\nREADY=1\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
            heard.await("ready", 1);
        }
    }

    @Test
    void its_notify_socket_is_ours_whatever_its_environment_says() throws Exception {
        Files.writeString(directory.resolve("env"), "NOTIFY_SOCKET=from file\n");
        var spec = service("web", "echo $NOTIFY_SOCKET > out; exec sleep 1000")
                .with(launch().withEnvironment(new TreeMap<>(Map.of("NOTIFY_SOCKET", "inherited")))
                        .withEnvironmentFiles(List.of("env"))
                        .withOwnVariables(new TreeMap<>(Map.of("NOTIFY_SOCKET", "own"))))
                .with(Readiness.onSystemdNotification());
        try (var _ = Supervisor.start(spec, heard)) {
            await(() -> Files.exists(directory.resolve("out")) && !read("out").isEmpty());
            try (var socket = LocalDatagrams.to(read("out"))) {
                socket.send("READY=1\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
            heard.await("ready", 1);
        }
    }

    @Test
    void the_real_systemd_notify_is_understood() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-notify")), "systemd-notify is not installed");
        // It waits for its barrier to be answered before it ends.
        var spec = service("web", "systemd-notify --ready && echo told > out; exec sleep 1000")
                .with(Readiness.onSystemdNotification());
        try (var _ = Supervisor.start(spec, heard)) {
            heard.await("ready", 1);
            awaitText("out", "told");
        }
    }

    @Test
    void a_sick_service_can_be_restarted() throws Exception {
        var spec = service("web", "rm -f sick; echo up >> up; exec sleep 1000")
                .with(QUICK)
                .with(new Liveness(
                        List.of(new Probe.Command(List.of("sh", "-c", "! test -e sick"))),
                        Duration.ofMillis(20),
                        Duration.ofSeconds(5),
                        2,
                        Liveness.Action.RESTART));
        try (var _ = Supervisor.start(spec, heard)) {
            awaitText("up", "up");
            Files.createFile(directory.resolve("sick"));
            heard.await("ready", 2);
            assertThat(heard.statuses).containsExactly(new ExitStatus.Killed(15, false));
        }
    }

    @Test
    void a_restart_after_a_long_run_is_prompt() throws Exception {
        // Printed, not asserted: wall time is the machine's. The median of s6 with a notification descriptor is 4 to 5
        // ms.
        var spec = service("web", "read -r up rest < /proc/uptime; echo $up >> ups; exec sleep 1000")
                .with(QUICK);
        try (var supervisor = Supervisor.start(spec, heard)) {
            var took = new java.util.ArrayList<Long>();
            for (int i = 1; i <= 20; i++) {
                heard.await("ready", i);
                long before = System.nanoTime();
                supervisor.signal("web", Signal.KILL, Reach.PROCESS);
                heard.await("ready", i + 1);
                took.add((System.nanoTime() - before) / 1_000);
            }
            java.util.Collections.sort(took);
            System.out.println("kill to next process, microseconds: median " + took.get(10) + ", all " + took);
            assertThat(heard.statuses).hasSize(20).containsOnly(new ExitStatus.Killed(9, false));
        }
    }

    @Test
    void a_file_can_say_that_it_is_ready() throws Exception {
        var spec = service("web", "exec sleep 1000").with(Readiness.when(List.of(new Probe.File("ready"))));
        try (var _ = Supervisor.start(spec, heard)) {
            heard.await("started", 1);
            assertThat(heard.count("ready")).isZero();
            Files.createFile(directory.resolve("ready"));
            heard.await("ready", 1);
        }
    }

    @Test
    void commands_by_name_do_what_they_say() throws Exception {
        var web = service("web", "trap 'echo usr1 >> out' USR1; echo up >> out; while :; do sleep 0.01; done")
                .withStartDown(true);
        try (var supervisor = Supervisor.start(List.of(web), heard)) {
            await(() -> supervisor.status("web") != null);
            assertThat(supervisor.status("web").phase()).isEqualTo(Phase.DOWN);
            supervisor.start("web");
            awaitText("out", "up");
            supervisor.signal("web", Signal.USR1, Reach.PROCESS);
            awaitText("out", "usr1");
            supervisor.signal("web", Signal.STOP, Reach.PROCESS);
            await(() -> supervisor.status("web").paused());
            supervisor.signal("web", Signal.CONT, Reach.PROCESS);
            await(() -> !supervisor.status("web").paused());
            supervisor.restart("web");
            heard.await("ready", 2);
            await(() -> supervisor.status("web").restarts() == 1);
            supervisor.once("web");
            await(() -> supervisor.status("web").wanted() == Wanted.ONCE);
            supervisor.signal("web", Signal.KILL, Reach.GROUP);
            heard.await("failed 137", 1);
            supervisor.startOnce("web");
            heard.await("ready", 3);
            supervisor.stop("web");
            heard.await("down", 1);
            assertThatThrownBy(() -> supervisor.start("wbe"))
                    .hasMessage("there is no service called \"wbe\"; known are web");
        }
    }

    @Test
    void services_come_change_and_go_while_others_run() throws Exception {
        try (var supervisor = Supervisor.start(List.of(), heard)) {
            supervisor.add(service("web", "echo one >> out; exec sleep 1000"));
            heard.await("ready", 1);
            supervisor.change(service("web", "echo two >> out; exec sleep 1000"));
            awaitText("out", "one");
            supervisor.restart("web");
            awaitText("out", "two");
            supervisor.add(service("late", "exec sleep 1000").withDependsOn(List.of("web")));
            assertThatThrownBy(() -> supervisor.remove("web")).hasMessageContaining("service late needs web");
            supervisor.remove("late");
            supervisor.remove("web");
            await(() -> supervisor.statuses().isEmpty() && supervisor.status("web") == null);
        }
    }

    @Test
    void a_process_starts_with_what_its_settings_say() throws Exception {
        Files.writeString(directory.resolve("env"), "# a comment\nA=from file\nB=\"quoted\"\nE=file\n");
        Path folder = Files.createDirectory(directory.resolve("envdir"));
        Files.writeString(folder.resolve("C"), "from folder\n");
        var limits = new TreeMap<Resource, Limit>();
        limits.put(Resource.NOFILE, new Limit(123, 456));
        limits.put(Resource.CORE, Limit.of(0));
        var spec = service(
                        "web",
                        "exec > out; umask; ulimit -n; ulimit -Hn; nice; cat /proc/self/oom_score_adj;"
                                + " echo \"$A|$B|$C|$D|$E\"; cut -d' ' -f 1,5,6 /proc/$$/stat; echo $$; ls /proc/$$/fd")
                .with(launch().withEnvironment(new TreeMap<>(Map.of("A", "x", "D", "ours", "E", "x")))
                        .withEnvironmentFiles(List.of("env", folder.toString()))
                        .withOwnVariables(new TreeMap<>(Map.of("E", "own")))
                        .withUmask(027)
                        .withLimits(limits)
                        .withNice(7)
                        .withOomScoreAdj(543))
                .with(NEVER);
        try (var supervisor = Supervisor.start(spec, heard)) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
        }
        var lines = read("out").lines().toList();
        assertThat(lines.subList(0, 6))
                .containsExactly("0027", "123", "456", "7", "543", "from file|quoted|from folder|ours|own");
        String pid = lines.get(7);
        assertThat(lines.get(6)).isEqualTo(pid + " " + pid + " " + pid);
        assertThat(lines.subList(8, lines.size()))
                .allMatch(fd -> Integer.parseInt(fd) <= 2 || Integer.parseInt(fd) >= 10);
    }

    @Test
    void variables_that_no_shell_could_name_reach_a_service_with_a_umask_too() throws Exception {
        var odd = new TreeMap<>(Map.of(
                "spring.profiles.active",
                "a 'b' \"c\" $(touch evil) `touch evil` \\n\nd\n\n",
                "A-B",
                "",
                "-x",
                "1",
                "1a",
                "="));
        var spec = service("web", "cat /proc/$$/environ > out")
                .with(launch().withOwnVariables(odd).withUmask(077).withNice(1))
                .with(NEVER);
        try (var supervisor = Supervisor.start(spec, heard)) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
        }
        for (var variable : odd.entrySet()) {
            assertThat("\0" + read("out")).contains("\0" + variable.getKey() + "=" + variable.getValue() + "\0");
        }
        assertThat(directory.resolve("evil")).doesNotExist();
    }

    @Test
    void root_can_run_it_as_another_user_and_group_without_roots_groups() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can change users");
        Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String group : List.of("", "daemon")) {
            Path out = directory.resolve("out" + group);
            var spec = service("web", "exec cat /proc/self/status")
                    .with(launch().with(Launch.Input.NOTHING).as("nobody", group))
                    .with(NEVER)
                    .with(Logging.to(new Logging.Sink.File(out.toString(), 1 << 20, 0, Duration.ZERO, false)));
            try (var supervisor = Supervisor.start(spec, heard)) {
                assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
            }
            String gid = group.isEmpty() ? "65534" : "1";
            assertThat(Files.readString(out))
                    .containsPattern("Uid:\t65534\t65534\t65534\t65534")
                    .containsPattern("Gid:(\t" + gid + "){4}")
                    .containsPattern("Groups:\t *\n")
                    .containsPattern("CapEff:\t0000000000000000");
        }
    }

    @Test
    void what_is_not_allowed_or_not_known_fails_with_what_to_do() throws Exception {
        var spec = service("web", "exit 0").with(launch().as("no-such-user", ""));
        try (var supervisor = Supervisor.start(spec, heard)) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
            assertThat(heard.lines())
                    .containsExactly(
                            "failed 1: User \"no-such-user\" is not in /etc/passwd; add it, or give its number.");
        }
    }

    @Test
    void mixed_reach_leaves_helpers_alone_unless_it_has_to_kill() throws Exception {
        var spec = service("web", "sleep 1000 & echo $! > helper; exec sleep 1000")
                .with(Stopping.DEFAULTS.withReach(Reach.MIXED));
        try (var supervisor = Supervisor.start(spec, heard)) {
            await(() ->
                    Files.exists(directory.resolve("helper")) && !read("helper").isEmpty());
            supervisor.stop("web");
            heard.await("down", 1);
            long helper = Long.parseLong(read("helper"));
            assertThat(ProcessHandle.of(helper)).isPresent();
            ProcessHandle.of(helper).ifPresent(ProcessHandle::destroyForcibly);
        }
    }
}
