package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** examples/webapp: app.js and WebApp.java must be the same app. */
class WebAppTwinsTest {

    private static final Path WEBAPP =
            Path.of("..", "examples", "webapp").toAbsolutePath().normalize();

    enum Twin {
        NODE("node", "app.js"),
        JAVA(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "WebApp.java");

        final String interpreter;
        final String file;

        Twin(String interpreter, String file) {
            this.interpreter = interpreter;
            this.file = file;
        }

        Process start(String... more) throws IOException {
            List<String> command =
                    new ArrayList<>(List.of(interpreter, WEBAPP.resolve(file).toString()));
            command.addAll(List.of(more));
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        }
    }

    /** A running twin; {@code port} as it printed it. */
    private record Running(Process process, int port) {}

    private final List<Process> started = new ArrayList<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void end_all() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        http.close();
    }

    @Test
    void both_answer_every_kind_of_request_alike() throws Exception {
        Running node = start(Twin.NODE);
        Running java = start(Twin.JAVA);

        List<HttpRequest.Builder> requests = List.of(
                get("/who?id=a%20b%22%5C%C3%A9"),
                get("/who"),
                get("/who?id=1&id=2"),
                get("/"),
                get("/").header("Cookie", "x=1; session=6fa459ea-ee8a-3ca4-894e-db77e160355e"),
                get("/").header("Accept", "text/html").header("Cookie", "session=6fa459ea-ee8a-3ca4-894e-db77e160355e"),
                get("/health"),
                get("/bytes"),
                get("/bytes?n=0"),
                get("/bytes?n=200000"),
                get("/bytes?n=200000&chunked=1"),
                get("/bytes?n=-1"),
                get("/bytes?n=1000000001"),
                get("/who?delay=soon"),
                get("/nowhere"),
                get("/health/"),
                get("/constructor"),
                request("HEAD", "/who", ""),
                request("HEAD", "/bytes?n=12", ""),
                request("HEAD", "/nowhere", ""),
                request("POST", "/who", "x"),
                request("DELETE", "/", ""),
                request("POST", "/echo", ""),
                request("POST", "/echo", "hello"),
                request("PUT", "/echo", "é".repeat(100_000)).header("Content-Type", "text/plain; charset=utf-8"),
                request("POST", "/echo", null));
        for (HttpRequest.Builder request : requests) {
            String fromNode = exchange(node, request);
            String fromJava = exchange(java, request);
            assertThat(fromJava).isEqualTo(fromNode).contains("x-served-by=[twin]");
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_session_is_counted_by_its_cookie(Twin twin) throws Exception {
        Running app = start(twin);
        HttpResponse<String> first = send(app, get("/"));
        String cookie = first.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
        assertThat(first.body()).contains("\"views\":1");
        assertThat(send(app, get("/").header("Cookie", cookie)).body()).contains("\"views\":2");
        assertThat(send(app, get("/").header("Cookie", cookie)).body()).contains("\"views\":3");
        assertThat(send(app, get("/")).body()).contains("\"views\":1");
    }

    @ParameterizedTest
    @EnumSource
    void a_delay_is_obeyed_but_never_by_health(Twin twin) throws Exception {
        Running app = start(twin, "--delay", "300");
        long before = System.nanoTime();
        assertThat(send(app, get("/health")).body()).isEqualTo("ok\n");
        assertThat(send(app, get("/who")).statusCode()).isEqualTo(200);
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(300));
    }

    @ParameterizedTest
    @EnumSource
    void a_stop_finishes_what_is_in_flight_and_takes_nothing_new(Twin twin) throws Exception {
        Running app = start(twin);
        try (Socket idle = new Socket("127.0.0.1", app.port());
                Socket slow = new Socket("127.0.0.1", app.port())) {
            idle.getOutputStream().write("GET /who HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(idle.getInputStream().read()).isEqualTo('H');
            slow.getOutputStream()
                    .write("GET /who?delay=700&id=slow HTTP/1.1\r\nHost: a\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            // Once the app has answered a request that came later, it has read the slow one.
            assertThat(send(app, get("/health")).statusCode()).isEqualTo(200);
            app.process().destroy();
            assertThat(new String(slow.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("\"id\":\"slow\"");
            assertThat(app.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(app.process().exitValue()).isZero();
        }
        assertThatThrownBy(() -> new Socket("127.0.0.1", app.port()).close()).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource
    void a_stop_does_not_wait_for_a_client_that_went_away(Twin twin) throws Exception {
        Running app = start(twin);
        try (Socket gone = new Socket("127.0.0.1", app.port())) {
            gone.getOutputStream()
                    .write("GET /bytes?n=300000000 HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(gone.getInputStream().readNBytes(1000)).hasSize(1000);
        }
        app.process().destroy();
        assertThat(app.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(app.process().exitValue()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void a_crash_ends_the_process_with_status_1(Twin twin) throws Exception {
        Running app = start(twin);
        assertThatThrownBy(() -> send(app, get("/crash"))).isInstanceOf(IOException.class);
        assertThat(app.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(app.process().exitValue()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void bad_options_and_a_taken_port_are_refused_with_words(Twin twin) throws Exception {
        assertThat(outputOf(twin, 2, "--port", "70000")).contains("--port must be a number from 0 to 65535");
        assertThat(outputOf(twin, 2, "--speed", "9"))
                .contains("unknown option --speed")
                .contains("usage:");
        assertThat(outputOf(twin, 2, "--name")).contains("--name needs a value");
        assertThat(outputOf(twin, 0, "--help")).contains("usage:");
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = Integer.toString(taken.getLocalPort());
            assertThat(outputOf(twin, 1, "--port", port)).contains("cannot listen on 0.0.0.0:" + port);
        }
    }

    private Running start(Twin twin, String... more) throws Exception {
        assumeInstalled(twin);
        List<String> arguments = new ArrayList<>(List.of("--port", "0", "--host", "127.0.0.1", "--name=twin"));
        arguments.addAll(List.of(more));
        Process process = twin.start(arguments.toArray(String[]::new));
        started.add(process);
        BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = output.readLine();
        assertThat(line).startsWith("twin listening on 127.0.0.1:").endsWith(", process " + process.pid());
        return new Running(process, Integer.parseInt(line.replaceAll(".*:(\\d+),.*", "$1")));
    }

    private String outputOf(Twin twin, int status, String... arguments) throws Exception {
        assumeInstalled(twin);
        Process process = twin.start(arguments);
        started.add(process);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(status);
        return output;
    }

    private static void assumeInstalled(Twin twin) {
        boolean installed = Path.of(twin.interpreter).isAbsolute()
                || List.of(System.getenv("PATH").split(":")).stream()
                        .anyMatch(folder ->
                                Path.of(folder, twin.interpreter).toFile().canExecute());
        assumeTrue(installed, () -> twin.interpreter + " is not installed: its twin of the web app is not tested");
    }

    private static HttpRequest.Builder get(String target) {
        return request("GET", target, "");
    }

    /** A body of null is sent chunked. */
    private static HttpRequest.Builder request(String method, String target, String body) {
        HttpRequest.BodyPublisher publisher = body == null
                ? BodyPublishers.fromPublisher(BodyPublishers.ofString("chunk"))
                : body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        // Where the app listens is known later; the target waits in the URI.
        return HttpRequest.newBuilder(URI.create("http://app" + target)).method(method, publisher);
    }

    private static HttpRequest uri(Running app, HttpRequest.Builder request, String target) {
        return request.copy()
                .uri(URI.create("http://127.0.0.1:" + app.port() + target))
                .build();
    }

    private HttpResponse<String> send(Running app, HttpRequest.Builder request) throws Exception {
        String target = request.build().uri().toString().substring("http://app".length());
        return http.send(uri(app, request, target), BodyHandlers.ofString());
    }

    /** Status, headers and body, without what must differ: dates, process numbers, new session ids, connection headers. */
    private String exchange(Running app, HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = send(app, request);
        TreeMap<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        response.headers().map().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
        headers.keySet().removeAll(List.of("date", "connection", "keep-alive"));
        String target = request.build().method() + " " + request.build().uri() + " → ";
        // The JDK's server states no length where there is no body; HTTP allows both.
        if (response.body().isEmpty()) {
            headers.remove("content-length", List.of("0"));
        }
        String fresh = headers.containsKey("set-cookie") ? "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}" : "(?!)";
        return (target + response.statusCode() + "\n" + headers + "\n" + response.body())
                .replace(Long.toString(app.process().pid()), "PID")
                .replaceAll("\"views\":\\d+|session \\d+ times?", "VIEWS")
                .replaceAll(fresh, "SESSION");
    }
}
