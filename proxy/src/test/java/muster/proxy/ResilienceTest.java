package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import muster.balancing.Announcement;
import muster.balancing.Backend;
import muster.balancing.BalancingSettings;
import muster.balancing.Failure;
import muster.balancing.Picker;
import org.junit.jupiter.api.Test;

class ResilienceTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde";

    private static ProxySettings inTurn(ProxySettings settings) {
        return settings.with(Picker.ROUND_ROBIN);
    }

    /** Reads a request and resets the connection. */
    private static void resetting(ScriptedBackend.Connection connection) throws java.io.IOException {
        connection.readHead();
        connection.reset();
    }

    @Test
    void a_refused_connection_moves_any_request_and_ejects_at_once() {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            stage.backend(ScriptedBackend.answering("no")).stopListening();
            stage.backend(ScriptedBackend.answering("ok"));
            var client = stage.client();
            for (int i = 0; i < 20; i++)
                assertThat(client.send(POST).read().body()).isEqualTo("ok");
            assertThat(stage.backendNamed("n1").state()).isEqualTo(Backend.State.EJECTED);
            assertThat(stage.suspected).contains(stage.backendNamed("n1"));
            assertThat(stage.count(Counter.UPSTREAM_CONNECT_REFUSED)).isEqualTo(1);
            assertThat(stage.backendNamed("n1").totals().retriedAway()).isEqualTo(1);
        }
    }

    @Test
    void when_all_refuse_the_client_hears_it_after_three_tries() {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            for (int i = 0; i < 5; i++)
                stage.backend(ScriptedBackend.answering("no")).stopListening();
            var answer = stage.client().send(GET).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("took the connection, 3 tried");
            assertThat(stage.count(Counter.UPSTREAM_CONNECT_REFUSED)).isEqualTo(3);
        }
    }

    @Test
    void a_get_whose_connection_is_reset_is_asked_elsewhere() {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            stage.backend(ResilienceTest::resetting);
            stage.backend(ScriptedBackend.answering("ok"));
            for (int i = 0; i < 10; i++)
                assertThat(stage.client().send(GET).read().body()).isEqualTo("ok");
            assertThat(stage.count(Counter.RETRIES)).isPositive();
        }
    }

    @Test
    void a_get_with_a_body_is_sent_again_whole() {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.reset();
            });
            var second = stage.backend(connection -> {
                String request = connection.readRequest();
                if (request != null) connection.respond(200, request);
            });
            var answer = stage.client().send(POST.replace("POST", "GET")).read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).endsWith("abcde");
            assertThat(second.connections).hasValue(1);
        }
    }

    @Test
    void a_post_whose_connection_is_reset_is_never_sent_twice() {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            stage.backend(ResilienceTest::resetting);
            var second = stage.backend(ScriptedBackend.answering("ok"));
            var answer = stage.client().send(POST).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("may have been carried out").contains("not safe");
            assertThat(second.heads).isEmpty();
        }
    }

    @Test
    void a_get_that_could_not_be_asked_elsewhere_is_not_called_unsafe() {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            stage.backend(ResilienceTest::resetting);
            var answer = stage.client().send(GET).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body())
                    .contains("no other backend was there to send it to")
                    .doesNotContain("not safe");
        }
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            for (int i = 0; i < 4; i++) stage.backend(ResilienceTest::resetting);
            var answer = stage.client().send(GET).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("3 backends were tried").doesNotContain("not safe");
        }
    }

    @Test
    void a_put_is_sent_twice_only_when_the_settings_allow_it() {
        String put = POST.replace("POST", "PUT");
        var allowed = new ProxySettings.Retries(3, true, 64 << 10, 20);
        try (var stage = Stage.open(s -> inTurn(s).with(allowed))) {
            stage.backend(ResilienceTest::resetting);
            stage.backend(ScriptedBackend.answering("ok"));
            assertThat(stage.client().send(put).read().body()).isEqualTo("ok");
        }
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            stage.backend(ResilienceTest::resetting);
            stage.backend(ScriptedBackend.answering("ok"));
            assertThat(stage.client().send(put).read().status()).isEqualTo(502);
        }
    }

    @Test
    void a_kept_connection_that_its_backend_closed_fails_no_get_even_on_the_only_backend() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                connection.readRequest();
                connection.respond(200, "first");
                // The second request meets a connection that is being closed.
                connection.readHead();
            });
            var client = stage.client();
            for (int i = 0; i < 5; i++)
                assertThat(client.send(GET).read().body()).isEqualTo("first");
            assertThat(backend.connections.get()).isGreaterThanOrEqualTo(5);
            assertThat(stage.backendNamed("n1").state()).isEqualTo(Backend.State.READY);
        }
    }

    @Test
    void an_idle_connection_that_its_backend_closes_is_noticed_before_it_is_used() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                connection.readRequest();
                connection.respond(200, "once");
            });
            var client = stage.client();
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(POST).read().body()).isEqualTo("once");
                Stage.await(
                        "the end is seen",
                        () -> stage.proxy.traffic().getFirst().upstreamConnections() == 0);
            }
            assertThat(backend.connections).hasValue(5);
        }
    }

    @Test
    void an_answer_cut_in_the_middle_is_cut_for_the_client_too() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            });
            assertThat(stage.ask(GET)).doesNotContain("abc\r").endsWith("<reset>");
            assertThat(stage.count(Counter.UPSTREAM_RESET_AFTER_RESPONSE)).isEqualTo(1);
        }
    }

    @Test
    void half_an_answer_head_is_asked_elsewhere() {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.write("HTTP/1.1 200 OK\r\nConte");
            });
            stage.backend(ScriptedBackend.answering("ok"));
            assertThat(stage.client().send(GET).read().body()).isEqualTo("ok");
        }
    }

    @Test
    void killing_one_of_three_under_load_fails_no_get() throws InterruptedException {
        try (var stage = Stage.open(s -> s.withLoops(2))) {
            ScriptedBackend.Script slow = connection -> {
                while (connection.readRequest() != null) {
                    Thread.sleep(5);
                    connection.respond(200, "ok");
                }
            };
            var first = stage.backend(slow);
            stage.backend(slow);
            stage.backend(slow);
            var failed = new AtomicInteger();
            var done = new AtomicInteger();
            var stop = new AtomicBoolean();
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < 32; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try (var client = new RawClient(stage.proxy.port())) {
                        while (!stop.get()) {
                            if (!client.send(GET).read().body().equals("ok")) failed.incrementAndGet();
                            done.incrementAndGet();
                        }
                    }
                }));
            }
            Stage.await("traffic", () -> done.get() > 500);
            first.kill();
            int atKill = done.get();
            Stage.await("more traffic", () -> done.get() > atKill + 1_000);
            stop.set(true);
            for (Thread thread : threads) thread.join();
            assertThat(failed).hasValue(0);
            assertThat(stage.count(Counter.RETRIES)).isPositive();
            assertThat(stage.count(Counter.RETRIES_OVER_BUDGET)).isZero();
        }
    }

    @Test
    void a_frozen_backend_loses_its_unanswered_gets_as_soon_as_it_is_suspected() throws InterruptedException {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            var frozen = stage.backend(connection -> {
                connection.readHead();
                new CountDownLatch(1).await();
            });
            stage.backend(ScriptedBackend.answering("ok"));
            var clients = new ArrayList<RawClient>();
            for (int i = 0; i < 10; i++) clients.add(stage.client().send(GET));
            Stage.await("some are stuck", () -> frozen.heads.size() == 5);
            stage.announce("n1", frozen.port(), Announcement.Presence.SUSPECT, false, "");
            for (RawClient client : clients) assertThat(client.read().body()).isEqualTo("ok");
            assertThat(stage.count(Counter.REDISPATCHES)).isEqualTo(5);
            assertThat(stage.backendNamed("n1").inFlight()).isZero();
        }
    }

    @Test
    void a_post_on_a_suspected_backend_stays_where_it_is() throws InterruptedException {
        try (var stage = Stage.open(ResilienceTest::inTurn)) {
            var go = new CountDownLatch(1);
            var slow = stage.backend(connection -> {
                connection.readRequest();
                go.await();
                connection.respond(200, "slow");
            });
            var second = stage.backend(ScriptedBackend.answering("ok"));
            var client = stage.client().send(POST);
            Stage.await("it arrived", () -> slow.heads.size() == 1);
            stage.announce("n1", slow.port(), Announcement.Presence.SUSPECT, false, "");
            assertThat(stage.client().send(GET).read().body()).isEqualTo("ok");
            go.countDown();
            assertThat(client.read().body()).isEqualTo("slow");
            assertThat(second.heads).hasSize(1);
        }
    }

    @Test
    void a_frozen_backend_gets_no_post_as_its_trial() throws InterruptedException {
        try (Stage stage = Stage.open()) {
            ScriptedBackend frozen = stage.backend(connection -> {
                connection.readRequest();
                Thread.sleep(Stage.PATIENCE);
            });
            stage.backend(ScriptedBackend.answering("well"));
            Backend ejected = stage.backendNamed("n1");
            ejected.failed(System.nanoTime(), Failure.CONNECT_REFUSED);
            TimeUnit.NANOSECONDS.sleep(BalancingSettings.DEFAULTS.ejectionMin().toNanos());
            RawClient client = stage.client();
            for (int i = 0; i < 20; i++) {
                assertThat(client.send(POST).read().body()).isEqualTo("well");
            }
            assertThat(frozen.heads).isEmpty();
            client.send(GET);
            Stage.await("a GET is the trial", () -> frozen.heads.size() == 1);
        }
    }

    @Test
    void a_get_that_is_the_trial_of_a_frozen_backend_is_soon_asked_elsewhere() throws InterruptedException {
        try (Stage stage = Stage.open()) {
            ScriptedBackend frozen = stage.backend(connection -> {
                connection.readRequest();
                connection.read();
            });
            stage.backend(ScriptedBackend.answering("well"));
            Backend ejected = stage.backendNamed("n1");
            ejected.failed(System.nanoTime(), Failure.CONNECT_REFUSED);
            TimeUnit.NANOSECONDS.sleep(BalancingSettings.DEFAULTS.ejectionMin().toNanos());
            // The limit for responses is a minute, and a test's patience ends before that.
            assertThat(stage.client().send(GET).read().body()).isEqualTo("well");
            assertThat(frozen.heads).hasSize(1);
            assertThat(ejected.state()).isEqualTo(Backend.State.EJECTED);
            Stage.await("its connection is closed", () -> frozen.openConnections() == 0);
        }
    }

    @Test
    void a_slow_backend_may_take_its_time_for_the_trial_when_there_is_no_other() {
        try (Stage stage = Stage.open()) {
            var patience = new AtomicLong();
            var slow = stage.backend(connection -> {
                connection.readRequest();
                TimeUnit.NANOSECONDS.sleep(patience.get() + TimeUnit.MILLISECONDS.toNanos(500));
                connection.respond(200, "at last");
            });
            Backend ejected = stage.backendNamed("n1");
            ejected.failed(System.nanoTime(), Failure.CONNECT_REFUSED);
            patience.set(ejected.trialPatienceNanos());
            assertThat(stage.client().send(GET).read().body()).isEqualTo("at last");
            assertThat(ejected.state()).isEqualTo(Backend.State.READY);
            assertThat(slow.heads).hasSize(1);
        }
    }

    /** Ejects this backend again and again until a trial of it may take that long. */
    private static void ejectUntilPatienceIs(Duration patience, Backend backend) {
        backend.failed(System.nanoTime(), Failure.CONNECT_REFUSED);
        while (backend.trialPatienceNanos() < patience.toNanos()) {
            backend.checkPassed(System.nanoTime());
            backend.failed(System.nanoTime(), Failure.CONNECT_REFUSED);
        }
    }

    @Test
    void a_trial_does_not_wait_longer_than_the_response_limit() {
        try (Stage stage = Stage.open(Stage.limit("response", Duration.ofMillis(300)))) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.read();
            });
            ejectUntilPatienceIs(Stage.PATIENCE, stage.backendNamed("n1"));
            assertThat(stage.client().send(GET).read().status()).isEqualTo(504);
        }
    }

    @Test
    void a_trial_that_takes_long_gets_what_is_left_of_the_response_limit_and_no_more() {
        Duration response = Duration.ofSeconds(3);
        try (Stage stage = Stage.open(Stage.limit("response", response))) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.read();
            });
            Backend ejected = stage.backendNamed("n1");
            ejectUntilPatienceIs(Duration.ofSeconds(2), ejected);
            long begunNanos = System.nanoTime();
            assertThat(stage.client().send(GET).read().status()).isEqualTo(504);
            assertThat(System.nanoTime() - begunNanos)
                    .isBetween(
                            response.toNanos(),
                            response.toNanos() + Duration.ofSeconds(2).toNanos());
        }
    }

    @Test
    void a_failed_check_moves_what_is_unanswered_and_two_eject() {
        var checks = new ProxySettings.Checks(true, Duration.ofMillis(100), Duration.ofMillis(100), 2, 2);
        try (var stage = Stage.open(s -> inTurn(s).with(checks))) {
            var frozen = new AtomicBoolean();
            ScriptedBackend.Script freezing = connection -> {
                while (connection.readRequest() != null) {
                    if (frozen.get()) new CountDownLatch(1).await();
                    connection.respond(200, "first");
                }
            };
            var first = stage.checkedBackend("/health", freezing);
            stage.backend(ScriptedBackend.answering("second"));
            Stage.await("checked", () -> stage.count(Counter.CHECKS_PASSED) > 2);
            assertThat(first.heads.getFirst()).startsWith("GET /health HTTP/1.1\r\nHost: 127.0.0.1:" + first.port());
            frozen.set(true);
            for (int i = 0; i < 4; i++)
                assertThat(stage.client().send(GET).read().status()).isEqualTo(200);
            Stage.await("ejected", () -> stage.backendNamed("n1").state() == Backend.State.EJECTED);
            frozen.set(false);
            Stage.await("back", () -> stage.backendNamed("n1").state() == Backend.State.READY);
        }
    }

    @Test
    void a_loop_that_is_always_late_still_finds_who_does_not_answer() throws Exception {
        var checks = new ProxySettings.Checks(true, Duration.ofMillis(100), Duration.ofMillis(100), 2, 2);
        try (var stage = Stage.open(s -> s.with(checks))) {
            var frozen = new AtomicBoolean();
            stage.checkedBackend("/health", connection -> {
                while (connection.readRequest() != null) {
                    if (frozen.get()) new CountDownLatch(1).await();
                    connection.respond(200, "well");
                }
            });
            Stage.await("checked", () -> stage.count(Counter.CHECKS_PASSED) > 2);
            try (var _ = stage.busyLoop(Duration.ofMillis(150))) {
                frozen.set(true);
                Stage.await("ejected", () -> stage.backendNamed("n1").state() == Backend.State.EJECTED);
            }
        }
    }

    @Test
    void a_loop_that_is_always_late_blames_nobody_for_it() throws Exception {
        // Long enough that no pause of this machine makes the backend late too.
        var checks = new ProxySettings.Checks(true, Duration.ofMillis(100), Duration.ofMillis(500), 2, 2);
        try (var stage = Stage.open(s -> s.with(checks))) {
            stage.checkedBackend("/health", ScriptedBackend.answering("well"));
            Stage.await("checked", () -> stage.count(Counter.CHECKS_PASSED) > 0);
            try (var _ = stage.busyLoop(Duration.ofMillis(700))) {
                long passed = stage.count(Counter.CHECKS_PASSED);
                long failed = stage.count(Counter.CHECKS_FAILED);
                // Each takes several turns of the loop, all of them late.
                Stage.await("checked", () -> stage.count(Counter.CHECKS_PASSED) > passed);
                assertThat(stage.count(Counter.CHECKS_FAILED)).isEqualTo(failed);
            }
        }
    }

    @Test
    void a_backend_that_does_not_answer_gives_504() {
        try (var stage = Stage.open(Stage.limit("response", Duration.ofMillis(200)))) {
            stage.backend(connection -> {
                connection.readHead();
                new CountDownLatch(1).await();
            });
            var answer = stage.client().send(GET).read();
            assertThat(answer.status()).isEqualTo(504);
            assertThat(stage.count(Counter.UPSTREAM_RESPONSE_TIMEOUT)).isEqualTo(1);
            assertThat(stage.suspected).isNotEmpty();
        }
    }

    @Test
    void a_request_that_still_waits_for_its_connection_is_not_said_to_be_carried_out() throws IOException {
        try (Stage stage = Stage.open(Stage.limit("response", Duration.ofMillis(200)));
                var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var first = new Socket();
                var second = new Socket()) {
            // Nobody accepts: when its queue is full the kernel drops what else comes.
            first.connect(full.getLocalSocketAddress());
            second.connect(full.getLocalSocketAddress());
            stage.announce("n1", full.getLocalPort(), Announcement.Presence.ALIVE, false, "");
            RawClient.Response answer = stage.client().send(POST).read();
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body())
                    .contains("did not accept a connection in time")
                    .doesNotContain("carried out");
        }
    }

    @Test
    void a_draining_backend_loses_its_idle_connections_at_once_and_the_others_after_their_answer() {
        try (var stage = Stage.open()) {
            var go = new CountDownLatch(1);
            var backend = stage.backend(connection -> {
                while (connection.readRequest() != null) {
                    if (connection.number == 2) go.await();
                    connection.respond(200, "ok");
                }
            });
            var first = stage.client().send(GET);
            Stage.await("busy", () -> backend.heads.size() == 1);
            first.read();
            // The idle one is taken by the first of these, the second opens another and is held there.
            var kept = stage.client().send(GET);
            assertThat(kept.read().status()).isEqualTo(200);
            var holding = new ArrayList<RawClient>();
            Stage.await("one is held", () -> {
                holding.add(stage.client().send(GET));
                holding.add(stage.client().send(GET));
                Stage.pause();
                return backend.connections.get() >= 2;
            });
            stage.announce("n1", backend.port(), Announcement.Presence.ALIVE, true, "");
            Stage.await("idle closed", () -> backend.openConnections() == 1);
            go.countDown();
            Stage.await("all closed", () -> backend.openConnections() == 0);
            for (RawClient each : holding) assertThat(each.read().status()).isEqualTo(200);
        }
    }

    @Test
    void a_proxy_that_drains_finishes_what_it_has_and_says_close() throws Exception {
        try (var stage = Stage.open()) {
            var go = new CountDownLatch(1);
            var backend = stage.backend(connection -> {
                connection.readRequest();
                go.await();
                connection.respond(200, "ok");
            });
            var busy = stage.client().send(GET);
            Stage.await("busy", () -> backend.heads.size() == 1);
            var idle = stage.client();
            var left = new AtomicInteger(-1);
            var draining = Thread.ofVirtual().start(() -> {
                try {
                    left.set(stage.proxy.drain(Duration.ofSeconds(8)));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(idle.isClosedByProxy()).isTrue();
            go.countDown();
            var answer = busy.read();
            assertThat(answer.body()).isEqualTo("ok");
            assertThat(answer.head()).contains("Connection: close");
            draining.join();
            assertThat(left).hasValue(0);
        }
    }

    @Test
    void a_client_that_leaves_frees_the_backend() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                connection.readHead();
                connection.read();
            });
            var client = stage.client().send(GET);
            Stage.await("it arrived", () -> backend.heads.size() == 1);
            client.reset();
            Stage.await("nothing in flight", () -> stage.backendNamed("n1").inFlight() == 0);
            Stage.await("connection closed", () -> backend.openConnections() == 0);
            assertThat(stage.count(Counter.REQUESTS_ABORTED_BY_CLIENT)).isEqualTo(1);
        }
    }

    @Test
    void a_client_that_ends_in_the_middle_of_its_body_is_counted_once() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(ScriptedBackend.Connection::readRequest);
            var client = stage.client().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
            Stage.await("it arrived", () -> backend.heads.size() == 1);
            client.endInput();
            assertThat(client.readToEnd()).isEmpty();
            Stage.await("nothing in flight", () -> stage.backendNamed("n1").inFlight() == 0);
            assertThat(stage.count(Counter.REQUESTS_ABORTED_BY_CLIENT)).isEqualTo(1);
        }
    }

    @Test
    void a_backend_that_does_not_take_the_body_gives_504_and_not_408() throws Exception {
        try (var stage = Stage.open(Stage.limit("body", Duration.ofMillis(500)))) {
            stage.backend(connection -> {
                connection.readHead();
                Thread.sleep(Stage.PATIENCE.multipliedBy(2));
            });
            var client = stage.client().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
            var sending = client.sendForEver();
            assertThat(client.read().status()).isEqualTo(504);
            assertThat(stage.count(Counter.REQUESTS_BODY_TIMEOUT)).isZero();
            client.close();
            sending.join();
        }
    }

    @Test
    void a_client_that_resets_while_its_body_is_held_back_frees_the_backend() throws Exception {
        try (var stage = Stage.open()) {
            assumeThat(stage.proxy.transport()).as("NIO cannot know").isNotEqualTo(Transport.NIO);
            var backend = stage.backend(connection -> {
                connection.readHead();
                Thread.sleep(Stage.PATIENCE.multipliedBy(2));
            });
            var client = stage.client().send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
            var sending = client.sendForEver();
            Stage.await("it arrived", () -> backend.heads.size() == 1);
            Stage.awaitStill(() -> stage.count(Counter.BYTES_FROM_CLIENTS));
            client.reset();
            sending.join();
            Stage.await("nothing in flight", () -> stage.backendNamed("n1").inFlight() == 0);
            assertThat(stage.count(Counter.REQUESTS_ABORTED_BY_CLIENT)).isEqualTo(1);
        }
    }

    @Test
    void a_check_may_be_answered_with_hints_first() {
        try (var stage = Stage.open()) {
            stage.checkedBackend("/health", connection -> {
                connection.readRequest();
                connection.write("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            });
            Stage.await("checked", () -> stage.count(Counter.CHECKS_PASSED) + stage.count(Counter.CHECKS_FAILED) > 0);
            assertThat(stage.count(Counter.CHECKS_FAILED)).isZero();
        }
    }
}
