package muster.agent.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.agent.configuration.Endpoint;
import muster.balancing.Announcement;
import muster.balancing.BalancingSettings;
import muster.balancing.FleetBuilder;
import muster.balancing.Pool;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.Test;

class PagesTest {
    private static final String HOSTILE = "</title><script>alert('x\"&')</script>\u0000\n";

    private static View hostileView() {
        var tags = new TreeMap<>(Map.of(HOSTILE, HOSTILE));
        var announcement = new Announcement(
                HOSTILE,
                "10.0.0.1",
                tags,
                Announcement.Presence.ALIVE,
                List.of(new Announcement.Service("web", 80, "http", "", 10, Announcement.Condition.READY)));
        List<Pool.Snapshot> pools = new FleetBuilder(BalancingSettings.DEFAULTS)
                .apply(List.of(announcement), 0).pools().values().stream()
                        .map(pool -> pool.snapshot(0))
                        .toList();
        var member = new Member(
                HOSTILE, new Address(Bytes.hex("0a000001"), 7946), tags, Member.Status.ALIVE, true, 1, 0, Bytes.EMPTY);
        return new View(HOSTILE, "1", 0, pools, new TreeMap<>(Map.of("requests", 7L)), List.of(member));
    }

    @Test
    void hostile_names_and_tags_stay_text() {
        String page = Page.of(hostileView());
        assertThat(page).doesNotContain("<script").doesNotContain("alert('").doesNotContain("\u0000");
        assertThat(page).contains("&lt;script&gt;alert(&#39;x&quot;&amp;&#39;)");
        assertThat(page.split("</title>", -1)).hasSize(2);
    }

    @Test
    void bytes_are_shown_as_bytes_and_every_figure_says_what_it_is_without_the_head_of_its_column() {
        var view = new View(
                "b",
                "1",
                0,
                hostileView().pools(),
                new TreeMap<>(Map.of("bytes_to_clients", 12_345_678L, "requests", 12_345_678L)),
                List.of());
        assertThat(Page.of(view))
                .contains("<td>bytes_to_clients<td class=n data-l=\"\">12 MB")
                .contains("<td>requests<td class=n data-l=\"\">12345678")
                .contains("data-l=\"In flight\">0");
    }

    @Test
    void the_json_of_hostile_names_is_json() {
        String json = new String(PoolsJson.of(hostileView()), StandardCharsets.UTF_8);
        assertThat(json)
                .startsWith("{\"node\":\"")
                .contains("\\\"&')")
                .contains("\\u0000")
                .doesNotContain("\n");
    }

    @Test
    void only_the_two_pages_are_served_and_nothing_is_changed() throws Exception {
        try (var server = StatsServer.start(new Endpoint("127.0.0.1", 0), PagesTest::hostileView)) {
            assertThat(answer(server.port(), "GET / HTTP/1.1"))
                    .startsWith("HTTP/1.1 200")
                    .containsIgnoringCase("Content-Security-Policy: default-src 'none'")
                    .contains("Pool web");
            assertThat(answer(server.port(), "GET /pools.json HTTP/1.1"))
                    .startsWith("HTTP/1.1 200")
                    .contains("\"pools\":[");
            assertThat(answer(server.port(), "HEAD / HTTP/1.1"))
                    .startsWith("HTTP/1.1 200")
                    .doesNotContain("<html");
            assertThat(answer(server.port(), "GET /../../etc/passwd HTTP/1.1")).startsWith("HTTP/1.1 404");
            assertThat(answer(server.port(), "POST / HTTP/1.1\r\nContent-Length: 0"))
                    .startsWith("HTTP/1.1 405");
            assertThat(answer(server.port(), "nonsense")).startsWith("HTTP/1.1 400");
        }
    }

    @Test
    void slow_clients_keep_nobody_else_waiting() throws Exception {
        try (var server = StatsServer.start(new Endpoint("127.0.0.1", 0), PagesTest::hostileView)) {
            var slow = new ArrayList<Socket>();
            try {
                for (int n = 0; n < 20; n++) {
                    var socket = new Socket("127.0.0.1", server.port());
                    slow.add(socket);
                    socket.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
                }
                // Less than the ten seconds after which the server gives up on a slow request.
                assertThat(answer(server.port(), "GET / HTTP/1.1", 8_000)).startsWith("HTTP/1.1 200");
            } finally {
                for (Socket socket : slow) socket.close();
            }
        }
    }

    private static String answer(int port, String request) throws IOException {
        return answer(port, request, 10_000);
    }

    private static String answer(int port, String request, int patienceMillis) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(patienceMillis);
            socket.getOutputStream()
                    .write((request + "\r\nHost: x\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
