package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ForwardingTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    @Test
    void a_get_reaches_the_backend_and_its_answer_the_client() {
        try (var stage = Stage.open()) {
            var backend = stage.backend(ScriptedBackend.answering("hello"));
            var answer = stage.client().send(GET).read();
            assertThat(answer.status()).isEqualTo(200);
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
    void a_post_with_a_length_and_one_in_chunks_arrive_whole() {
        try (var stage = Stage.open()) {
            stage.backend(connection -> {
                for (String request = connection.readRequest(); request != null; request = connection.readRequest()) {
                    connection.respond(200, request.substring(request.indexOf("\r\n\r\n") + 4));
                }
            });
            var client = stage.client();
            assertThat(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde")
                            .read()
                            .body())
                    .isEqualTo("abcde");
            assertThat(client.send(
                                    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
                            .read()
                            .body())
                    .isEqualTo("3\r\nabc\r\n0\r\n\r\n");
        }
    }

    @Test
    void no_backend_at_all_is_a_503_that_says_what_to_do() {
        try (var stage = Stage.open()) {
            var answer = stage.client().send(GET).read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("pool web").contains("announces");
        }
    }
}
