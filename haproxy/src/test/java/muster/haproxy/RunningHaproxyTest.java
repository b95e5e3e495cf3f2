package muster.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands are right when the real HAProxy then says what the file says. */
class RunningHaproxyTest {
    private static final int CHANGES = 300;

    @TempDir
    Path directory;

    private static String text(TreeMap<String, String> web, TreeMap<String, String> api) {
        return """
                global
                    maxconn 100
                defaults
                    mode http
                    timeout connect 1s
                    timeout client 10s
                    timeout server 10s
                    default-server inter 60s init-addr none
                backend web
                    balance leastconn
                %sbackend api
                    balance random(2)
                    server-template slot 2 127.0.0.1:1 disabled
                %s""".formatted(String.join("", web.values()), String.join("", api.values()));
    }

    private static String line(String name, Random random) {
        return "    server " + name + " 127.0.0." + (1 + random.nextInt(200)) + ":" + (1 + random.nextInt(60_000))
                + " weight "
                + random.nextInt(257) + (name.endsWith("c") ? " check" : "")
                + (random.nextInt(4) == 0 ? " disabled" : "") + "\n";
    }

    @Test
    void after_any_sequence_of_changes_of_servers_it_has_what_the_file_has_and_never_needed_a_reload()
            throws Exception {
        long seed = Long.getLong("haproxy.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        var random = new Random(seed);
        var web = new TreeMap<String, String>();
        var api = new TreeMap<String, String>();
        String loaded = text(web, api);
        try (var haproxy = new Haproxy(directory, loaded)) {
            for (int change = 0; change < CHANGES; change++) {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    var backend = random.nextBoolean() ? web : api;
                    String name = "node-" + random.nextInt(12) + (random.nextInt(3) == 0 ? "c" : "");
                    if (random.nextInt(3) == 0) {
                        backend.remove(name);
                    } else {
                        backend.put(name, line(name, random));
                    }
                }
                String wanted = text(web, api);
                assertFollows(haproxy, loaded, wanted);
                loaded = wanted;
            }
        }
    }

    private static void assertFollows(Haproxy haproxy, String loaded, String wanted) throws Exception {
        ConfigText text = ConfigText.parse(wanted);
        Plan plan = Planner.plan(ConfigText.parse(loaded), text, haproxy.servers(), Map.of(), Set.of());
        assertThat(plan).isInstanceOf(Plan.Commands.class);
        var outcome = Conversation.hold(haproxy.api, ((Plan.Commands) plan).commands());
        assertThat(outcome.refused()).isNull();
        assertThat(outcome.later()).isEmpty();
        RunningServers running = haproxy.servers();
        for (ConfigText.Section section : text.sections()) {
            if (section.backend() != null) {
                var servers = running.of(section.backend());
                servers.keySet().removeIf(section::mayHave);
                assertThat(servers.keySet())
                        .containsExactlyInAnyOrderElementsOf(section.servers().keySet());
                section.servers().forEach((name, line) -> {
                    var server = servers.get(name);
                    assertThat(server.host()).as(name).isEqualTo(line.host());
                    assertThat(server.port()).as(name).isEqualTo(line.port());
                    assertThat(server.weight()).as(name).isEqualTo(line.weight());
                    assertThat(server.inMaintenance()).as(name).isEqualTo(line.disabled());
                });
            }
        }
        assertThat(Planner.plan(text, text, running, Map.of(), Set.of())).isEqualTo(new Plan.Commands(List.of()));
    }

    @Test
    void a_server_in_use_gets_no_new_request_and_is_deleted_when_its_last_one_is_answered() throws Exception {
        try (var reserved = new ReservedPort();
                var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String head = text(new TreeMap<>(), new TreeMap<>())
                    .replace("backend web\n", "listen web\n    bind 127.0.0.1:" + reserved.number() + "\n");
            String with = head.replace(
                    "    balance leastconn\n",
                    "    balance leastconn\n    server s1 127.0.0.1:" + app.getLocalPort() + "\n");
            try (var haproxy = new Haproxy(directory, with);
                    var client = new Socket(InetAddress.getLoopbackAddress(), reserved.number())) {
                client.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                try (var request = app.accept()) {
                    var gone = plan(with, head, haproxy);
                    assertThat(gone.later()).containsExactly(new RuntimeCommand.Delete(new ServerPath("web", "s1")));
                    request.getInputStream().read(new byte[1_000]);
                    request.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                                    .getBytes(StandardCharsets.US_ASCII));
                    assertThat(client.getInputStream().read()).isEqualTo('H');
                }
                long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                while (!haproxy.servers().of("web").isEmpty()) {
                    assertThat(plan(head, head, haproxy).refused()).isNull();
                    assertThat(System.nanoTime() - end)
                            .as("waited in vain for the deletion")
                            .isNegative();
                    Thread.sleep(10);
                }
            }
        }
    }

    private static Conversation.Outcome plan(String loaded, String wanted, Haproxy haproxy) throws Exception {
        Plan plan =
                Planner.plan(ConfigText.parse(loaded), ConfigText.parse(wanted), haproxy.servers(), Map.of(), Set.of());
        assertThat(plan).isInstanceOf(Plan.Commands.class);
        return Conversation.hold(haproxy.api, ((Plan.Commands) plan).commands());
    }

    @Test
    void what_it_refuses_is_told_in_its_own_words() throws Exception {
        var web = new TreeMap<String, String>();
        String loaded = text(web, new TreeMap<>());
        web.put("s1", "    server s1 127.0.0.1:1 cookie a\n");
        try (var haproxy = new Haproxy(directory, loaded)) {
            assertThat(plan(loaded, text(web, new TreeMap<>()), haproxy).refused())
                    .isEqualTo("'add server web/s1 127.0.0.1:1 weight 1 inter 60s cookie a':"
                            + " 'cookie' option is not accepted for dynamic server");
        }
    }

    @Test
    void a_socket_that_is_not_there_or_does_not_answer_is_said_to_be_so() throws Exception {
        var nowhere = RuntimeApi.at(directory.resolve("none.sock"), Duration.ofSeconds(5));
        assertThatThrownBy(() -> nowhere.ask("show info"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none.sock");
        Path place = directory.resolve("silent.sock");
        try (var silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(place));
            var deaf = RuntimeApi.at(place, Duration.ofMillis(50));
            assertThatThrownBy(() -> deaf.ask("show info")).hasMessageContaining("no answer within 50 ms");
        }
        assertThatThrownBy(() -> nowhere.ask("show info; shutdown")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> nowhere.ask("show info\nshutdown")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_list_of_servers_that_is_none_is_not_taken_for_an_empty_one() {
        assertThatThrownBy(() -> RunningServers.parse("Permission denied"))
                .hasMessage("HAProxy did not list its servers but said: Permission denied");
        assertThatThrownBy(() -> RunningServers.parse("")).hasMessageContaining("said: nothing");
        assertThatThrownBy(() -> RunningServers.parse("1\n# be_name srv_name srv_addr\nweb s1 10.0.0.1\n"))
                .hasMessageContaining("without srv_port");
    }
}
