package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import muster.balancing.Announcement;
import muster.balancing.Fleet;
import muster.balancing.Picker;
import muster.proxy.http1.HeadLimits;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(60);

    private static UnaryOperator<ProxySettings> times(
            Duration head,
            Duration clientIdle,
            Duration body,
            Duration upstreamIdle,
            Duration waiting,
            Duration tunnel) {
        return s -> s.with(new ProxySettings.Times(
                head, clientIdle, body, Duration.ofSeconds(1), LONG, upstreamIdle, waiting, tunnel));
    }

    private static UnaryOperator<ProxySettings> limits(long body, int clients, int upstream, int waiting) {
        return s -> s.with(new ProxySettings.Limits(HeadLimits.DEFAULTS, body, clients, upstream, waiting));
    }

    @Test
    void half_a_head_gets_408_however_steadily_it_drips() throws InterruptedException {
        try (var stage = Stage.open(times(SHORT, LONG, LONG, LONG, LONG, LONG))) {
            var client = stage.client();
            var dripping = Thread.ofVirtual().start(() -> {
                try {
                    for (byte each : ("GET / HTTP/1.1\r\nA: " + "b".repeat(1_000)).getBytes()) {
                        client.socket.getOutputStream().write(each);
                        Thread.sleep(20);
                    }
                } catch (java.io.IOException | InterruptedException _) {
                    // The proxy closed.
                }
            });
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 408 ");
            assertThat(stage.count(Counter.REQUESTS_HEAD_TIMEOUT)).isEqualTo(1);
            dripping.join();
        }
    }

    @Test
    void a_connection_without_a_request_is_closed_without_a_word() {
        try (var stage = Stage.open(times(SHORT, SHORT, LONG, LONG, LONG, LONG))) {
            stage.backend(ScriptedBackend.answering("ok"));
            assertThat(stage.client().readToEnd()).isEmpty();
            var used = stage.client().send(GET);
            assertThat(used.read().body()).isEqualTo("ok");
            assertThat(used.readToEnd()).isEmpty();
            assertThat(stage.count(Counter.CLIENTS_IDLE_CLOSED)).isEqualTo(2);
        }
    }

    @Test
    void a_body_that_stops_arriving_gets_408() {
        try (var stage = Stage.open(times(LONG, LONG, SHORT, LONG, LONG, LONG))) {
            stage.backend(ScriptedBackend.answering("ok"));
            assertThat(stage.client()
                            .send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
                            .readToEnd())
                    .startsWith("HTTP/1.1 408 ");
            assertThat(stage.count(Counter.REQUESTS_BODY_TIMEOUT)).isEqualTo(1);
        }
    }

    @Test
    void an_answer_that_stops_arriving_is_cut() {
        try (var stage = Stage.open(times(LONG, LONG, SHORT, LONG, LONG, LONG))) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                new CountDownLatch(1).await();
            });
            assertThat(stage.ask(GET)).endsWith("<reset>");
            assertThat(stage.count(Counter.CLIENTS_STALLED)).isEqualTo(1);
        }
    }

    @Test
    void an_unused_upstream_connection_is_closed_before_its_backend_would() {
        try (var stage = Stage.open(times(LONG, LONG, LONG, SHORT, LONG, LONG))) {
            var backend = stage.backend(ScriptedBackend.answering("ok"));
            stage.client().send(GET).read();
            Stage.await("closed", () -> backend.openConnections() == 0);
            assertThat(stage.count(Counter.UPSTREAM_IDLE_CLOSED)).isEqualTo(1);
        }
    }

    @Test
    void a_backend_that_keeps_connections_for_a_second_only_is_not_kept() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                while (connection.readRequest() != null) {
                    connection.write("HTTP/1.1 200 OK\r\nKeep-Alive: max=5, timeout=1\r\nContent-Length: 0\r\n\r\n");
                }
            });
            var client = stage.client();
            for (int i = 0; i < 3; i++) client.send(GET).read();
            assertThat(backend.connections).hasValue(3);
        }
    }

    @Test
    void a_long_body_gets_413_by_its_length_and_by_its_chunks() {
        try (var stage = Stage.open(limits(1_000, 100, 100, 100))) {
            stage.backend(ScriptedBackend.answering("ok"));
            assertThat(stage.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"))
                    .startsWith("HTTP/1.1 413 ");
            assertThat(stage.ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n"
                            + "a".repeat(2_000)))
                    .startsWith("HTTP/1.1 413 ");
            assertThat(stage.client()
                            .send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + "a".repeat(1_000))
                            .read()
                            .status())
                    .isEqualTo(200);
            assertThat(stage.count(Counter.REQUESTS_BODY_TOO_LONG)).isEqualTo(2);
        }
    }

    @Test
    void more_clients_than_allowed_are_closed_at_once_and_the_others_go_on() {
        try (var stage = Stage.open(limits(0, 2, 100, 100))) {
            stage.backend(ScriptedBackend.answering("ok"));
            var first = stage.client().send(GET);
            var second = stage.client().send(GET);
            assertThat(first.read().body()).isEqualTo("ok");
            assertThat(second.read().body()).isEqualTo("ok");
            assertThat(stage.client().isClosedByProxy()).isTrue();
            assertThat(stage.count(Counter.CONNECTIONS_OVER_LIMIT)).isEqualTo(1);
            first.close();
            Stage.await(
                    "there is room",
                    () -> stage.client().send(GET).readToHead().head().contains(" 200 "));
        }
    }

    @Test
    void requests_wait_for_a_connection_in_order_and_no_more_than_allowed() {
        try (var stage = Stage.open(limits(0, 100, 1, 2))) {
            var go = new CountDownLatch(1);
            var backend = stage.backend(connection -> {
                for (String request = connection.readRequest(); request != null; request = connection.readRequest()) {
                    go.await();
                    connection.respond(200, request.substring(4, 6));
                }
            });
            var clients = new ArrayList<RawClient>();
            for (int i = 0; i < 3; i++) {
                clients.add(stage.client().send("GET /" + i + " HTTP/1.1\r\nHost: x\r\n\r\n"));
                long queued = i;
                Stage.await(
                        "it is there",
                        () -> backend.heads.size() == 1 && stage.count(Counter.REQUESTS_QUEUED) == queued);
            }
            var answer = stage.client().send(GET).read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("queue is full");
            go.countDown();
            for (int i = 0; i < 3; i++) assertThat(clients.get(i).read().body()).isEqualTo("/" + i);
            assertThat(backend.connections).hasValue(1);
            assertThat(stage.count(Counter.REQUESTS_QUEUE_FULL)).isEqualTo(1);
        }
    }

    @Test
    void waiting_for_a_connection_ends_in_503() {
        UnaryOperator<ProxySettings> settings = s -> limits(0, 100, 1, 2)
                .apply(times(LONG, LONG, LONG, LONG, SHORT, LONG).apply(s));
        try (var stage = Stage.open(settings)) {
            var backend = stage.backend(connection -> {
                connection.readRequest();
                new CountDownLatch(1).await();
            });
            stage.client().send(GET);
            Stage.await("busy", () -> backend.heads.size() == 1);
            assertThat(stage.client().send(GET).read().status()).isEqualTo(503);
            assertThat(stage.count(Counter.REQUESTS_QUEUE_TIMEOUT)).isEqualTo(1);
        }
    }

    @Test
    void a_quiet_tunnel_is_closed_in_the_end() {
        try (var stage = Stage.open(times(LONG, LONG, LONG, LONG, LONG, SHORT))) {
            stage.backend(connection -> {
                connection.readHead();
                connection.write(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
                connection.read();
            });
            var client = stage.client();
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            client.readToHead();
            assertThat(client.isClosedByProxy()).isTrue();
            assertThat(stage.count(Counter.TUNNELS_IDLE_CLOSED)).isEqualTo(1);
        }
    }

    @Test
    void a_client_that_asks_and_does_not_read_is_asked_for_no_more_until_it_reads() throws InterruptedException {
        try (var stage = Stage.open()) {
            int requests = 2_000;
            var backend = stage.backend(ScriptedBackend.answering("b".repeat(50_000)));
            var client = stage.client().send(GET.repeat(requests));
            // What waits must not be lost with its half of the connection.
            client.endInput();
            Stage.awaitStill(backend.heads::size);
            // The kernel's buffers hold some MB.
            assertThat(backend.heads.size()).isLessThan(requests / 4);
            for (int i = 0; i < requests; i++)
                assertThat(client.read().body().length()).isEqualTo(50_000);
            assertThat(client.isClosedByProxy()).isTrue();
        }
    }

    @Test
    void a_client_that_asks_and_never_reads_is_cut() throws InterruptedException {
        try (var stage = Stage.open(times(LONG, LONG, SHORT, LONG, LONG, LONG))) {
            var backend = stage.backend(ScriptedBackend.answering("b".repeat(50_000)));
            stage.client().send(GET.repeat(2_000));
            Stage.await("it is given up", () -> stage.count(Counter.CLIENTS_STALLED) == 1);
            Stage.await("it is gone", () -> stage.proxy.traffic().getFirst().openConnections() == 0);
            assertThat(backend.heads.size()).isLessThan(500);
        }
    }

    @Test
    void doubt_moves_no_request_to_a_backend_that_is_full() {
        try (var stage = Stage.open(s -> limits(0, 100, 1, 0).apply(s).with(Picker.ROUND_ROBIN))) {
            var go = new CountDownLatch(1);
            ScriptedBackend.Script slow = connection -> {
                connection.readRequest();
                go.await();
                connection.respond(200, "at last");
            };
            var first = stage.backend(slow);
            var second = stage.backend(slow);
            var clients = List.of(stage.client().send(GET), stage.client().send(GET));
            Stage.await("both are busy", () -> first.heads.size() == 1 && second.heads.size() == 1);
            stage.announce("n1", first.port(), Announcement.Presence.SUSPECT, false, "");
            // By the time that this one is answered the news has been looked at.
            assertThat(stage.client().send(GET).read().body()).contains("queue is full");
            go.countDown();
            for (RawClient client : clients) assertThat(client.read().body()).isEqualTo("at last");
            assertThat(stage.count(Counter.REDISPATCHES)).isZero();
        }
    }

    @Test
    void a_taken_port_is_named_with_what_to_do() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort());
            assertThatThrownBy(() -> Proxy.start(ProxySettings.of(listen, "web"), () -> Fleet.EMPTY, b -> {}))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("--listen");
        }
    }

    @Test
    void a_second_proxy_does_not_share_the_port_of_the_first() {
        try (var stage = Stage.open()) {
            var listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), stage.proxy.port());
            assertThatThrownBy(() -> Proxy.start(ProxySettings.of(listen, "web"), () -> Fleet.EMPTY, b -> {}))
                    .hasMessageContaining("another program listens there");
        }
    }

    @Test
    void bad_settings_say_which_and_what_would_do() {
        var settings = ProxySettings.of(new InetSocketAddress(0), "web");
        assertThatThrownBy(() -> settings.withLoops(0))
                .hasMessage("proxy.loops = 0: want 1 to 256, one per core is usual");
        assertThatThrownBy(() -> new ProxySettings.Limits(HeadLimits.DEFAULTS, -1, 1, 1, 1))
                .hasMessageContaining("proxy.limits.bodyBytes = -1");
        assertThatThrownBy(() -> new ProxySettings.Checks(true, Duration.ZERO, LONG, 1, 1))
                .hasMessageContaining("proxy.checks.every");
        assertThatThrownBy(() -> Cidr.parse("10.0.0.0/33")).hasMessageContaining("such as 10.0.0.0/8");
        assertThatThrownBy(() -> Cidr.parse("example.org/8")).hasMessageContaining("is not a network");
    }

    @Test
    void a_network_contains_its_addresses_only() throws Exception {
        Cidr network = Cidr.parse("10.32.0.0/11");
        assertThat(network.contains(InetAddress.getByName("10.63.255.255"))).isTrue();
        assertThat(network.contains(InetAddress.getByName("10.64.0.0"))).isFalse();
        assertThat(network.contains(InetAddress.getByName("fd00::1"))).isFalse();
        assertThat(Cidr.parse("fd00::/8").contains(InetAddress.getByName("fdff::1")))
                .isTrue();
        assertThat(Cidr.parse("192.0.2.7").contains(InetAddress.getByName("192.0.2.8")))
                .isFalse();
    }
}
