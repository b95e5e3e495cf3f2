package muster.supervisor.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.Liveness;
import muster.supervisor.Pace;
import muster.supervisor.Probe;
import muster.supervisor.Readiness;
import muster.supervisor.RestartPolicy;
import muster.supervisor.Restarts;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Signal;
import muster.supervisor.Stopping;
import muster.supervisor.linux.Children;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole services, real processes. */
class SupervisorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Pace QUICK =
            new Pace.BackOff(Duration.ofMillis(20), Duration.ofMillis(100), 0, Duration.ofSeconds(10));

    private static final Prober.Runs NOTHING_RUNS = (words, atMost) -> {
        throw new AssertionError(words);
    };

    private final Heard heard = new Heard();

    @TempDir
    Path directory;

    private ServiceSpec service(String script) {
        return ServiceSpec.of("web", List.of("sh", "-c", script))
                .with(Launch.DEFAULTS.withDirectory(directory.toString()))
                .with(Restarts.DEFAULTS.withPace(QUICK));
    }

    private Supervisor start(ServiceSpec spec) {
        return Supervisor.start(spec, heard);
    }

    @Test
    void a_service_that_ends_well_and_is_not_to_be_restarted_is_down_with_its_status() throws Exception {
        try (var supervisor = start(service("exit 0").with(Restarts.DEFAULTS.withPolicy(RestartPolicy.ON_FAILURE)))) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
            assertThat(heard.lines())
                    .containsExactly(
                            "started",
                            "ready",
                            "notReady: Its process exited with status 0.",
                            "exited: exited with status 0",
                            "down: exited with status 0");
        }
    }

    @Test
    void when_news_is_told_every_status_shows_it() throws Exception {
        var supervises = new CompletableFuture<Supervisor>();
        var shown = new CompletableFuture<ServiceStatus>();
        var listener = new Listener() {
            private boolean isReady; // on the supervisor's loop

            @Override
            public void ready(ServiceSpec service) {
                isReady = true;
            }

            @Override
            public void told() {
                if (isReady) {
                    shown.complete(supervises.join().status("web"));
                }
            }
        };
        try (var supervisor = Supervisor.start(service("exec sleep 1000"), listener)) {
            supervises.complete(supervisor);
            assertThat(shown.get(20, TimeUnit.SECONDS).phase()).isEqualTo(ServiceStatus.Phase.READY);
        }
    }

    @Test
    void a_killed_service_is_restarted_soon() {
        try (var supervisor = start(service("exec sleep 1000"))) {
            for (int i = 1; i <= 5; i++) {
                heard.await("ready", i);
                assertThat(Children.ofThisProcess().signalGroup(heard.lastPid(), Signal.KILL))
                        .isTrue();
            }
            heard.await("ready", 6);
            assertThat(heard.statuses).hasSize(5).containsOnly(new ExitStatus.Killed(9, false));
            supervisor.stop();
            heard.await("down", 1);
        }
    }

    @Test
    void a_crash_loop_backs_off_and_is_given_up_with_the_last_code() throws Exception {
        var spec = service("exit 7")
                .with(Restarts.DEFAULTS
                        .withPace(new Pace.BackOff(
                                Duration.ofMillis(50), Duration.ofSeconds(1), 0, Duration.ofSeconds(10)))
                        .withCrashLimit(4, Duration.ofMinutes(1)));
        long before = System.nanoTime();
        try (var supervisor = start(spec)) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
            // 50 + 100 + 200 ms between four runs: it may be slower, never faster.
            assertThat(System.nanoTime() - before)
                    .isGreaterThan(Duration.ofMillis(350).toNanos());
            assertThat(heard.count("started")).isEqualTo(4);
            assertThat(heard.lines().getLast()).startsWith("failed 7: It failed 4 times within 60 s");
        }
    }

    @Test
    void a_missing_command_fails_at_once_with_127_and_says_what_to_do() throws Exception {
        try (var supervisor = start(ServiceSpec.of("web", List.of("no-such-command-here")))) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
            assertThat(heard.lines())
                    .singleElement()
                    .asString()
                    .startsWith("failed 127: Command \"no-such-command-here\" is not found in PATH (")
                    .endsWith("); install it, or give its full path.");
        }
    }

    @Test
    void a_service_that_ignores_its_stop_signal_is_killed_after_the_timeout_and_not_before() throws Exception {
        var spec = service("trap '' TERM; echo > up; while :; do sleep 1; done")
                .with(Stopping.DEFAULTS.withTimeout(Duration.ofMillis(400)));
        try (var supervisor = start(spec)) {
            awaitFile("up");
            long before = System.nanoTime();
            supervisor.stop();
            heard.await("down", 1);
            assertThat(System.nanoTime() - before)
                    .isGreaterThan(Duration.ofMillis(400).toNanos());
            assertThat(heard.statuses).containsExactly(new ExitStatus.Killed(9, false));
        }
    }

    @Test
    void a_service_that_heeds_its_stop_signal_ends_with_its_own_status() throws Exception {
        try (var supervisor = start(service("trap 'exit 5' TERM; echo > up; while :; do sleep 0.01; done"))) {
            awaitFile("up");
            supervisor.stop();
            heard.await("down", 1);
            assertThat(heard.statuses).containsExactly(new ExitStatus.Exited(5));
        }
    }

    @Test
    void a_stopped_process_still_gets_its_stop_signal() throws Exception {
        try (var supervisor = start(service("trap 'exit 5' TERM; echo > up; while :; do sleep 0.01; done"))) {
            awaitFile("up");
            Children.ofThisProcess().signalGroup(heard.lastPid(), Signal.STOP);
            supervisor.stop();
            heard.await("down", 1);
            assertThat(heard.statuses).containsExactly(new ExitStatus.Exited(5));
        }
    }

    @Test
    void another_stop_signal_can_be_chosen() throws Exception {
        var spec = service("trap 'exit 6' QUIT; echo > up; while :; do sleep 0.01; done")
                .with(Stopping.DEFAULTS.withSignals(List.of(Signal.QUIT)));
        try (var supervisor = start(spec)) {
            awaitFile("up");
            supervisor.stop();
            heard.await("down", 1);
            assertThat(heard.statuses).containsExactly(new ExitStatus.Exited(6));
        }
    }

    @Test
    void helpers_that_outlive_the_service_are_gone_before_it_is_down() throws Exception {
        // The shell ends on TERM, its helper does not.
        var spec = service("(trap '' TERM; echo > up; while :; do sleep 0.05; done) & wait")
                .with(Stopping.DEFAULTS.withTimeout(Duration.ofMillis(300)));
        try (var supervisor = start(spec)) {
            awaitFile("up");
            supervisor.stop();
            heard.await("down", 1);
            assertThat(Children.ofThisProcess().groupExists(heard.lastPid())).isFalse();
        }
    }

    @Test
    void it_is_ready_when_its_port_accepts_and_not_before() throws Exception {
        int port = freePort();
        var spec = service("exec sleep 1000").with(Readiness.when(List.of(new Probe.Tcp("127.0.0.1", port))));
        try (var supervisor = start(spec)) {
            heard.await("started", 1);
            // Several probes are refused meanwhile.
            Thread.sleep(100);
            assertThat(heard.count("ready")).isZero();
            try (var server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
                assertThat(server.isBound()).isTrue();
                heard.await("ready", 1);
            }
            supervisor.stop();
            heard.await("down", 1);
        }
    }

    @Test
    void it_is_not_ready_while_another_process_has_its_port() throws Exception {
        var stranger = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        int port = stranger.getLocalPort();
        var spec = service("exec sleep 1000").with(Readiness.when(List.of(new Probe.Tcp("127.0.0.1", port))));
        var logged = new CopyOnWriteArrayList<String>();
        Logger logger = Logger.getLogger(Supervisor.class.getName());
        logger.setFilter(record -> {
            logged.add(MessageFormat.format(record.getMessage(), record.getParameters()));
            return false;
        });
        try (var supervisor = start(spec)) {
            heard.await("started", 1);
            String taken = "service=web port " + port + " is taken by java (pid "
                    + ProcessHandle.current().pid() + "): it is not announced while that is so";
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!logged.contains(taken)) {
                assertThat(System.nanoTime() - end).as(logged.toString()).isNegative();
                Thread.sleep(5);
            }
            // Several probes would have passed meanwhile.
            Thread.sleep(100);
            assertThat(heard.count("ready")).isZero();
            stranger.close();
            try (var own = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
                assertThat(own.isBound()).isTrue();
                heard.await("ready", 1);
            }
            supervisor.stop();
            heard.await("down", 1);
        } finally {
            logger.setFilter(null);
            stranger.close();
        }
    }

    @Test
    void an_http_service_that_turns_sick_is_withdrawn_and_comes_back_when_it_is_well() throws Exception {
        var status = new AtomicInteger(503);
        int port = freePort();
        HttpServer server = HttpServer.create();
        server.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        var probe = new Probe.Http("127.0.0.1", port, "/health");
        var spec = service("exec sleep 1000")
                .with(Readiness.when(List.of(probe)))
                .with(Liveness.withdrawing(List.of(probe)).withEvery(Duration.ofMillis(30)));
        try (var supervisor = start(spec)) {
            heard.await("started", 1);
            // Not before: what listens already when a service starts is not the service.
            server.bind(new InetSocketAddress("127.0.0.1", port), 0);
            server.start();
            status.set(204);
            heard.await("ready", 1);
            status.set(500);
            heard.await("notReady", 1);
            assertThat(heard.lines().getLast())
                    .isEqualTo(
                            "notReady: 3 checks in a row failed, the last one: " + probe + " answered with status 500");
            status.set(302);
            heard.await("ready", 2);
            assertThat(heard.count("started")).isEqualTo(1);
            supervisor.stop();
            heard.await("down", 1);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void a_server_that_accepts_and_says_nothing_is_not_ready() throws Exception {
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var probe = new Probe.Http("127.0.0.1", server.getLocalPort(), "/");
            long before = System.nanoTime();
            assertThat(Prober.ask(List.of(probe), Duration.ofMillis(150), "", NOTHING_RUNS))
                    .isEqualTo(probe + " did not answer within 150 ms");
            assertThat(System.nanoTime() - before)
                    .isBetween(
                            Duration.ofMillis(140).toNanos(),
                            Duration.ofSeconds(5).toNanos());
        }
        assertThat(Prober.ask(
                        List.of(new Probe.Tcp("no-such-host.invalid", 80)), Duration.ofSeconds(1), "", NOTHING_RUNS))
                .contains("failed: ");
    }

    @Test
    void not_ready_in_time_restarts_it() throws Exception {
        var spec = service("exec sleep 1000")
                .with(Readiness.when(List.of(new Probe.Tcp("127.0.0.1", freePort())))
                        .withTimeout(Duration.ofMillis(100)));
        try (var supervisor = start(spec)) {
            heard.await("started", 3);
            assertThat(heard.count("ready")).isZero();
            supervisor.stop();
            heard.await("down", 1);
        }
    }

    @Test
    void draining_lasts_until_the_last_connection_is_gone() throws Exception {
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var spec = service("exec sleep 1000")
                    .with(Stopping.DEFAULTS.withDrain(
                            Duration.ofMillis(50), Duration.ofMinutes(1), List.of(server.getLocalPort())));
            try (var supervisor = start(spec)) {
                heard.await("ready", 1);
                try (var client = new Socket(server.getInetAddress(), server.getLocalPort())) {
                    assertThat(client.isConnected()).isTrue();
                    supervisor.stop();
                    heard.await("draining", 1);
                    // Longer than the minimum and two counts.
                    Thread.sleep(400);
                    assertThat(heard.count("exited")).isZero();
                }
                heard.await("down", 1);
                assertThat(heard.words()).containsExactly("started", "ready", "draining", "notReady", "exited", "down");
            }
        }
    }

    @Test
    void a_second_stop_does_not_wait_for_connections() throws Exception {
        var spec = service("exec sleep 1000")
                .with(Stopping.DEFAULTS.withDrain(Duration.ofMinutes(1), Duration.ofMinutes(2), List.of()));
        try (var supervisor = start(spec)) {
            heard.await("ready", 1);
            supervisor.stop();
            heard.await("draining", 1);
            supervisor.hurry();
            heard.await("down", 1);
        }
    }

    @Test
    void its_environment_is_what_its_settings_say_and_nothing_else() throws Exception {
        var spec = service("env -u PWD > out")
                .with(Launch.DEFAULTS
                        .withDirectory(directory.toString())
                        .withEnvironment(new TreeMap<>(Map.of("GREETING", "hello"))))
                .with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER));
        try (var supervisor = start(spec)) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
        }
        assertThat(Files.readString(directory.resolve("out"))).isEqualTo("GREETING=hello\n");
    }

    @Test
    void a_listener_that_throws_does_not_stop_the_supervisor() throws Exception {
        var calls = new AtomicInteger();
        var logger = Logger.getLogger(Supervisor.class.getName());
        logger.setLevel(Level.OFF);
        Listener broken = new Listener() {
            private void fail() {
                calls.incrementAndGet();
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void ready(ServiceSpec service) {
                fail();
            }

            @Override
            public void notReady(ServiceSpec service, String reason) {
                fail();
            }

            @Override
            public void draining(ServiceSpec service) {
                fail();
            }

            @Override
            public void exited(ServiceSpec service, long pid, ExitStatus status) {
                fail();
            }

            @Override
            public void failed(ServiceSpec service, String reason, int code) {
                fail();
            }

            @Override
            public void down(ServiceSpec service, ExitStatus last) {
                fail();
            }
        };
        try (var supervisor =
                Supervisor.start(service("exit 0").with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER)), broken)) {
            assertThat(supervisor.awaitEnd(PATIENCE)).isTrue();
        }
        assertThat(calls).hasValue(4);
        logger.setLevel(null);
    }

    private void awaitFile(String name) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(directory.resolve(name))) {
            assertThat(System.nanoTime() - end).as("waited in vain for " + name).isNegative();
            Thread.sleep(5);
        }
    }

    private static int freePort() throws Exception {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
