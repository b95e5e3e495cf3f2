package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Backends are read as strictly as clients: what could be understood in two ways reaches nobody. */
class ResponseConformanceTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\n";

    record Row(String name, String response) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Row> badRows() {
        return Stream.of(
                new Row("length and chunked", OK + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                new Row("two lengths", OK + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
                new Row("length list", OK + "Content-Length: 3, 3\r\n\r\nabc"),
                new Row("length with plus", OK + "Content-Length: +3\r\n\r\nabc"),
                new Row("length overflow", OK + "Content-Length: 99999999999999999999\r\n\r\nabc"),
                new Row("space before colon", OK + "Content-Length : 3\r\n\r\nabc"),
                new Row("unknown coding", OK + "Transfer-Encoding: gzip\r\n\r\nabc"),
                new Row("coding list", OK + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                new Row("chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                new Row("folded line", OK + "A: b\r\n c\r\nContent-Length: 0\r\n\r\n"),
                new Row("bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
                new Row("bare CR in a value", OK + "A: b\rc\r\nContent-Length: 0\r\n\r\n"),
                new Row("NUL in a value", OK + "A: b\0\r\nContent-Length: 0\r\n\r\n"),
                new Row("empty name", OK + ": b\r\nContent-Length: 0\r\n\r\n"),
                new Row("status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
                new Row("status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
                new Row("status 999", "HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n"),
                new Row("NUL in the reason", "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"),
                new Row("other protocol", "ICY 200 OK\r\n\r\n"),
                new Row("HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
                new Row(
                        "101 that nobody asked for",
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
                new Row(
                        "Connection names Content-Length",
                        OK + "Connection: Content-Length\r\nContent-Length: 3\r\n\r\nabc"),
                new Row("long head", OK + "A: " + "b".repeat(20_000) + "\r\n\r\n"),
                new Row("many fields", OK + "A: b\r\n".repeat(200) + "\r\n"));
    }

    @ParameterizedTest
    @MethodSource("badRows")
    void answers_every_bad_response_with_502_and_drops_its_connection(Row row) {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                connection.readRequest();
                connection.write(row.response);
                connection.read();
            });
            var answer = stage.client().send(GET).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("not valid HTTP/1.1");
            Stage.await("dropped", () -> backend.openConnections() == 0);
            assertThat(stage.count(Counter.UPSTREAM_BAD_RESPONSE)).isEqualTo(1);
        }
    }

    static Stream<Row> doubtfulEnds() {
        return Stream.of(
                new Row(
                        "bytes behind the length",
                        OK + "Content-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
                new Row(
                        "bytes behind the last chunk",
                        OK
                                + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
                new Row("204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n"),
                new Row("204 with chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"),
                new Row("HTTP/1.0 without keep-alive", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
                new Row("Connection: close", OK + "Connection: close\r\nContent-Length: 3\r\n\r\nabc"));
    }

    @ParameterizedTest
    @MethodSource("doubtfulEnds")
    void never_uses_a_connection_again_when_the_end_of_its_response_is_in_doubt(Row row) {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                while (connection.readRequest() != null) connection.write(row.response);
            });
            var client = stage.client();
            for (int i = 0; i < 3; i++) {
                var answer = client.send(GET).read();
                assertThat(answer.status()).isIn(200, 204);
                assertThat(answer.body()).isIn("abc", "");
            }
            assertThat(backend.connections).hasValue(3);
        }
    }

    @Test
    void a_body_behind_the_answer_to_head_reaches_nobody() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(connection -> {
                while (connection.readRequest() != null)
                    connection.write(OK + "Content-Length: 38\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            });
            var client = stage.client();
            for (int i = 0; i < 3; i++) {
                client.send(GET.replace("GET", "HEAD"));
                assertThat(client.readToHead().head()).isEqualTo(OK + "Content-Length: 38\r\n\r\n");
            }
            assertThat(backend.connections).hasValue(3);
            assertThat(stage.count(Counter.UPSTREAM_UNASKED_BYTES)).isEqualTo(3);
        }
    }

    @Test
    void bytes_on_an_idle_connection_end_it() throws InterruptedException {
        try (var stage = Stage.open()) {
            var speak = new CountDownLatch(1);
            var backend = stage.backend(connection -> {
                while (connection.readRequest() != null) {
                    connection.respond(200, "asked");
                    speak.await();
                    connection.respond(200, "unasked");
                }
            });
            var client = stage.client();
            assertThat(client.send(GET).read().body()).isEqualTo("asked");
            speak.countDown();
            Stage.await("noticed", () -> stage.count(Counter.UPSTREAM_UNASKED_BYTES) == 1);
            assertThat(client.send(GET).read().body()).isEqualTo("asked");
            assertThat(backend.connections).hasValue(2);
        }
    }

    @Test
    void one_hint_after_the_other_ends_in_502() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                connection.readRequest();
                while (true) connection.write("HTTP/1.1 103 Early Hints\r\n\r\n");
            });
            var client = stage.client().send(GET);
            int hints = 0;
            var answer = client.read();
            for (; answer.status() == 103; answer = client.read()) hints++;
            assertThat(answer.status()).isEqualTo(502);
            assertThat(hints).isEqualTo(100);
        }
    }
}
