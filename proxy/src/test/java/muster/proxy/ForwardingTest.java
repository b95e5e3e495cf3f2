package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ForwardingTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    @Test
    void a_get_reaches_the_backend_and_its_answer_the_client() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(ScriptedBackend.answering("hello"));
            var answer = stage.client().send(GET).read();
            assertThat(answer.head()).isEqualTo("HTTP/1.1 200 Test\r\nContent-Length: 5\r\n\r\n");
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(backend.heads.getFirst())
                    .isEqualTo("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
                            + "X-Forwarded-Port: " + stage.proxy.port() + "\r\nX-Forwarded-Host: x\r\n\r\n");
        }
    }

    @Test
    void a_hundred_requests_share_one_connection_on_either_side() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(ScriptedBackend.answering("hello"));
            var client = stage.client();
            for (int i = 0; i < 100; i++) {
                assertThat(client.send(GET).read().body()).isEqualTo("hello");
            }
            assertThat(backend.connections).hasValue(1);
            assertThat(stage.count(Counter.UPSTREAM_REUSED)).isEqualTo(99);
        }
    }

    @Test
    void every_transport_forwards() {
        for (Transport transport : List.of(Transport.NIO, Transport.EPOLL, Transport.AUTO)) {
            try (var stage = Stage.open(s -> s.with(transport).withLoops(2))) {
                stage.backend(ScriptedBackend.answering("hello"));
                for (int i = 0; i < 10; i++) {
                    assertThat(stage.client().send(GET).read().body()).isEqualTo("hello");
                }
            }
        }
    }

    @Test
    void requests_sent_ahead_are_answered_in_order() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                for (String request = connection.readRequest(); request != null; request = connection.readRequest()) {
                    connection.respond(200, request.substring(4, request.indexOf(' ', 4)));
                }
            });
            var client = stage.client();
            var all = new StringBuilder();
            for (int i = 0; i < 50; i++) all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
            client.send(all.toString());
            for (int i = 0; i < 50; i++) assertThat(client.read().body()).isEqualTo("/" + i);
        }
    }

    @Test
    void a_post_with_a_length_and_one_in_chunks_arrive_whole() {
        try (var stage = Stage.open()) {
            stage.backend(ForwardingTest::echo);
            var client = stage.client();
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde")
                            .read()
                            .body())
                    .isEqualTo("abcde");
            String chunks = "3\r\nabc\r\n0\r\n\r\n";
            client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
            assertThat(client.read().body()).isEqualTo(chunks);
        }
    }

    private static void echo(ScriptedBackend.Connection connection) throws java.io.IOException {
        for (String request = connection.readRequest(); request != null; request = connection.readRequest()) {
            connection.respond(200, request.substring(request.indexOf("\r\n\r\n") + 4));
        }
    }

    @Test
    void chunk_extensions_and_trailers_are_dropped_on_the_way() {
        try (var stage = Stage.open()) {
            stage.backend(ForwardingTest::echo);
            var client = stage.client();
            client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;a=b\r\nabc\r\n2\r\nde\r\n0;z\r\nX-Forwarded-For: evil\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        }
    }

    @Test
    void a_chunked_answer_passes_and_the_connections_stay() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                while (connection.readRequest() != null) {
                    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n3\r\nabc\r\n");
                    connection.write("2;x\r\nde\r\n0\r\nA: b\r\n\r\n");
                }
            });
            var client = stage.client();
            for (int i = 0; i < 3; i++) {
                var answer = client.send(GET).read();
                assertThat(answer.body()).isEqualTo("abcde");
                assertThat(answer.head()).isEqualTo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            }
            assertThat(backend.connections).hasValue(1);
        }
    }

    @Test
    void an_http_1_0_client_gets_data_without_chunks_and_a_close() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                while (connection.readRequest() != null) {
                    connection.write(
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
                }
            });
            assertThat(stage.ask("GET / HTTP/1.0\r\n\r\n"))
                    .isEqualTo("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde");
        }
    }

    @Test
    void an_http_1_0_client_may_keep_its_connection_and_needs_no_host() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(ScriptedBackend.answering("ok"));
            var client = stage.client();
            for (int i = 0; i < 3; i++) {
                var answer = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                        .read();
                assertThat(answer.head()).contains("Connection: keep-alive\r\n");
            }
            assertThat(backend.heads.getFirst())
                    .startsWith("GET / HTTP/1.1\r\nHost: 127.0.0.1:" + stage.proxy.port() + "\r\n");
            assertThat(stage.ask("GET / HTTP/1.0\r\n\r\n"))
                    .contains("Connection: close\r\n")
                    .endsWith("ok");
        }
    }

    @Test
    void an_answer_that_ends_with_its_connection_passes_whole() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.write("HTTP/1.1 200 OK\r\n\r\nhello");
                connection.write(" world");
            });
            assertThat(stage.ask(GET)).isEqualTo("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world");
        }
    }

    @Test
    void responses_without_a_body_do_not_hold_up_the_next_one() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                for (String request = connection.readRequest(); request != null; request = connection.readRequest()) {
                    if (request.startsWith("HEAD")) connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
                    else if (request.contains("/204")) connection.write("HTTP/1.1 204 No Content\r\n\r\n");
                    else if (request.contains("/304"))
                        connection.write("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n");
                    else connection.respond(200, "body");
                }
            });
            var client = stage.client();
            client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + "GET /204 HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /304 HTTP/1.1\r\nHost: x\r\n\r\n" + GET);
            assertThat(client.readToHead().head()).contains("Content-Length: 1000");
            assertThat(client.read().status()).isEqualTo(204);
            assertThat(client.read().status()).isEqualTo(304);
            assertThat(client.read().body()).isEqualTo("body");
        }
    }

    @Test
    void an_expectation_travels_to_the_backend_and_its_100_back() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readHead();
                connection.write("HTTP/1.1 100 Continue\r\n\r\n");
                connection.respond(200, new String(connection.readExactly(5)));
            });
            var client = stage.client();
            client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.readToHead().head()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(client.send("abcde").read().body()).isEqualTo("abcde");
        }
    }

    @Test
    void an_expectation_may_be_answered_without_the_body() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readHead();
                connection.respond(403, "no");
                connection.read();
            });
            var answer = stage.ask("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(answer)
                    .startsWith("HTTP/1.1 403 ")
                    .contains("Connection: close")
                    .endsWith("no");
        }
    }

    @Test
    void early_hints_pass_and_an_uninvited_100_does_not() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n");
                connection.respond(200, "ok");
            });
            var client = stage.client().send(GET);
            assertThat(client.read().head()).isEqualTo("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("ok");
        }
    }

    @Test
    void an_answer_before_the_end_of_the_request_arrives_and_closes() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readHead();
                connection.respond(413, "too much");
                connection.read();
            });
            var client = stage.client();
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + "a".repeat(1_000));
            var answer = client.read();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.head()).contains("Connection: close");
            assertThat(answer.body()).isEqualTo("too much");
        }
    }

    @Test
    void a_client_that_ends_its_side_after_the_request_still_gets_the_answer() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readRequest();
                Thread.sleep(100);
                connection.respond(200, "late");
            });
            var client = stage.client().send(GET);
            client.endInput();
            assertThat(client.readToEnd()).endsWith("late");
        }
    }

    @Test
    void fields_for_one_hop_stay_on_that_hop() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                while (connection.readRequest() != null) {
                    connection.write(
                            "HTTP/1.1 200 OK\r\nConnection: X-Secret, keep-alive\r\nKeep-Alive: timeout=5\r\n"
                                    + "X-Secret: 1\r\nX-Open: 2\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n");
                }
            });
            var answer = stage.client()
                    .send(
                            "GET / HTTP/1.1\r\nHost: x\r\nConnection: X-Mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: 5\r\n"
                                    + "Proxy-Connection: a\r\nProxy-Authorization: b\r\nProxy: c\r\nTE: trailers\r\nTrailer: d\r\n"
                                    + "Upgrade: h2c\r\nX-Kept: 2\r\nContent_Length: 7\r\n\r\n")
                    .read();
            assertThat(answer.head()).isEqualTo("HTTP/1.1 200 OK\r\nX-Open: 2\r\nContent-Length: 0\r\n\r\n");
            String head = backend.heads.getFirst();
            assertThat(head.substring(0, head.indexOf("X-Forwarded-For")))
                    .isEqualTo("GET / HTTP/1.1\r\nHost: x\r\nX-Kept: 2\r\n");
        }
    }

    @Test
    void what_a_stranger_says_of_its_origin_is_replaced() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(ScriptedBackend.answering("ok"));
            stage.client()
                    .send("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n"
                            + "x_forwarded_for: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n"
                            + "X-Forwarded-Host: evil\r\nX-Forwarded-Port: 443\r\n\r\n")
                    .read();
            assertThat(backend.heads.getFirst())
                    .doesNotContain("6.6.6.6", "evil", "https", "Port: 443\r")
                    .contains("X-Forwarded-For: 127.0.0.1\r\n");
        }
    }

    @Test
    void what_a_trusted_proxy_says_of_the_origin_is_kept_and_added_to() {
        try (var stage = Stage.open(s -> s.withTrusted(List.of(Cidr.parse("127.0.0.0/8"))))) {
            var backend = stage.backend(ScriptedBackend.answering("ok"));
            stage.client()
                    .send("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 10.0.0.1\r\n"
                            + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop\r\n\r\n")
                    .read();
            assertThat(backend.heads.getFirst())
                    .contains("X-Forwarded-For: 1.2.3.4, 10.0.0.1, 127.0.0.1\r\n")
                    .contains("X-Forwarded-Proto: https\r\n")
                    .contains("X-Forwarded-Host: shop\r\n")
                    .contains("X-Forwarded-Port: " + stage.proxy.port() + "\r\n")
                    .doesNotContain("X-Forwarded-Proto: http\r\n", "X-Forwarded-Host: x\r\n");
        }
    }

    @Test
    void via_is_added_when_wanted() {
        try (var stage = Stage.open(s -> s.withVia(true))) {
            var backend = stage.backend(ScriptedBackend.answering("ok"));
            assertThat(stage.client().send(GET).read().head()).contains("Via: 1.1 muster\r\n");
            assertThat(backend.heads.getFirst()).contains("Via: 1.1 muster\r\n");
        }
    }

    @Test
    void an_absolute_target_becomes_a_path() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(ScriptedBackend.answering("ok"));
            var client = stage.client();
            client.send("GET http://x HTTP/1.1\r\nHost: x\r\n\r\n").read();
            client.send("GET http://x?a=b HTTP/1.1\r\nHost: x\r\n\r\n").read();
            client.send("OPTIONS http://x HTTP/1.1\r\nHost: x\r\n\r\n").read();
            client.send("GET HTTP://X/c HTTP/1.1\r\nHost: x\r\n\r\n").read();
            assertThat(backend.heads.stream().map(h -> h.substring(0, h.indexOf('\r'))))
                    .containsExactly("GET / HTTP/1.1", "GET /?a=b HTTP/1.1", "OPTIONS * HTTP/1.1", "GET /c HTTP/1.1");
            stage.ask("GET http://old:81/d HTTP/1.0\r\n\r\n");
            assertThat(backend.heads.getLast()).startsWith("GET /d HTTP/1.1\r\nHost: old:81\r\n");
        }
    }

    @Test
    void a_websocket_carries_bytes_both_ways_and_ends_one_side_at_a_time() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                String head = connection.readHead();
                if (!head.contains("Connection: Upgrade\r\nUpgrade: websocket\r\n")) return;
                connection.write(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly");
                for (int c = connection.read(); c >= 0; c = connection.read()) connection.write(new byte[] {(byte) c});
                connection.write("bye");
            });
            var client = stage.client();
            client.send(
                    "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\nfirst");
            assertThat(client.readToHead().head())
                    .isEqualTo("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(new String(client.readExactly(10))).isEqualTo("earlyfirst");
            client.send("GET / HTTP/1.1\r\n\n\0");
            assertThat(new String(client.readExactly(18))).isEqualTo("GET / HTTP/1.1\r\n\n\0");
            client.endInput();
            assertThat(client.readToEnd()).isEqualTo("bye");
            assertThat(stage.count(Counter.TUNNELS)).isEqualTo(1);
            Stage.await("nothing in flight", () -> stage.backendNamed("n1").inFlight() == 0);
            assertThat(backend.connections).hasValue(1);
        }
    }

    @Test
    void a_backend_that_declines_a_websocket_answers_as_usual() {
        try (var stage = Stage.open()) {
            stage.backend(ScriptedBackend.answering("plain"));
            var client = stage.client();
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("plain");
            assertThat(client.send(GET).read().body()).isEqualTo("plain");
        }
    }

    @Test
    void big_bodies_pass_both_ways_unchanged() {
        byte[] body = new byte[20 << 20];
        new Random(42).nextBytes(body);
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readHead();
                byte[] got = connection.readExactly(body.length);
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + got.length + "\r\n\r\n");
                connection.write(got);
            });
            var client = stage.client();
            client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
            Thread.ofVirtual().start(() -> client.send(body));
            assertThat(client.readToHead().status()).isEqualTo(200);
            assertThat(Arrays.equals(client.readExactly(body.length), body)).isTrue();
        }
    }

    @Test
    void a_slow_reader_slows_the_backend_down_and_not_the_memory_up() throws InterruptedException {
        AtomicLong written = new AtomicLong();
        long total = 200L << 20;
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readRequest();
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
                byte[] part = new byte[64 << 10];
                while (written.get() < total) {
                    connection.write(part);
                    written.addAndGet(part.length);
                }
            });
            var client = stage.client().send(GET);
            client.readToHead();
            client.readExactly(1 << 20);
            // When nothing moves any more, everything is in the two kernels' buffers and a bounded part in ours.
            Stage.awaitStill(written::get);
            assertThat(written.get()).isLessThan(64L << 20);
            long left = total - (1 << 20);
            while (left > 0) left -= client.readExactly((int) Math.min(left, 1 << 20)).length;
            assertThat(stage.client().socket.isConnected()).isTrue();
        }
    }

    @Test
    void a_slow_backend_slows_the_client_down() throws InterruptedException {
        AtomicLong sent = new AtomicLong();
        int total = 100 << 20;
        try (var stage = Stage.open()) {
            var go = new java.util.concurrent.CountDownLatch(1);
            stage.backend(connection -> {
                connection.readHead();
                go.await();
                int left = total;
                while (left > 0) left -= connection.readExactly(Math.min(left, 1 << 20)).length;
                connection.respond(200, "all");
            });
            var client = stage.client();
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + total + "\r\n\r\n");
            Thread.ofVirtual().start(() -> {
                byte[] part = new byte[64 << 10];
                while (sent.get() < total) {
                    client.send(part);
                    sent.addAndGet(part.length);
                }
            });
            Stage.awaitStill(sent::get);
            assertThat(sent.get()).isLessThan(64L << 20);
            go.countDown();
            assertThat(client.read().body()).isEqualTo("all");
        }
    }

    @Test
    void the_two_choices_share_the_work() {
        try (var stage = Stage.open()) {
            var first = stage.backend(ScriptedBackend.answering("1"));
            var second = stage.backend(ScriptedBackend.answering("2"));
            var client = stage.client();
            for (int i = 0; i < 200; i++) client.send(GET).read();
            assertThat(first.heads.size()).isBetween(50, 150);
            assertThat(first.heads.size() + second.heads.size()).isEqualTo(200);
        }
    }

    private static final int BIG = 16 << 20;

    private static void sendBig(ScriptedBackend.Connection connection) throws java.io.IOException {
        connection.readRequest();
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + BIG + "\r\n\r\n");
        connection.write(new byte[BIG]);
    }

    /** Reads only until the proxy has all of it, some of which the client has yet to take; how much was read. */
    private static int readUntilTheProxyHasAll(Stage stage, RawClient client) {
        int read = 0;
        while (stage.count(Counter.BYTES_TO_CLIENTS) < BIG) {
            read += client.readExactly(32 << 10).length;
            Stage.pause();
        }
        return read;
    }

    @Test
    void a_client_that_ends_its_side_while_it_still_reads_gets_the_rest() {
        try (var stage = Stage.open()) {
            stage.backend(ForwardingTest::sendBig);
            var client = stage.client().send(GET);
            client.readToHead();
            int read = readUntilTheProxyHasAll(stage, client);
            Stage.await("the exchange is over", () -> stage.backendNamed("n1").inFlight() == 0);
            client.endInput();
            assertThat(read + client.readToEnd().length()).isEqualTo(BIG);
        }
    }

    @Test
    void an_idle_limit_does_not_cut_what_the_client_still_reads() throws InterruptedException {
        var idle = Duration.ofMillis(200);
        try (var stage = Stage.open(Stage.limit("clientIdle", idle))) {
            stage.backend(ForwardingTest::sendBig);
            var client = stage.client().send(GET);
            client.readToHead();
            int read = readUntilTheProxyHasAll(stage, client);
            Thread.sleep(3 * idle.toMillis());
            assertThat(read + client.readToEnd().length()).isEqualTo(BIG);
        }
    }

    @Test
    void a_websocket_that_only_the_backend_speaks_on_stays_open() {
        try (var stage = Stage.open(Stage.limit("tunnel", Duration.ofMillis(400)))) {
            stage.backend(connection -> {
                connection.readHead();
                connection.write(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
                for (int i = 0; i < 10; i++) {
                    Thread.sleep(100);
                    connection.write("x");
                }
            });
            var client = stage.client();
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            client.readToHead();
            assertThat(new String(client.readExactly(10))).isEqualTo("x".repeat(10));
        }
    }

    @Test
    void a_websocket_whose_client_left_frees_a_backend_that_does_not_mind() {
        try (var stage = Stage.open(Stage.limit("body", Duration.ofMillis(200)))) {
            stage.backend(connection -> {
                connection.readHead();
                connection.write(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
                Thread.sleep(Stage.PATIENCE.multipliedBy(2));
            });
            var client = stage.client();
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            client.readToHead();
            client.close();
            Stage.await("nothing in flight", () -> stage.backendNamed("n1").inFlight() == 0);
        }
    }
}
