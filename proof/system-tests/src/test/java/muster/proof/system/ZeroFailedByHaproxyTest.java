package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import muster.proof.harness.Await;
import muster.proof.harness.Connection;
import muster.proof.harness.Launcher;
import muster.proof.harness.Lost;
import muster.proof.harness.MusterNode;
import muster.proof.harness.OpenLoopClient.Style;
import muster.proof.harness.Outcome;
import muster.proof.harness.Program;
import muster.proof.harness.Signals;
import muster.proof.harness.Stage;
import muster.proof.harness.Traffic;
import muster.proof.harness.WebApp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The promise, kept by a real HAProxy that {@code muster balance -with haproxy} drives. */
class ZeroFailedByHaproxyTest extends ZeroFailedRequests {
    /** Forced while requests are under way; {@code -Dhaproxy.reloads=200} for a long run. */
    private static final int RELOADS = Integer.getInteger("haproxy.reloads", 12);

    /** Of who is there, while requests are under way; {@code -Dhaproxy.changes=1000} for a long run. */
    private static final int CHANGES = Integer.getInteger("haproxy.changes", 40);

    /** As a whole, its worker, its master, so often; {@code -Dhaproxy.kills=20} for a long run. */
    private static final int KILLS = Integer.getInteger("haproxy.kills", 1);

    /** A line of the log has it when HAProxy has taken something by its sockets. */
    private static final String TOLD = "haproxy: commands given";

    private static final Path BUILT_IN = Path.of("../../templating/templates/haproxy.cfg.hb");

