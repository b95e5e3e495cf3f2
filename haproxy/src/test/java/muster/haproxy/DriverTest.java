package muster.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Presence;
import muster.templating.Model;
import muster.templating.Ready;
import muster.templating.Syntax;
import muster.templating.Template;
import muster.templating.target.Commands;
import muster.templating.target.Publisher.Step;
import muster.templating.target.Target;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The real HAProxy follows whoever is there: what it says that it has is compared with the members. The tests that take longest
 * begin first, because others run beside them.
 */
@TestMethodOrder(OrderAnnotation.class)
@Execution(ExecutionMode.CONCURRENT) // an order alone would mean one after the other
class DriverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CHANGES = 300;

    @TempDir
    Path directory;

    private Path home; // of its files
    private RestartedHaproxy program;
    private final SortedMap<String, Announcement> members = new ConcurrentSkipListMap<>();
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final List<String> dead = new CopyOnWriteArrayList<>();
    private volatile String template;
    private volatile Step check = DriverTest::check;
    private Driver driver;
    private RuntimeApi api;
    private ReservedPort reserved;
    private int port;

    private final Voice voice = new Voice() {
        @Override
        public void info(String sentence) {
            said.add(sentence);
        }

        @Override
        public void warn(String sentence) {
            said.add("WARN " + sentence);
        }

        @Override
        public void down(String host, int port) {
            dead.add(host + ":" + port);
        }
    };

    @BeforeEach
    void prepare() throws Exception {
        reserved = new ReservedPort();
        port = reserved.number();
        program = new RestartedHaproxy(directory);
        home = directory;
        template = """
                global
                    hard-stop-after 30s
                defaults
                    mode http
                    timeout connect 1s
                    timeout client 20s
                    timeout server 20s
                    retries 0
                frontend web
                    bind 127.0.0.1:%d
                    default_backend web
                backend web
                {{#each services.web.addresses}}
                    server {{label}} {{address}} weight {{weight}} check port %d inter 60s fall 1
                {{/each}}
                """.formatted(port, port); // its own port answers checks, wherever the members are
        api = RuntimeApi.at(directory.resolve("master.sock"), Duration.ofSeconds(20));
    }

    @AfterEach
    void end() throws Exception {
        if (driver != null) {
            driver.close();
        }
        program.end();
        reserved.close();
    }

    private void start() throws Exception {
        start(Duration.ofMillis(1), Duration.ofMillis(1));
    }

    private void start(Duration quiet, Duration hold) throws Exception {
        var target = new Target(
                "haproxy",
                Path.of(""),
                home.resolve("haproxy.cfg"),
                Syntax.HAPROXY,
                PosixFilePermissions.fromString("rw-------"),
                null,
                null,
                "",
                "",
                Duration.ofSeconds(30),
                quiet,
                hold,
                1);
        driver = new Driver(
                new DriverSettings(
                        target, home.resolve("master.sock"), home.resolve("servers.state"), Duration.ofHours(1)),
                () -> Model.of(members.values()),
                model -> Template.of("haproxy.cfg.hb", template, directory, Syntax.HAPROXY, Map.of())
                        .render(model),
                file -> check.with(file),
                program,
                voice);
        if (!driver.takeOver()) {
            driver.start();
        }
    }

    private static Commands.Result check(Path file) {
        try {
            Process process = new ProcessBuilder(
                            "sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; exec haproxy -c -f \"$1\"", "sh", file.toString())
                    .redirectErrorStream(true)
                    .start();
            String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Commands.Result(process.waitFor() == 0, words);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void member(String name, int port, Presence presence, int weight, boolean draining) {
        members.put(
                name,
                new Announcement(
                        name,
                        "127.0.0.1",
                        new TreeMap<>(),
                        presence,
                        List.of(new Announcement.Service(
                                "web",
                                port,
                                "http",
                                "",
                                weight,
                                draining ? Announcement.Condition.DRAINING : Announcement.Condition.READY))));
    }

    private void alive(String name, int port) {
        member(name, port, Presence.ALIVE, 10, false);
    }

    private SortedMap<String, RunningServers.Server> running() throws Exception {
        return RunningServers.parse(api.askWorker("show servers state")).of("web");
    }

    private void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Exception problem = null;
            try {
                if (condition.call()) {
                    return;
                }
            } catch (IOException | RunningServers.NotUnderstood e) {
                problem = e; // while it starts anew
            }
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(
                        "waited in vain for " + what + ": " + said + "\n"
                                + Files.readString(home.resolve("haproxy.cfg")) + "\n" + program.log(),
                        problem);
            }
            Thread.sleep(5);
        }
    }

    /** What HAProxy should have: by name the address, the weight, and whether it is in maintenance. */
    private Map<String, String> expected() {
        Presence best = members.values().stream().anyMatch(each -> isReady(each)) ? Presence.ALIVE : Presence.SUSPECT;
        return members.values().stream()
                .filter(each -> !each.presence().isGone())
                .collect(Collectors.toMap(Announcement::node, each -> {
                    Announcement.Service service = each.services().getFirst();
                    boolean doubted = best == Presence.ALIVE && !isReady(each);
                    return each.host() + ":" + service.port() + " " + service.weight() + " " + doubted;
                }));
    }

    private static boolean isReady(Announcement each) {
        return each.presence() == Presence.ALIVE && each.services().getFirst().weight() > 0;
    }

    private Map<String, String> has() throws Exception {
        return running().entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, each -> {
            RunningServers.Server server = each.getValue();
            return server.host() + ":" + server.port() + " " + server.weight() + " " + server.inMaintenance();
        }));
    }

    private void awaitAgreement() throws Exception {
        driver.changed();
        await("agreement on " + expected(), () -> has().equals(expected()));
    }

    @Test
    @Order(2)
    void after_any_sequence_of_changes_reloads_and_deaths_it_has_what_the_members_say() throws Exception {
        long seed = Long.getLong("haproxy.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        var random = new Random(seed);
        start();
        String first = template;
        for (int change = 0; change < CHANGES; change++) {
            for (int i = random.nextInt(4); i >= 0; i--) {
                int number = random.nextInt(10);
                String name = "n" + number;
                if (random.nextInt(4) == 0) {
                    members.remove(name);
                } else {
                    Presence presence = random.nextInt(4) == 0 ? Presence.SUSPECT : Presence.ALIVE;
                    member(name, 1 + 10 * number + random.nextInt(10), presence, 1 + random.nextInt(200), false);
                }
            }
            switch (random.nextInt(16)) {
                case 0 -> template = first.replace("retries 0", "retries " + random.nextInt(5));
                case 1 -> program.kill();
                case 2 -> byHand("set server web/n" + random.nextInt(10) + " weight " + random.nextInt(256));
                case 3 -> byHand("set server web/n" + random.nextInt(10) + " state ready");
                default -> {}
            }
            driver.changed();
            if (random.nextInt(3) == 0) {
                driver.retry(); // one that was killed while it loaded
                awaitAgreement();
            }
        }
        driver.retry();
        awaitAgreement();
        awaitFile();
    }

    /** It may be starting anew, and then nobody hears it. */
    private void byHand(String command) {
        try {
            api.askWorker(command);
        } catch (IOException e) {
            said.add("not heard: " + command);
        }
    }

    private void awaitFile() throws Exception {
        String text = Template.of("t", template, directory, Syntax.HAPROXY, Map.of())
                .render(Model.of(members.values()))
                .text();
        await(
                "the file " + text,
                () -> Files.readString(home.resolve("haproxy.cfg")).equals(text));
    }

    @Test
    void doubt_is_maintenance_at_once_without_a_reload_and_the_last_one_is_never_doubted() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        member("n1", 1, Presence.SUSPECT, 10, false);
        awaitAgreement();
        assertThat(running().get("n1").inMaintenance()).isTrue();
        member("n2", 2, Presence.SUSPECT, 10, false);
        awaitAgreement();
        assertThat(running().get("n1").inMaintenance()).isFalse();
        alive("n1", 1);
        awaitAgreement();
        assertThat(running().get("n2").inMaintenance()).isTrue();
        member("n2", 2, Presence.ALIVE, 10, true);
        driver.changed();
        await("draining", () -> running().get("n2").inMaintenance());
        assertThat(driver.counters()).doesNotContainKey("reloads");
    }

    @Test
    void who_is_doubted_stays_or_comes_back_where_the_others_are_dead_or_drain_by_hand() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        api.askWorker("set server web/n2 health down");
        member("n1", 1, Presence.SUSPECT, 10, false);
        awaitLooks();
        assertThat(running().get("n2").isDead()).isTrue();
        assertThat(running().get("n1").inMaintenance()).isFalse();
        api.askWorker("set server web/n2 health up");
        awaitAgreement();
        assertThat(running().get("n1").inMaintenance()).isTrue();
        api.askWorker("set server web/n2 state drain");
        driver.changed();
        await("its return", () -> !running().get("n1").inMaintenance());
        api.askWorker("set server web/n2 state ready");
        awaitAgreement();
        assertThat(running().get("n1").inMaintenance()).isTrue();
    }

    @Test
    void who_leaves_gets_no_more_requests_even_while_the_new_text_is_refused() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        String right = template;
        template = right.replace("mode http", "mode htttp");
        members.remove("n2");
        alive("n3", 3);
        driver.changed();
        await("the refusal", () -> said.stream().anyMatch(each -> each.contains("htttp")));
        await("the end of n2", () -> running().get("n2").inMaintenance());
        assertThat(running()).containsOnlyKeys("n1", "n2");
        assertThat(Files.readString(directory.resolve("haproxy.cfg")))
                .contains("server n2")
                .contains("mode http\n");
        assertThat(Files.readString(directory.resolve(".haproxy.cfg.refused"))).contains("mode htttp");
        template = "{{#each services.web.adresses}}{{/each}}";
        driver.changed();
        await("the mistake", () -> said.stream().anyMatch(each -> each.contains("each needs a list")));
        template = right;
        awaitAgreement();
    }

    @Test
    void a_server_line_that_it_refuses_does_not_have_the_others_added_and_deleted_again_and_again() throws Exception {
        template = template.replace("fall 1", "fall 1{{#if (eq label \"z9\")}} odd{{/if}}");
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        alive("a1", 2); // its command comes before the one that is refused
        alive("z9", 3);
        driver.changed();
        await("the refusal", () -> said.stream().anyMatch(each -> each.contains("'odd'")));
        await("the text before", () -> running().keySet().equals(Set.of("n1")));
        awaitLooks();
        long before = driver.counters().get("commands");
        awaitLooks();
        awaitLooks();
        assertThat(driver.counters()).containsEntry("commands", before);

        member("n1", 1, Presence.ALIVE, 20, false); // something new is tried at once
        driver.changed();
        await("another refusal", () -> driver.counters().get("commands") > before);
        members.remove("z9");
        awaitAgreement();
        awaitFile();
        assertThat(driver.counters()).doesNotContainKey("reloads");
    }

    @Test
    void a_server_whose_checks_failed_stays_dead_over_a_reload_with_a_state_file_and_without() throws Exception {
        template = template.replace("check port " + port, "check");
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            for (boolean loads : new boolean[] {false, true}) {
                if (loads) {
                    withStateFile();
                }
                alive("n1", 1); // nobody listens
                alive("n2", app.getLocalPort());
                if (driver == null) {
                    start();
                }
                driver.changed();
                await(
                        "the first check",
                        () -> running().containsKey("n1") && running().get("n1").isDead());
                await("word of it", () -> dead.contains("127.0.0.1:1"));
                api.askWorker("set server web/n2 state drain");
                await("the drain", () -> running().get("n2").isDraining());
                long before = driver.counters().getOrDefault("reloads", 0L);
                template = template.replaceFirst("retries \\d", "retries " + (loads ? 1 : 2));
                driver.changed();
                await("a reload", () -> driver.counters().getOrDefault("reloads", 0L) > before);
                await(
                        "what was known",
                        () -> running().get("n1").isDead()
                                && running().get("n2").isDraining());
            }
        }
    }

    /** It is killed, and is back with n1. */
    private void awaitAnotherStart() throws Exception {
        int starts = program.starts;
        program.kill();
        await("another start", () -> program.starts > starts);
        await("its return", () -> running().containsKey("n1"));
    }

    /** With n1 and n2; the second time from a configuration that loads a state file, where that is asked for. */
    private void startsOrGoesOnWithTwo(boolean loadsState) throws Exception {
        if (loadsState) {
            withStateFile();
        }
        alive("n1", 1);
        alive("n2", 2);
        if (driver == null) {
            start();
        }
        driver.changed();
        await("all", () -> has().equals(expected()));
    }

    @Test
    void what_a_reload_carried_over_does_not_come_back_with_a_later_start() throws Exception {
        withStateFile();
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        api.askWorker("set server web/n1 state drain");
        template = template.replace("retries 0", "retries 1");
        driver.changed();
        await("a reload", () -> said.stream().anyMatch(each -> each.startsWith("HAProxy reloaded")));
        assertThat(running().get("n1").isDraining()).isTrue();
        api.askWorker("set server web/n1 state ready");
        awaitAnotherStart();
        assertThat(running().get("n1").isDraining()).isFalse();
    }

    @Test
    void what_a_reload_that_failed_would_have_carried_over_does_not_come_back_with_a_later_start() throws Exception {
        withStateFile();
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        api.askWorker("set server web/n1 state drain");
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            template = template.replace(
                    "    default_backend", "    bind 127.0.0.1:" + taken.getLocalPort() + "\n    default_backend");
            driver.changed();
            await("the failure", () -> said.stream().anyMatch(each -> each.contains("the file before is back")));
        }
        api.askWorker("set server web/n1 state ready");
        awaitAnotherStart();
        assertThat(running().get("n1").isDraining()).isFalse();
    }

    @Test
    void what_a_driver_that_was_killed_in_a_reload_has_left_does_not_come_back_with_a_later_start() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        driver.close();
        Path state = Files.writeString(directory.resolve("servers.state"), "1\n# left\n");
        RestartedHaproxy left = program;
        program = new RestartedHaproxy(directory);
        try {
            start();
            assertThat(state).hasContent("1");
        } finally {
            program = left;
        }
    }

    @Test
    void killed_it_comes_back_with_those_who_are_there_now() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        alive("n2", 2);
        awaitAgreement();
        int starts = program.starts;
        program.kill();
        await("another start", () -> program.starts > starts);
        awaitAgreement();
        assertThat(driver.counters()).doesNotContainKey("reloads");
    }

    @Test
    void a_worker_that_hangs_is_replaced_by_the_same_master_and_the_members_are_followed() throws Exception {
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            start();
            awaitAgreement();
            Workers before = Workers.of(api);
            signal("STOP", before.currentPid());
            alive("n2", 2);
            awaitAgreement();
            try (var client = request();
                    var asked = app.accept()) {
                answer(asked);
                read(client);
            }
            assertThat(Workers.of(api).masterPid()).isEqualTo(before.masterPid());
            awaitEnd(before.currentPid());
        }
        assertThat(program.starts).isEqualTo(1);
        assertThat(driver.counters()).containsEntry("hung-processes-ended", 1L);
    }

    @Test
    void a_master_that_hangs_is_replaced_and_its_workers_do_not_outlive_it() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        Workers before = Workers.of(api);
        signal("STOP", before.currentPid());
        signal("STOP", before.masterPid());
        alive("n2", 2);
        awaitAgreement();
        assertThat(program.starts).isEqualTo(2);
        awaitEnd(before.currentPid());
        assertThat(driver.counters()).containsEntry("hung-processes-ended", 1L);
    }

    private void awaitEnd(long worker) throws Exception {
        await(
                "the end of the worker",
                () -> ProcessHandle.of(worker).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void ten_clients_that_sit_on_the_masters_socket_cost_no_request_and_no_process() throws Exception {
        template = template.replace("hard-stop-after 30s", "hard-stop-after 300s")
                .replace("20s", "300s"); // the request is held all the time
        var sitting = new ArrayList<SocketChannel>();
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            start();
            awaitAgreement();
            long master = Workers.of(api).masterPid();
            try (var client = request();
                    var asked = app.accept()) {
                for (int i = 0; i < 10; i++) {
                    sitting.add(SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("master.sock"))));
                }
                weight("n1", app, 11);
                awaitAgreement();
                try (var other = request();
                        var alsoAsked = app.accept()) {
                    answer(alsoAsked);
                    read(other);
                }
                answer(asked);
                read(client);
            }
            assertThat(Workers.of(api).masterPid()).isEqualTo(master);
        } finally {
            for (SocketChannel each : sitting) {
                each.close();
            }
        }
        assertThat(program.starts).isEqualTo(1);
        assertThat(said).anyMatch(each -> each.contains("though it takes connections on its socket"));
        assertThat(driver.counters()).doesNotContainKey("hung-processes-ended");
    }

    @Test
    @Order(1)
    void one_whose_socket_was_removed_or_replaced_makes_it_again_and_cuts_no_request() throws Exception {
        Path socket = directory.resolve("master.sock");
        // Made beside it and moved over it: made where one was deleted, it could have the number of that file.
        Path other = directory.resolve("other");
        template = template.replace("hard-stop-after 30s", "hard-stop-after 300s")
                .replace("20s", "300s"); // the request is held all the time
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            start();
            awaitAgreement();
            long master = Workers.of(api).masterPid();
            try (var client = request();
                    var asked = app.accept()) {
                Files.delete(socket);
                weight("n1", app, 11);
                awaitAgreement();
                awaitLooks();
                Files.writeString(other, "somebody's");
                Files.move(other, socket, StandardCopyOption.ATOMIC_MOVE);
                weight("n1", app, 12);
                awaitAgreement();
                awaitLooks();
                try (var foreign = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                    foreign.bind(UnixDomainSocketAddress.of(other)); // and never answers
                    Files.move(other, socket, StandardCopyOption.ATOMIC_MOVE);
                    weight("n1", app, 13);
                    awaitAgreement();
                }
                answer(asked);
                read(client);
            }
            assertThat(Workers.of(api).masterPid()).isEqualTo(master);
        }
        assertThat(program.starts).isEqualTo(1);
        assertThat(said).anyMatch(each -> each.contains("is gone: " + socket));
        assertThat(said).anyMatch(each -> each.contains("was replaced: " + socket));
        // A machine that stands still for long makes it more.
        assertThat(driver.counters().get("sockets-made-again")).isGreaterThanOrEqualTo(3);
    }

    /** A whole one has begun and ended. */
    private void awaitLooks() throws Exception {
        long before = looks();
        driver.changed();
        await("two looks", () -> looks() > before + 1);
    }

    private long looks() {
        return driver.counters().getOrDefault("looks", 0L);
    }

    private void weight(String name, ServerSocket app, int weight) {
        member(name, app.getLocalPort(), Presence.ALIVE, weight, false);
    }

    private static void signal(String signal, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void one_that_a_killed_driver_left_is_taken_over_as_it_is() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        awaitFile();
        driver.close();
        long worker = Workers.of(api).currentPid();
        RestartedHaproxy left = program;
        var next = new RestartedHaproxy(directory);
        program = next;
        try {
            members.clear();
            start(); // nobody is known yet
            assertThat(said).anyMatch(each -> each.contains("is taken over"));
            api.askWorker("set server web/n1 weight 77");
            driver.changed();
            await("the mend", () -> running().get("n1").weight() == 10);
            assertThat(running()).containsOnlyKeys("n1", "n2");
            alive("n2", 2);
            alive("n3", 3);
            awaitAgreement();
            assertThat(next.found).isEqualTo(Workers.of(api).masterPid());
            assertThat(next.starts).isZero();
            assertThat(Workers.of(api).currentPid()).isEqualTo(worker);
        } finally {
            program = left;
        }
    }

    @Test
    void what_somebody_changed_by_hand_is_mended_within_a_few_seconds_without_any_change_of_members() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        member("n3", 3, Presence.SUSPECT, 10, false);
        awaitAgreement();
        api.askWorker("set server web/n2 weight 77");
        api.askWorker("set server web/n3 state ready");
        api.askWorker("add server web/stranger 127.0.0.1:9");
        await("the mend", () -> has().equals(expected()));
    }

    @Test
    void maintenance_that_somebody_else_ordered_stays_over_changes_doubt_and_reloads_until_it_is_taken_back()
            throws Exception {
        for (boolean loads : new boolean[] {false, true}) {
            startsOrGoesOnWithTwo(loads);
            awaitLooks();
            api.askWorker("set server web/n1 state maint");
            awaitLooks();
            alive("n3", 3);
            member("n2", 2, Presence.SUSPECT, 10, false);
            member("n1", 1, Presence.SUSPECT, 10, false);
            driver.changed();
            await(
                    "doubt",
                    () -> running().containsKey("n3") && running().get("n2").inMaintenance());
            alive("n1", 1);
            alive("n2", 2);
            driver.changed();
            await("trust", () -> !running().get("n2").inMaintenance());
            assertThat(running().get("n1").inMaintenance()).isTrue();
            long before = driver.counters().getOrDefault("reloads", 0L);
            template = template.replaceFirst("retries \\d", "retries " + (loads ? 1 : 2));
            driver.changed();
            await("a reload", () -> driver.counters().getOrDefault("reloads", 0L) > before);
            await("what was ordered", () -> running().get("n1").inMaintenance());
            awaitLooks();
            assertThat(running().get("n1").inMaintenance()).isTrue();
            assertThat(running().get("n2").inMaintenance()).isFalse();
            // The only one left is never doubted.
            members.remove("n3");
            member("n2", 2, Presence.SUSPECT, 10, false);
            driver.changed();
            await("the end of n3", () -> !running().containsKey("n3"));
            assertThat(running().get("n2").inMaintenance()).isFalse();
            api.askWorker("set server web/n1 state ready");
            alive("n2", 2);
            awaitAgreement();
        }
        assertThat(said).anyMatch(each -> each.startsWith("web/n1 was put into maintenance by somebody else"));
    }

    @Test
    void who_drains_by_hand_does_so_again_when_a_doubt_is_over_also_after_a_reload() throws Exception {
        for (boolean loads : new boolean[] {false, true}) {
            startsOrGoesOnWithTwo(loads);
            api.askWorker("set server web/n1 state drain");
            awaitLooks();
            member("n1", 1, Presence.SUSPECT, 10, false);
            awaitAgreement();
            assertThat(running().get("n1").inMaintenance()).isTrue();
            long before = driver.counters().getOrDefault("reloads", 0L);
            template = template.replaceFirst("retries \\d", "retries " + (loads ? 1 : 2));
            driver.changed();
            await("a reload", () -> driver.counters().getOrDefault("reloads", 0L) > before);
            awaitAgreement();
            awaitLooks();
            alive("n1", 1);
            awaitAgreement();
            assertThat(running().get("n1").isDraining()).isTrue();
            api.askWorker("set server web/n1 state ready");
            awaitLooks();
            assertThat(running().get("n1").isDraining()).isFalse();
        }
        assertThat(program.log()).doesNotContain("invalid srv_admin_state");
    }

    @Test
    void maintenance_that_somebody_else_ordered_outlasts_a_leave_and_a_return() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        awaitLooks();
        api.askWorker("set server web/n1 state maint");
        awaitLooks();
        members.remove("n1");
        awaitAgreement();
        awaitLooks();
        alive("n1", 3);
        driver.changed();
        await("its return", () -> running().containsKey("n1"));
        awaitLooks();
        assertThat(running().get("n1").inMaintenance()).isTrue();
        api.askWorker("set server web/n1 state ready");
        awaitLooks();
        awaitAgreement();
        assertThat(driver.counters()).doesNotContainKey("reloads");
    }

    @Test
    void maintenance_that_somebody_else_ordered_outlasts_the_process_that_was_told() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        awaitFile();
        awaitLooks();
        api.askWorker("set server web/n1 state maint");
        awaitLooks();
        Files.delete(directory.resolve("master.sock")); // it starts itself anew
        await("its renewal", () -> driver.counters().containsKey("sockets-made-again"));
        await("what was ordered", () -> running().get("n1").inMaintenance());
        int starts = program.starts;
        program.kill();
        await("another start", () -> program.starts > starts);
        await("what was ordered", () -> running().get("n1").inMaintenance());
        awaitLooks();
        assertThat(running().get("n1").inMaintenance()).isTrue();
        api.askWorker("set server web/n1 state ready");
        awaitLooks();
        awaitAgreement();
    }

    @Test
    void a_text_that_is_refused_claims_no_maintenance() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        template = template.replace("mode http", "mode htttp").replace("fall 1", "fall 1 disabled");
        driver.changed();
        await("the refusal", () -> said.stream().anyMatch(each -> each.contains("htttp")));
        awaitLooks();
        api.askWorker("set server web/n1 state maint");
        awaitLooks();
        awaitLooks();
        assertThat(running().get("n1").inMaintenance()).isTrue();
    }

    @Test
    void what_somebody_orders_while_a_text_is_checked_stays() throws Exception {
        alive("n1", 1);
        alive("n2", 2);
        start();
        awaitAgreement();
        var isOrdered = new AtomicBoolean();
        check = file -> {
            Commands.Result result = check(file);
            if (!result.ok() && isOrdered.compareAndSet(false, true)) {
                try {
                    api.askWorker("set server web/n1 state maint");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return result;
        };
        template = template.replace("mode http", "mode htttp");
        driver.changed();
        await("the refusal", () -> said.stream().anyMatch(each -> each.contains("htttp")));
        awaitLooks();
        assertThat(running().get("n1").inMaintenance()).isTrue();
    }

    /** A check that ends when it is told to. */
    private static final class Hang implements Step {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CompletableFuture<Step> end = new CompletableFuture<>();

        @Override
        public Commands.Result with(Path file) throws InterruptedException {
            begun.countDown();
            return end.join().with(file);
        }

        void awaitBegin() throws InterruptedException {
            assertThat(begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void while_a_check_hangs_members_are_followed_by_commands_and_requests_are_served() throws Exception {
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            alive("n2", 2);
            start();
            awaitAgreement();
            awaitFile();
            String before = Files.readString(home.resolve("haproxy.cfg"));
            var hang = new Hang();
            check = hang;
            alive("n3", 3);
            driver.changed();
            hang.awaitBegin();

            members.remove("n2");
            alive("n4", 4);
            awaitAgreement();
            serves(app, "n3", "n4");

            assertThat(Files.readString(home.resolve("haproxy.cfg"))).isEqualTo(before);
            check = DriverTest::check;
            hang.end.complete(_ -> new Commands.Result(false, "it took longer than 30000 ms and was killed"));
            await(
                    "word of it",
                    () -> said.contains(
                            "WARN the check does not like the new file: it took longer than 30000 ms and was killed"));
            awaitFile();
            assertThat(driver.counters()).doesNotContainKey("reloads");
        }
    }

    /** What is listening nowhere gets no request. */
    private void serves(ServerSocket app, String... others) throws Exception {
        for (String other : others) {
            api.askWorker("set server web/" + other + " health down");
        }
        try (var client = request();
                var asked = app.accept()) {
            answer(asked);
            read(client);
        }
    }

    @Test
    void what_happens_while_a_check_before_a_reload_hangs_outlasts_the_reload() throws Exception {
        withStateFile();
        alive("n1", 1);
        alive("n2", 2);
        alive("n3", 3);
        start();
        awaitAgreement();
        awaitFile();
        awaitLooks();
        var hang = new Hang();
        check = hang;
        template = template.replace("retries 0", "retries 1");
        driver.changed();
        hang.awaitBegin();

        member("n2", 2, Presence.SUSPECT, 10, false);
        driver.changed();
        await("doubt", () -> running().get("n2").inMaintenance());
        api.askWorker("set server web/n3 state maint");
        assertThat(driver.counters()).doesNotContainKey("reloads");
        check = DriverTest::check;
        hang.end.complete(check);
        await("a reload", () -> said.stream().anyMatch(each -> each.startsWith("HAProxy reloaded")));

        assertThat(running().get("n2").inMaintenance()).isTrue();
        assertThat(running().get("n3").inMaintenance()).isTrue();
        awaitLooks();
        assertThat(program.log()).doesNotContain("leaving forced maintenance"); // not for a moment
        assertThat(running().get("n3").inMaintenance()).isTrue();
        alive("n2", 2);
        api.askWorker("set server web/n3 state ready");
        awaitAgreement();
        awaitFile();
        assertThat(program.log()).contains("leaving forced maintenance");
    }

    @ParameterizedTest
    @ValueSource(strings = {"No space left on device (make room", "Read-only file system (make it writable"})
    void on_a_disk_that_takes_nothing_it_follows_by_commands_and_serves_and_the_file_waits(String trouble)
            throws Exception {
        boolean isFull = trouble.contains("space");
        home = Files.createDirectory(directory.resolve("disk"));
        api = RuntimeApi.at(home.resolve("master.sock"), Duration.ofSeconds(20));
        assumeTrue(
                ran("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", home.toString()),
                "needs root to mount a small disk");
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            alive("n2", 2);
            start();
            awaitAgreement();
            awaitFile();
            String before = Files.readString(home.resolve("haproxy.cfg"));
            if (isFull) {
                fill(home.resolve("ballast"));
            } else {
                assertThat(ran("mount", "-o", "remount,ro", home.toString())).isTrue();
            }

            members.remove("n2");
            alive("n3", 3);
            awaitAgreement();
            await(
                    "word of it",
                    () -> said.stream()
                            .anyMatch(each -> each.startsWith("WARN " + home)
                                    && each.contains("cannot be written: " + trouble)
                                    && each.contains("it is tried again")));
            template = template.replace("retries 0", "retries 1");
            members.remove("n3");
            driver.changed();
            await("the end of n3", () -> running().get("n3").inMaintenance());
            serves(app);
            assertThat(Files.readString(home.resolve("haproxy.cfg"))).isEqualTo(before);
            assertThat(driver.counters()).doesNotContainKey("reloads");

            if (isFull) {
                Files.delete(home.resolve("ballast"));
            } else {
                assertThat(ran("mount", "-o", "remount,rw", home.toString())).isTrue();
            }
            awaitAgreement();
            awaitFile();
            await("a reload", () -> driver.counters().containsKey("reloads"));
            serves(app);
        } finally {
            end();
            ran("umount", "--lazy", home.toString());
        }
    }

    private static boolean ran(String... command) throws Exception {
        return new ProcessBuilder(command).start().waitFor() == 0;
    }

    private static void fill(Path ballast) throws IOException {
        try (var out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(new byte[4_096]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    @Test
    void with_the_template_that_is_built_in_who_drains_stays_while_the_others_are_in_maintenance() throws Exception {
        try (var one = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var two = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) { // its checks go to them
            Template builtIn = builtIn();
            alive("n1", one.getLocalPort());
            alive("n2", two.getLocalPort());
            template = builtIn.render(Model.of(members.values())).text();
            start();
            awaitAgreement();
            awaitLooks();
            api.askWorker("set server web/n2 state maint");
            awaitLooks();
            member("n1", one.getLocalPort(), Presence.ALIVE, 10, true);
            template = builtIn.render(Model.of(members.values())).text();
            awaitLooks();
            awaitLooks();
            assertThat(running().get("n1").inMaintenance()).isFalse();
            assertThat(running().get("n2").inMaintenance()).isTrue();
            api.askWorker("set server web/n2 state ready");
            await("the drain", () -> running().get("n1").inMaintenance());
            assertThat(running().get("n2").inMaintenance()).isFalse();
        }
    }

    private void withStateFile() {
        template = template.replace("global\n", "global\n    server-state-file " + directory + "/servers.state\n")
                .replace("defaults\n", "defaults\n    load-server-state-from-file global\n");
    }

    @Test
    void maintenance_that_an_agent_check_ordered_stays_until_it_says_otherwise() throws Exception {
        var says = new AtomicReference<>("up");
        try (var agent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> answer(agent, says));
            // Without checks of its own, over whose time HAProxy would spread the first questions to the agents.
            template = template.replace(
                    "check port " + port + " inter 60s fall 1",
                    "agent-check agent-inter 200ms agent-port " + agent.getLocalPort());
            alive("n1", 1);
            start();
            awaitAgreement();
            awaitLooks();
            says.set("maint");
            await("its word", () -> running().get("n1").inMaintenance());
            alive("n2", 2);
            driver.changed();
            await("n2", () -> running().containsKey("n2"));
            awaitLooks();
            assertThat(running().get("n1").inMaintenance()).isTrue();
            says.set("ready");
            await("its word", () -> !running().get("n1").inMaintenance());
        }
    }

    private static void answer(ServerSocket agent, AtomicReference<String> says) {
        while (!agent.isClosed()) {
            try (Socket asks = agent.accept()) {
                asks.getOutputStream().write((says.get() + "\n").getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // It did not wait for the answer, and asks again; or the agent is closed.
            }
        }
    }

    @Test
    void servers_in_lines_that_are_not_understood_are_left_alone() throws Exception {
        template += "    server fixed \"127.0.0.1:7\" weight 5\n    server \"odd\" 127.0.0.1:8 weight 5\n";
        alive("n1", 1);
        start();
        driver.changed();
        await("n1", () -> running().containsKey("n1"));
        members.remove("n1");
        alive("n2", 2);
        driver.changed();
        await("n2", () -> running().containsKey("n2"));
        assertThat(running()).containsKeys("fixed", "odd");
    }

    @Test
    void a_port_that_is_taken_is_told_in_its_own_words() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            template = template.replace(":" + port, ":" + taken.getLocalPort());
            assertThatThrownBy(this::start)
                    .isInstanceOf(CannotRun.class)
                    .hasMessageContaining("HAProxy does not run: it exited with status 1")
                    .hasMessageContaining("Address already in use")
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void a_text_that_it_does_not_take_is_no_start() {
        template = template.replace("mode http", "mode htttp");
        assertThatThrownBy(this::start)
                .isInstanceOf(CannotRun.class)
                .hasMessageContaining("the check does not like the new file")
                .hasMessageContaining("htttp");
    }

    @Test
    void however_many_changes_need_a_reload_there_is_a_pause_between_two() throws Exception {
        Duration quiet = Duration.ofMillis(400);
        start(quiet, Duration.ofMillis(1));
        long begun = System.nanoTime();
        String first = template;
        for (int change = 0; change < 1_000; change++) {
            template = first.replace("retries 0", "retries " + (1 + change % 90));
            driver.changed();
            Thread.onSpinWait();
        }
        awaitFile();
        await("its reload", () -> said.stream().anyMatch(each -> each.startsWith("HAProxy reloaded")));
        Long reloads = driver.counters().get("reloads");
        long most = 1 + (System.nanoTime() - begun) / quiet.toNanos();
        assertThat(reloads).isBetween(1L, most);
    }

    @Test
    void old_workers_that_cannot_end_are_bounded() throws Exception {
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var held = new ArrayList<Socket>();
            alive("n1", app.getLocalPort());
            template = template.replace("hard-stop-after 30s", "hard-stop-after 300s")
                    .replace("20s", "300s");
            start();
            awaitAgreement();
            String first = template;
            for (int reload = 1; reload <= 14; reload++) {
                var client = new Socket(InetAddress.getLoopbackAddress(), port);
                held.add(client);
                client.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                held.add(app.accept()); // never answered: the worker has to stay
                long before = driver.counters().getOrDefault("reloads", 0L);
                template = first.replace("retries 0", "retries " + reload);
                driver.changed();
                await(
                        "a reload",
                        () -> driver.counters().getOrDefault("reloads", 0L) > before
                                && Workers.of(api).old().stream().anyMatch(old -> old != 0));
                driver.changed();
            }
            await("fewer of them", () -> Workers.of(api).old().size() <= 8);
            assertThat(driver.counters()).containsKey("old-workers-ended");
            for (Socket each : held) {
                each.close();
            }
        }
    }

    @Test
    void when_nobody_offers_anything_it_keeps_its_servers_for_a_while() throws Exception {
        alive("n1", 1);
        start(Duration.ofMillis(1), Duration.ofDays(1));
        awaitAgreement();
        members.clear();
        driver.changed();
        await("the word", () -> said.stream().anyMatch(each -> each.contains("nobody offers anything")));
        assertThat(running()).containsOnlyKeys("n1");
        assertThat(running().get("n1").inMaintenance()).isFalse();
        alive("n2", 2);
        awaitAgreement();
    }

    @Test
    void a_stop_waits_for_requests_under_way_and_not_for_clients_that_keep_a_connection() throws Exception {
        template = template.replace("    retries 0\n", "    retries 0\n    option idle-close-on-response\n");
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            start();
            awaitAgreement();
            try (var idle = request();
                    var first = app.accept()) {
                answer(first);
                read(idle);
                try (var busy = request();
                        var second = app.accept()) {
                    CompletableFuture<Long> drained = drain();
                    await("a closed door", this::isDoorClosed);
                    assertThat(drained).isNotDone();
                    answer(second);
                    read(busy);
                    assertThat(drained.get(60, TimeUnit.SECONDS)).isZero();
                }
            }
        }
    }

    private CompletableFuture<Long> drain() {
        var drained = new CompletableFuture<Long>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                drained.complete(driver.drain(Duration.ofMinutes(5)));
            } catch (InterruptedException e) {
                drained.completeExceptionally(e);
            }
        });
        return drained;
    }

    private boolean isDoorClosed() {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void a_stop_closes_the_door_at_once_though_a_worker_before_a_reload_has_something_left_and_waits_for_all()
            throws Exception {
        template = template.replace("hard-stop-after 30s", "hard-stop-after 300s")
                .replace("20s", "300s"); // the request is held all the time
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            start();
            awaitAgreement();
            try (var early = request();
                    var asked = app.accept()) {
                long before = Workers.of(api).currentPid();
                template = template.replace("retries 0", "retries 1");
                driver.changed();
                await("a reload", () -> said.stream().anyMatch(each -> each.startsWith("HAProxy reloaded")));
                Workers workers = Workers.of(api);
                assertThat(workers.old()).contains(before);
                CompletableFuture<Long> drained;
                try (var late = request();
                        var alsoAsked = app.accept()) {
                    drained = drain();
                    await("a closed door", this::isDoorClosed);
                    answer(alsoAsked);
                    read(late);
                }
                awaitEnd(workers.currentPid());
                assertThat(drained).isNotDone();
                answer(asked);
                read(early);
                assertThat(drained.get(60, TimeUnit.SECONDS)).isZero();
            }
        }
    }

    @Test
    void a_stop_does_not_take_silence_for_the_end() throws Exception {
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            start();
            awaitAgreement();
            try (var busy = request();
                    var asked = app.accept()) {
                driver.close(); // or it would have the socket made again
                Path socket = directory.resolve("master.sock");
                Path away = Files.move(socket, directory.resolve("away.sock"));
                CompletableFuture<Long> drained = drain();
                assertThatThrownBy(() -> drained.get(1, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
                Files.move(away, socket);
                await("a closed door", this::isDoorClosed);
                answer(asked);
                read(busy);
                assertThat(drained.get(60, TimeUnit.SECONDS)).isZero();
            }
        }
    }

    private Socket request() throws IOException {
        var client = new Socket(InetAddress.getLoopbackAddress(), port);
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return client;
    }

    private static void answer(Socket request) throws IOException {
        request.getInputStream().read(new byte[1_000]);
        request.getOutputStream()
                .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII));
    }

    private static void read(Socket client) throws IOException {
        assertThat(new String(client.getInputStream().readNBytes(15), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 200 OK");
    }

    @Test
    void who_comes_back_while_its_last_request_is_still_under_way_needs_no_reload() throws Exception {
        try (var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            alive("n1", app.getLocalPort());
            alive("n2", 2);
            start();
            awaitAgreement();
            api.askWorker("set server web/n2 health down"); // so that the request goes to n1
            try (var client = request();
                    var held = app.accept()) {
                members.remove("n1");
                driver.changed();
                await("its leave", () -> running().get("n1").inMaintenance());
                alive("n1", app.getLocalPort());
                awaitAgreement();
                answer(held);
                read(client);
            }
        }
        assertThat(driver.counters()).doesNotContainKey("reloads");
    }

    @Test
    void a_removed_or_changed_file_is_written_again_and_it_comes_back_from_it() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        Files.delete(directory.resolve("haproxy.cfg"));
        int starts = program.starts;
        program.kill();
        await("another start", () -> program.starts > starts);
        awaitAgreement();
        Files.writeString(directory.resolve("haproxy.cfg"), "# by hand\n");
        awaitFile();
    }

    @Test
    void a_reload_that_fails_leaves_the_worker_that_there_is() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        long worker = Workers.of(api).currentPid();
        String right = template;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            template = right.replace(
                    "    default_backend", "    bind 127.0.0.1:" + taken.getLocalPort() + "\n    default_backend");
            driver.changed();
            await("the failure", () -> said.stream().anyMatch(each -> each.contains("the file before is back")));
            assertThat(Workers.of(api).currentPid()).isEqualTo(worker);
            template = right;
            awaitAgreement();
            awaitFile();
        }
        assertThat(Workers.of(api).currentPid()).isEqualTo(worker);
    }

    @Test
    void a_text_that_could_not_be_loaded_is_not_loaded_again_until_somebody_says_so_and_a_restart_begins_without_it()
            throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            template = template.replace(
                    "    default_backend", "    bind 127.0.0.1:" + taken.getLocalPort() + "\n    default_backend");
            driver.changed();
            await("the failure", () -> said.stream().anyMatch(each -> each.contains("the file before is back")));
            alive("n2", 2); // is no reason to try
            awaitLooks();
            int starts = program.starts;
            program.kill();
            await("another start", () -> program.starts > starts);
            await("its return", () -> running().containsKey("n1"));
            awaitLooks();
            assertThat(driver.counters()).containsEntry("reloads", 1L);
        }
        driver.retry();
        awaitAgreement();
        awaitFile();
    }

    @Test
    void a_text_with_which_it_ends_though_its_check_likes_it_is_taken_back_and_not_tried_again() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        template = template.replace("global\n", "global\n    chroot " + directory + "/nowhere\n");
        driver.changed();
        await("the way back", () -> said.stream().anyMatch(each -> each.contains("the file before is back")));
        await("its return", () -> has().equals(expected()));
        int starts = program.starts;
        program.kill();
        await("another start", () -> program.starts > starts);
        await("its return", () -> has().equals(expected()));
        awaitLooks();
        assertThat(Files.readString(directory.resolve("haproxy.cfg"))).doesNotContain("nowhere");
        assertThat(said).noneMatch(each -> each.contains("is back and applied"));
        assertThat(driver.counters()).containsEntry("reloads-failed", 1L);
    }

    @Test
    void a_text_that_was_never_tried_is_the_remedy_where_the_one_before_does_not_run_any_more() throws Exception {
        Path page = Files.writeString(directory.resolve("503.http"), "HTTP/1.0 503 No\r\n\r\n");
        String right = template;
        template = right.replace("defaults\n", "defaults\n    errorfile 503 " + page + "\n");
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        Files.delete(page);
        int starts = program.starts;
        program.kill();
        await("a start in vain", () -> program.starts > starts + 1);
        template = right;
        awaitAgreement();
    }

    @Test
    void started_anew_without_members_it_begins_with_those_of_the_last_time() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        driver.close();
        program.end();
        program = new RestartedHaproxy(directory);
        members.clear();
        start(Duration.ofMillis(1), Duration.ofDays(1));
        assertThat(running()).containsOnlyKeys("n1");
    }

    @Test
    void a_file_that_was_never_loaded_is_loaded_by_who_takes_over() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        driver.close();
        template = template.replace("retries 0", "retries 2");
        String text = Template.of("t", template, directory, Syntax.HAPROXY, Map.of())
                .render(Model.of(members.values()))
                .text();
        Files.writeString(directory.resolve("haproxy.cfg"), text);
        Files.createFile(directory.resolve(".haproxy.cfg.unapplied"));
        start();
        await("a reload", () -> driver.counters().containsKey("reloads"));
        awaitAgreement();
        await("no mark", () -> !Files.exists(directory.resolve(".haproxy.cfg.unapplied")));
    }

    @Test
    void once_all_agree_it_rests() throws Exception {
        alive("n1", 1);
        start();
        awaitAgreement();
        awaitFile();
        for (int i = 0; i < 3; i++) { // there and back, faster than the file is written
            alive("n2", 2);
            driver.changed();
            members.remove("n2");
            driver.changed();
        }
        awaitAgreement();
        awaitFile();
        long before = looks();
        Thread.sleep(1_000); // what does not happen cannot be awaited; a busy loop would look thousands of times
        assertThat(looks() - before).isLessThan(50);
    }

    @Test
    void the_template_that_is_built_in_runs_with_nobody_and_with_many() throws Exception {
        Template builtIn = builtIn();
        template = builtIn.render(Model.of(List.of())).text();
        start();
        assertThat(running()).isEmpty();
        for (int n = 1; n <= 50; n++) {
            alive("n" + n, n);
        }
        template = builtIn.render(Model.of(members.values())).text();
        awaitAgreement();
        assertThat(program.log()).doesNotContain("ALERT").doesNotContain("state file");
    }

    private Template builtIn() {
        return Ready.haproxy(Map.of(
                "MUSTER_LISTEN",
                "127.0.0.1:" + port,
                "MUSTER_STATS",
                "",
                "MUSTER_HAPROXY_CLI",
                "",
                "MUSTER_HAPROXY_STATE",
                directory + "/servers.state"));
    }
}
