package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The load against a real server that is right, wrong in each way, or not there. */
class LoadTest {

    @FunctionalInterface
    private interface Answer {
        void to(HttpExchange exchange, String id) throws IOException;
    }

    private final Ledger ledger = new Ledger();
    private final Map<Integer, Integer> requestsByPort = new ConcurrentHashMap<>();
    private HttpServer server;
    private volatile Answer answer = LoadTest::right;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(Ports.loopback(), 0), 100);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/who", exchange -> {
            try (exchange) {
                requestsByPort.merge(exchange.getRemoteAddress().getPort(), 1, Integer::sum);
                answer.to(exchange, exchange.getRequestURI().getQuery().substring("id=".length()));
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void the_rate_is_kept_and_connections_are_kept_and_fresh() {
        long start = System.nanoTime();
        try (Load _ = Load.start(server.getAddress(), 400, ledger)) {
            await().until(() -> ledger.answered() >= 400);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        assertThat(ledger.failures()).isEmpty();
        assertThat(seconds).isGreaterThan(0.95);
        assertThat(ledger.answered()).isLessThanOrEqualTo((long) (400 * seconds) + 1);
        assertThat(ledger.totals()).containsOnlyKeys("web-1");
        // A quarter has a connection of its own, the rest share some: how many, a machine that stands still decides.
        long alone = requestsByPort.values().stream()
                .filter(requests -> requests == 1)
                .count();
        assertThat(alone).isGreaterThanOrEqualTo(ledger.answered() / 4);
        assertThat(requestsByPort.values()).anyMatch(requests -> requests >= 20);
    }

    @Test
    void latency_counts_from_the_time_at_which_the_request_was_due() {
        answer = (exchange, id) -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            right(exchange, id);
        };
        try (Load _ = Load.start(server.getAddress(), 100, ledger)) {
            await().until(() -> ledger.answered() >= 20);
        }
        assertThat(ledger.failures()).isEmpty();
        assertThat(ledger.latencies().all().p50()).isGreaterThanOrEqualTo(50_000);
    }

    @Test
    void the_answer_to_another_request_is_a_failure() {
        answer = (exchange, id) -> right(exchange, id + "0");
        assertFailsWith("the answer to another request");
    }

    @Test
    void an_error_status_is_a_failure_with_its_words() {
        answer = (exchange, id) -> send(exchange, 503, "web-1", "no backend is left\nmore\n");
        assertFailsWith("status 503: no backend is left (");
    }

    @Test
    void head_and_body_of_different_apps_are_a_failure() {
        answer = (exchange, id) -> send(exchange, 200, "web-2", body("web-1", id));
        assertFailsWith("head of web-2, body of web-1");
    }

    @Test
    void a_body_cut_short_is_a_failure() {
        answer = (exchange, id) -> {
            exchange.getResponseHeaders().set("X-Served-By", "web-1");
            exchange.sendResponseHeaders(200, 500);
            exchange.getResponseBody().write(body("web-1", id).getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
        };
        assertFailsWith("of 500 bytes of the body");
    }

    @Test
    void nobody_listening_is_a_failure_of_each_request() {
        server.stop(0);
        assertFailsWith("ConnectException");
    }

    private void assertFailsWith(String what) {
        try (Load _ = Load.start(server.getAddress(), 100, ledger)) {
            await().until(() -> ledger.failed() >= 5);
        }
        assertThat(ledger.answered()).isZero();
        assertThat(ledger.failures())
                .allSatisfy(failure -> assertThat(failure.what()).contains(what));
    }

    private static void right(HttpExchange exchange, String id) throws IOException {
        send(exchange, 200, "web-1", body("web-1", id));
    }

    private static String body(String name, String id) {
        return "{\"name\":\"" + name + "\",\"host\":\"here\",\"pid\":1,\"id\":\"" + id + "\"}\n";
    }

    private static void send(HttpExchange exchange, int status, String name, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("X-Served-By", name);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