    @Override
    MusterNode balancer(Stage stage) {
        return stage.balancer("balancer").byHaproxy();
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES) // for a long run
    void no_request_fails_while_it_reloads_again_and_again(Stage stage) throws IOException {
        Path template = stage.file("haproxy.cfg.hb", text(0));
        var site = new Site(stage, 2, "-haproxy-template=" + template);
        var program = site.balancer.program();
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            for (int reload = 1; reload <= RELOADS; reload++) {
                Files.writeString(template, text(reload));
                program.signal("HUP");
                int wanted = reload;
                Await.until("reload " + reload, () -> reloads(program) >= wanted);
            }
            traffic.goesOn().endsWithoutFailure();
        }
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES) // for a long run
    void no_request_fails_while_a_backend_comes_and_goes_again_and_again(Stage stage) {
        var site = new Site(stage, 2, "-backend-port=23000");
        var serf = stage.serf("web-3").with("-tag=role=idle", "-join=" + site.balancer.gossipAddress());
        stage.start("app of web-3", WebApp.command("web-3", serf.host(), Stage.APP_PORT))
                .awaitLine("listening");
        serf.start();
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            for (int change = 1; change <= CHANGES; change++) {
                assertThat(serf.serf("tags", "-set", "role=" + (change % 2 == 1 ? "backend" : "idle"))
                                .exitCode())
                        .isZero();
            }
            assertThat(serf.serf("tags", "-set", "role=backend").exitCode()).isZero();
            traffic.awaitServedBy("web-3").goesOn().endsWithoutFailure();
        }
        assertThat(reloads(site.balancer.program())).isZero();
    }

    /** The built-in one; the number is something that no command can change. */
    private static String text(int number) throws IOException {
        return Files.readString(BUILT_IN)
                .replace("\n    retries 3\n", "\n    retries 3\n    backlog " + (4_000 + number) + "\n");
    }

    private static long reloads(Program program) {
        return lines(program, "HAProxy reloaded");
    }

    private static long lines(Program program, String words) {
        return program.lines().stream()
                .filter(line -> line.text().contains(words))
                .count();
    }

    @Test
    void joins_and_leaves_need_no_reload_and_its_file_follows(Stage stage) {
        var site = new Site(stage, 2, "-haproxy-check=/health");
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH)) {
            assertThat(site.apps.getFirst().leave()).isZero();
            traffic.awaitNoLongerServedBy("web-1");
            Await.until(
                    "the file to follow",
                    () -> file(stage).contains("server web-2 ") && !file(stage).contains("server web-1 "));
            traffic.endsWithoutFailure();
        }
        assertThat(reloads(site.balancer.program())).isZero();
    }

    private static String file(Stage stage) {
        try {
            return Files.readString(stage.directory().resolve("haproxy/haproxy.cfg"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES) // for a long run
    void killed_as_a_whole_or_in_part_it_is_back_with_all_its_servers_and_only_requests_of_that_time_fail(Stage stage) {
        var site = new Site(stage, 2);
        var killed = new ArrayList<Lost>();
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            List<Predicate<ProcessHandle>> parts =
                    List.of(each -> true, ZeroFailedByHaproxyTest::isWorker, each -> !isWorker(each));
            for (int kill = 0; kill < KILLS * parts.size(); kill++) {
                var victims = parts.get(kill % parts.size());
                var before = haproxy(site.balancer);
                long sinceNanos = System.nanoTime();
                before.stream().filter(victims).toList().forEach(ProcessHandle::destroyForcibly);
                Await.until(
                        "another one",
                        () -> before.stream().noneMatch(each -> Program.runs(each.pid()))
                                && answers(site.balancer.listenAddress()));
                killed.add(Lost.ofAny(sinceNanos, System.nanoTime()));
                site.apps.forEach(app -> traffic.awaitServedAgainBy(app.name()));
            }
            traffic.goesOn().endsWithout(killed);
        }
        System.out.println("kill -9 of HAProxy to its next answer, ms: "
                + killed.stream()
                        .map(each -> (each.toNanos() - each.fromNanos()) / 1_000_000)
                        .sorted()
                        .toList());
    }

    private static boolean isWorker(ProcessHandle process) {
        return process.children().findAny().isEmpty();
    }

    @Test
    void its_worker_hangs_and_is_replaced_and_it_serves_as_before(Stage stage) {
        hangsAndIsReplaced(stage, true);
    }

    @Test
    void its_master_hangs_and_is_replaced_and_it_serves_as_before(Stage stage) {
        hangsAndIsReplaced(stage, false);
    }

    private void hangsAndIsReplaced(Stage stage, boolean isWorker) {
        var site = new Site(stage, 2);
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            var hanging = haproxy(site.balancer).stream()
                    .filter(each -> isWorker == isWorker(each))
                    .findFirst()
                    .orElseThrow();
            Signals.send("STOP", hanging.pid());
            Await.until("its end", () -> !hanging.isAlive() && answers(site.balancer.listenAddress()));
            long backNanos = System.nanoTime();
            site.apps.forEach(app -> traffic.awaitServedAgainBy(app.name()));
            site.app("web-3");
            traffic.awaitServedBy("web-3").goesOn().endsWithoutFailureSince(backNanos);
        }
    }

    private static List<ProcessHandle> haproxy(MusterNode balancer) {
        return balancer.children().stream()
                .filter(child -> child.info().command().orElse("").endsWith("haproxy"))
                .toList();
    }

    private static boolean answers(String address) {
        try (var connection = new Connection(address, Duration.ofSeconds(5))) {
            return connection.exchange("GET", "/who?id=back", "", new byte[0]).status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void no_request_fails_when_the_balancer_is_killed_and_started_again(Stage stage) {
        var site = new Site(stage, 2, "-snapshot=" + stage.directory() + "/snapshot"); // it joins again at once
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            site.balancer.program().kill();
            traffic.goesOn();
            site.balancer.start();
            site.balancer.awaitBackends("ready", site.apps);
            site.app("web-3");
            traffic.awaitServedBy("web-3").goesOn().endsWithoutFailure();
        }
        assertThat(reloads(site.balancer.program())).isZero();
        assertThat(site.balancer.leave()).isZero();
        assertThat(answers(site.balancer.listenAddress())).isFalse();
    }

    @Test
    void a_node_that_hangs_gets_no_more_requests_on_suspicion_alone(Stage stage) {
        var site = new Site(stage, 3);
        var node = site.apps.getFirst();
        getsNoMoreRequests(site, node::freeze, node::thaw);
    }

    /** Its node asks it at {@code /health} and takes it back. */
    @Test
    void an_app_that_hangs_gets_no_more_requests_once_its_node_has_noticed(Stage stage) {
        var site = new Site(stage, 3);
        var app = site.apps.getFirst().children();
        getsNoMoreRequests(
                site,
                () -> app.forEach(process -> Signals.send("STOP", process.pid())),
                () -> app.forEach(process -> Signals.send("CONT", process.pid())));
    }

    /** From when HAProxy is told; what it had given to web-1 until then waits there. */
    private void getsNoMoreRequests(Site site, Runnable hang, Runnable goOn) {
        var program = site.balancer.program();
        try (var traffic = site.traffic(Style.KEEP_ALIVE, Style.FRESH, Style.POST)) {
            long before = lines(program, TOLD);
            hang.run();
            Await.until("HAProxy to be told", () -> lines(program, TOLD) > before);
            long sinceNanos = System.nanoTime();
            traffic.goesOn().endsWithoutFailureSince(sinceNanos); // a request that hung would be given up by now
        }
        goOn.run();
        try (var traffic = new Traffic(site.balancer.listenAddress(), Style.KEEP_ALIVE, Style.FRESH)) {
            traffic.awaitServedBy("web-1").goesOn().endsWithoutFailure();
        }
    }

    @Test
    void more_requests_than_a_backend_may_have_at_once_wait_in_haproxy(Stage stage) throws Exception {
        var site = new Site(stage, 1, "-backend-max-connections=1", "-queue-timeout=30s");
        site.balancer.awaitBackends("ready", site.apps);
        try (var both = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = both.submit(() -> slow(site.balancer));
            Await.until("the first one to be given", () -> figure(site.balancer, "web-1", "scur") == 1);
            var second = both.submit(() -> slow(site.balancer));
            assertThat(first.get()).isEqualTo(200);
            assertThat(second.get()).isEqualTo(200);
        }
        assertThat(figure(site.balancer, "web-1", "smax")).isOne();
        assertThat(figure(site.balancer, "BACKEND", "qmax")).isOne();
    }

    /** One that the app takes some seconds for. @return its status */
    private static int slow(MusterNode balancer) throws IOException {
        try (var connection = new Connection(balancer.listenAddress(), Duration.ofSeconds(60))) {
            return connection
                    .exchange("GET", "/who?id=slow&delay=4000", "", new byte[0])
                    .status();
        }
    }

    /** What HAProxy's page says of its backend or of one of the servers in it. */
    private static long figure(MusterNode balancer, String of, String column) {
        try (var connection = new Connection(balancer.statsAddress(), Duration.ofSeconds(15))) {
            var rows = connection
                    .exchange("GET", "/;csv", "", new byte[0])
                    .text()
                    .lines()
                    .toList();
            int at =
                    List.of(rows.getFirst().substring("# ".length()).split(",")).indexOf(column);
            var row = rows.stream()
                    .filter(each -> each.startsWith("web," + of + ","))
                    .findFirst();
            return Long.parseLong(row.orElseThrow().split(",")[at]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void what_its_checks_find_dead_shows_in_the_pool_with_its_words(Stage stage) {
        var balancer = balancer(stage).with("-backend-port=23000").start();
        var app = stage.app("web-1").joining(balancer).start();
        stage.serf("web-2")
                .with("-tag=role=backend", "-join=" + balancer.gossipAddress())
                .start(); // and nobody listens
        balancer.awaitBackends("ready", List.of(app));
        Await.until("the dead one", () -> {
            var pool = balancer.cli("pool").stdout();
            return pool.contains("ejected") && pool.contains("HAProxy has it as DOWN: L4CON");
        });
    }

    @Test
    void who_does_not_answer_the_path_that_was_given_for_checks_is_taken_out(Stage stage) {
        var balancer = balancer(stage).with("-haproxy-check=/nowhere").start();
        stage.app("web-1").joining(balancer).start();
        Await.until(
                "its end in rotation", () -> balancer.cli("pool").stdout().contains("HAProxy has it as DOWN: L7STS"));
    }

    @Test
    void a_stop_takes_haproxy_along_and_waits_for_no_idle_client(Stage stage) throws IOException {
        var site = new Site(stage, 1);
        site.balancer.awaitBackends("ready", site.apps);
        try (var idle = new Connection(site.balancer.listenAddress(), Duration.ofSeconds(15))) {
            assertThat(idle.exchange("GET", "/who?id=1", "", new byte[0]).status())
                    .isEqualTo(200);
            var haproxy = haproxy(site.balancer);
            assertThat(site.balancer.leave()).isZero();
            assertThat(haproxy).isNotEmpty().noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void what_is_wrong_at_the_start_is_told_and_nothing_is_left_behind(Stage stage) throws IOException {
        var missing = balance(stage, "-with=haproxy", "-haproxy-program=haproxy-not-here");
        assertThat(missing.stderr())
                .contains("flag -haproxy-program: there is no program 'haproxy-not-here' in PATH or an sbin directory");
        var program = stage.file("no-haproxy", "#!/bin/sh\necho hello\nexit 3\n");
        var unusable = balance(stage, "-with=haproxy", "-haproxy-program=" + program);
        assertThat(unusable.stderr())
                .contains("flag -haproxy-program: " + program + " is a file that this user may not execute")
                .contains("chmod +x");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        var mute = balance(stage, "-with=haproxy", "-haproxy-program=" + program);
        assertThat(mute.stderr())
                .contains("flag -haproxy-program: '" + program + " -v' does not tell a version of HAProxy")
                .contains("status 3")
                .contains("hello");
        Files.writeString(program, "#!/bin/sh\necho HAProxy version 2.4.22 2023/01/01\n");
        var old = balance(stage, "-with=haproxy", "-haproxy-program=" + program);
        assertThat(old.stderr()).contains(program + " is HAProxy 2.4; its runtime API takes new servers from 2.6 on");
        var theirs = balance(stage, "-with=haproxy", "-via");
        assertThat(theirs.stderr()).contains("-via").contains("-haproxy-template");
        var ours = balance(stage, "-haproxy-cli=127.0.0.1:9999");
        assertThat(ours.stderr()).contains("-haproxy-cli").contains("-with haproxy");
        var template = stage.file("broken.cfg.hb", "global\n    maxcon 3\n");
        var unread = balance(stage, "-with=haproxy", "-picker=round-robin", "-haproxy-template=" + template);
        assertThat(unread.stderr()).contains("-picker").contains("{{env \"MUSTER_PICKER\"}}");
        var broken = balance(stage, "-with=haproxy", "-haproxy-template=" + template);
        assertThat(broken.stderr()).contains("unknown keyword 'maxcon' in 'global' section");
        var misspelt = stage.file("misspelt.cfg.hb", "global\n{{nane}}\n");
        var unknown = balance(stage, "-with=haproxy", "-haproxy-template=" + misspelt);
        assertThat(unknown.stderr())
                .contains("flag -haproxy-template: " + misspelt + ":2:3: there is no value called nane here");
        var nowhere = balance(stage, "-with=haproxy", "-haproxy-template=nowhere.cfg.hb");
        assertThat(nowhere.stderr()).contains("flag -haproxy-template: nowhere.cfg.hb: no such file");
        stage.file("haproxy.cfg", "# somebody's");
        var foreign = balance(stage, "-with=haproxy", "-haproxy-dir=" + stage.directory());
        assertThat(foreign.stderr()).contains("not Muster's").contains("-haproxy-dir");
    }

    @Test
    void a_port_of_a_template_that_another_haproxy_has_is_told_with_its_name(Stage stage) {
        String address = stage.address();
        var template = stage.file("own.cfg.hb", """
                defaults
                    mode http
                    timeout client 5s
                    timeout server 5s
                    timeout connect 5s
                listen web
                    bind %s:8080
                """.formatted(address));
        var first = stage.start(
                "balancer",
                Launcher.command(
                        "balance",
                        "-bind=" + address + ":27946",
                        "-rpc-addr=" + address + ":27373",
                        "-with=haproxy",
                        "-haproxy-dir=" + stage.directory() + "/first",
                        "-haproxy-template=" + template));
        first.awaitLine("Log data will now stream in");

        var second = balance(stage, "-with=haproxy", "-haproxy-template=" + template);

        assertThat(second.stderr())
                .contains("flag -haproxy-template: HAProxy listens at " + address + ":8080, and so does haproxy (pid ");
        assertThat(first.running()).isTrue();
        assertThat(first.stop()).as(first.output()).isZero();
    }

    /** A balancer that cannot start. */
    private static Outcome balance(Stage stage, String... flags) {
        var address = stage.address();
        var arguments =
                new ArrayList<>(List.of("balance", "-bind=" + address + ":27946", "-rpc-addr=" + address + ":27373"));
        arguments.addAll(List.of(flags));
        if (arguments.contains("-with=haproxy")
                && arguments.stream().noneMatch(flag -> flag.startsWith("-haproxy-dir"))) {
            arguments.add("-haproxy-dir=" + stage.directory() + "/" + address);
        }
        var outcome = stage.muster(arguments.toArray(String[]::new));
        assertThat(outcome.exitCode()).as(outcome.stderr()).isEqualTo(1);
        return outcome;
    }
}
