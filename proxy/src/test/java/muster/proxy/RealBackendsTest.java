package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.balancing.Announcement;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What real servers make of what the proxy passes on. Two readers that see different requests in the same bytes are what
 * smuggling needs, so raw bytes go in, right, wrong and mutated, with a request behind them: the server must see that one
 * exactly when the client gets an answer to it, and never more requests than the proxy gave it.
 */
class RealBackendsTest {
    private static final int MUTANTS = 1_500;
    private static final String BEHIND = "/behind-";
    private static final Pattern ANSWER = Pattern.compile("HTTP/1\\.1 ([2-5]\\d\\d) ");
    private static final Pattern SEEN = Pattern.compile("(?m)^X-Saw: (\\S+)");

    /** A server that logs each request that it has read, and says in the answer which target it understood. */
    private enum Server {
        NODE {
            @Override
            List<String> command(Path folder, int port) throws IOException {
                Path script = Files.writeString(folder.resolve("server.js"), """
                        require('http').createServer((request, response) => {
                          request.resume().on('end', () => {
                            console.log('X-Saw: ' + request.url);
                            response.setHeader('X-Saw', request.url).end();
                          });
                        }).listen(%d, '127.0.0.1');
                        """.formatted(port));
                return List.of("node", script.toString());
            }
        },
        NGINX {
            @Override
            List<String> command(Path folder, int port) throws IOException {
                Path configuration = Files.writeString(folder.resolve("nginx.conf"), """
                        daemon off;
                        master_process off;
                        pid %1$s/nginx.pid;
                        error_log %1$s/error.log;
                        events {}
                        http {
                          log_format saw 'X-Saw: $request_uri';
                          access_log /dev/stdout saw;
                          client_body_temp_path %1$s; proxy_temp_path %1$s; fastcgi_temp_path %1$s; uwsgi_temp_path %1$s; scgi_temp_path %1$s;
                          server { listen 127.0.0.1:%2$d; location / { add_header X-Saw $request_uri; return 200; } }
                        }
                        """.formatted(folder, port));
                return List.of("nginx", "-c", configuration.toString(), "-e", folder + "/error.log");
            }
        };

        abstract List<String> command(Path folder, int port) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void a_real_server_sees_the_requests_that_the_proxy_sent_and_no_others(Server server, @TempDir Path folder)
            throws Exception {
        int port = freePort();
        Path log = folder.resolve("log");
        var builder = new ProcessBuilder(server.command(folder, port));
        builder.environment().merge("PATH", ":/usr/sbin:/sbin", String::concat);
        Process process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try (var stage = Stage.open()) {
            Stage.await("the server listens", () -> listens(port));
            stage.announce("real", port, Announcement.Presence.ALIVE, false, "");
            long seed = 20_261_122;
            var random = new Random(seed);
            var rows = Stream.concat(ConformanceTest.goodRows(), ConformanceTest.badRows())
                    .map(ConformanceTest.Row::request)
                    .toList();
            var answered = new ArrayList<String>();
            for (int n = 0; n < rows.size() + MUTANTS; n++) {
                String request = n < rows.size() ? rows.get(n) : mutant(rows, random);
                String sent = request + "GET " + BEHIND + n + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                String answer = ask(stage, sent);
                var seen = all(SEEN, answer);
                assertThat(all(ANSWER, answer).stream().filter("200"::equals))
                        .as("seed %d, row %d, one answer for each request:\n%s\n%s", seed, n, sent, answer)
                        .hasSize(seen.size());
                answered.addAll(seen);
            }
            assertThat(behind(answered)).hasSizeGreaterThan(30); // after all that was right
            // The log is a little behind the answers.
            Stage.await("the log is complete", () -> all(SEEN, read(log)).size() >= answered.size());
            var logged = all(SEEN, read(log));
            assertThat(behind(logged)).as("seed " + seed).isEqualTo(behind(answered));
            assertThat((long) logged.size())
                    .isLessThanOrEqualTo(stage.backendNamed("real").totals().requests());
        } finally {
            process.destroy();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }

    /** Two requests spliced somewhere, with some bytes changed to those that parsers disagree about. */
    private static String mutant(List<String> rows, Random random) {
        String a = rows.get(random.nextInt(rows.size()));
        String b = rows.get(random.nextInt(rows.size()));
        if (a.length() + b.length() > 2_000) return mutant(rows, random);
        var text = new StringBuilder(a.substring(0, random.nextInt(a.length() + 1)))
                .append(b.substring(random.nextInt(b.length())));
        var doubtful = List.of(
                "\r", "\n", "\r\n", " ", "\t", "\0", ":", ";", ",", "0", "f", "\u000b", "\u0085", "#", "chunked");
        for (int changes = random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            String with = doubtful.get(random.nextInt(doubtful.size()));
            if (random.nextBoolean() && at < text.length()) text.replace(at, at + 1, with);
            else text.insert(at, with);
        }
        return text.toString();
    }

    /** Everything that comes back; the client ends its side, so that nothing waits for bytes that never come. */
    private static String ask(Stage stage, String request) throws IOException {
        try (var client = new RawClient(stage.proxy.port())) {
            try {
                client.send(request);
                client.endInput();
            } catch (AssertionError _) {
                // Refused before it was sent to its end: the answer is there all the same.
            }
            return client.readToEnd();
        }
    }

    private static List<String> behind(List<String> targets) {
        return targets.stream().filter(each -> each.startsWith(BEHIND)).sorted().toList();
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean listens(int port) {
        try (var probe = new Socket()) {
            probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
