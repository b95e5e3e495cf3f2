package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code muster pool} at a real balancer, with a node that announces two services. */
class PoolCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private HttpServer app;
    private MusterProgram balancer;
    private MusterProgram node;

    @BeforeEach
    void start() throws Exception {
        app = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        app.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        app.start();
        balancer = MusterProgram.started(
                folder, "balance", "-node=lb", "-bind=127.0.0.1:0", "-rpc-addr=127.0.0.1:0", "-listen=127.0.0.1:0");
        node = MusterProgram.agent(folder, "n1", "-tag", tag(), "-tag", "svc.api=4000", "-join", balancer.address());
        await().atMost(PATIENCE).until(() -> pool("-format=json").contains("\"api\""));
    }

    @AfterEach
    void stop() {
        app.stop(0);
        if (node != null) {
            node.close();
        }
        if (balancer != null) {
            balancer.close();
        }
    }

    private String tag() {
        return "svc.web=" + app.getAddress().getPort();
    }

    private String pool(String... words) throws Exception {
        var all = new ArrayList<>(List.of("pool", "-rpc-addr", balancer.rpc()));
        all.addAll(List.of(words));
        var outcome = MusterProgram.run(Map.of(), all.toArray(String[]::new));
        return outcome.output() + outcome.error();
    }

    private void request() throws Exception {
        Matcher listening = Pattern.compile("Listening: '([^']+)'").matcher(balancer.output());
        assertThat(listening.find()).isTrue();
        try (HttpClient client = HttpClient.newHttpClient()) {
            var response = client.send(
                    HttpRequest.newBuilder(URI.create("http://" + listening.group(1) + "/"))
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
            assertThat(response.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void a_pool_that_is_not_served_here_is_named_and_listed_only_when_it_is_asked_for() throws Exception {
        assertThat(pool())
                .containsPattern("(?m)^web +n1 ")
                .doesNotContainPattern("(?m)^api ")
                .contains("not served by this balancer (see -pool of 'muster balance'): api");
        assertThat(pool("api")).containsPattern("(?m)^api +n1 ").contains("not served by this balancer");
        assertThat(pool("web")).containsPattern("(?m)^web +n1 ").doesNotContain("not served");
        assertThat(pool("-format=json"))
                .containsPattern(
                        "(?s)\"pool\" *: *\"api\".*\"served\" *: *false.*\"pool\" *: *\"web\".*\"served\" *: *true");
    }

    @Test
    void the_counters_of_a_backend_do_not_fall_when_its_app_restarts() throws Exception {
        request();
        assertThat(pool("-format=json", "web")).containsPattern("\"requests\" *: *1\\b");
        MusterProgram.run(Map.of(), "tags", "-rpc-addr", node.rpc(), "-delete", "svc.web");
        await().atMost(PATIENCE).until(() -> !pool("-format=json").contains("\"web\""));
        assertThat(pool()).contains("No backends in the pool that this balancer serves.", "): api");
        assertThat(balancer.output()).contains("n1 no longer announces web on this address.");
        MusterProgram.run(Map.of(), "tags", "-rpc-addr", node.rpc(), "-set", tag());
        await().atMost(PATIENCE).until(() -> pool("-format=json").contains("\"web\""));
        assertThat(pool("-format=json", "web")).containsPattern("\"requests\" *: *1\\b");
    }

    @Test
    void the_log_says_whether_a_node_failed_or_left() throws Exception {
        node.signal("KILL");
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(balancer.output()).contains("n1 has failed: it answered nobody's probes."));
        node = MusterProgram.agent(folder, "n2", "-tag", tag(), "-join", balancer.address());
        await().atMost(PATIENCE).until(() -> pool("web").contains("n2"));
        MusterProgram.run(Map.of(), "leave", "-rpc-addr", node.rpc());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(balancer.output()).contains("n2 has left the cluster."));
    }
}
