import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A small web app to put behind Muster, in one file: {@code java WebApp.java --port 3000}. The twin of app.js for machines
 * without Node; what one does, the other does.
 */
public final class WebApp {

    private static final String USAGE = """
            usage: java WebApp.java [--port N] [--host ADDRESS] [--name NAME] [--delay MS]

              --port N        listen here; default: $PORT, else 3000; 0 lets the system choose
              --host ADDRESS  listen on this address only; default 0.0.0.0
              --name NAME     what this one calls itself; default HOSTNAME:PORT
              --delay MS      every answer but /health waits this long; default 0""";

    /** The oldest is forgotten: a load test without cookies must not fill the memory. */
    private static final int SESSIONS_MAX = 10_000;

    private static final int DELAY_MILLIS_MAX = 600_000;
    private static final int BYTES_MAX = 1_000_000_000;

    /** How long a stop waits for requests in flight. */
    private static final Duration STOP_MAX = Duration.ofMinutes(10);

    /** Whole alphabets, so that chunks join seamlessly. */
    private static final byte[] CHUNK =
            "abcdefghijklmnopqrstuvwxyz".repeat(2_520).getBytes(StandardCharsets.US_ASCII);

    private static final Pattern SESSION_COOKIE = Pattern.compile("(?:^|;\\s*)session=([0-9a-f-]{36})(?:;|$)");
    private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,10}");

    private record Options(int port, String host, String name, int delayMillis) {}

    private record Route(List<String> methods, boolean atOnce, Answer answer) {}

    private interface Answer {
        void to(HttpExchange exchange, Map<String, String> query) throws IOException;
    }

    private final String name;
    private final String host;
    private final int delayMillis;
    private final Map<String, Route> routes = Map.of(
            "/", new Route(List.of("GET", "HEAD"), false, this::home),
            "/who", new Route(List.of("GET", "HEAD"), false, this::who),
            "/health", new Route(List.of("GET", "HEAD"), true, this::health),
            "/bytes", new Route(List.of("GET", "HEAD"), false, this::bytes),
            "/echo", new Route(List.of("POST", "PUT"), false, WebApp::echo),
            "/crash", new Route(List.of("GET", "POST"), false, (exchange, query) -> Runtime.getRuntime().halt(1)));

    /** Session to views, oldest first; guarded by itself. */
    private final Map<String, Integer> sessions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > SESSIONS_MAX;
        }
    };

    private volatile boolean stopping;

    /** Requests in flight, and one party more: the stop. */
    private final Phaser inFlight = new Phaser(1);

    private WebApp(String name, String host, int delayMillis) {
        this.name = name;
        this.host = host;
        this.delayMillis = delayMillis;
    }

    public static void main(String[] args) throws IOException {
        Options options = parse(new ArrayDeque<>(Arrays.asList(args)));
        // The server of the JDK waits for an acknowledgement between head and body unless told not to (40 ms on keep-alive
        // connections), closes the 201st idle connection, and idle ones after 30 s: a balancer in front keeps more, longer.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
        System.setProperty("sun.net.httpserver.idleInterval", "75");

        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(options.host(), options.port()), 1024);
        } catch (IOException problem) {
            System.err.println("cannot listen on " + options.host() + ":" + options.port() + ": " + problem.getMessage());
            System.exit(1);
            return;
        }
        String host = InetAddress.getLocalHost().getHostName();
        int port = server.getAddress().getPort();
        WebApp app = new WebApp(options.name() == null ? host + ":" + port : options.name(), host, options.delayMillis());
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", app::handle);
        server.start();
        System.out.println(app.name + " listening on " + options.host() + ":" + port + ", process "
                + ProcessHandle.current().pid());
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            app.stopping = true;
            System.out.println(app.name + " stopping");
            // Closes the listening socket at once, then waits; for ever, where a client went away in the middle of an answer.
            Thread.ofPlatform().daemon().start(() -> server.stop((int) STOP_MAX.toSeconds()));
            app.awaitRequestsInFlight();
            Runtime.getRuntime().halt(0); // a stop on request is no failure, whichever signal asked for it
        }));
    }

    private static Options parse(Deque<String> args) {
        String inherited = System.getenv("PORT");
        int port = number("PORT", inherited == null ? "3000" : inherited, 65_535);
        int delayMillis = 0;
        String host = "0.0.0.0";
        String name = null;
        while (!args.isEmpty()) {
            String flag = args.pop();
            if (flag.equals("--help") || flag.equals("-h")) {
                System.out.println(USAGE);
                System.exit(0);
            }
            String[] parts = flag.split("=", 2);
            String value = parts.length == 2 ? parts[1] : args.poll();
            if (value == null) {
                throw refuse(parts[0] + " needs a value");
            }
            switch (parts[0]) {
                case "--port" -> port = number("--port", value, 65_535);
                case "--delay" -> delayMillis = number("--delay", value, DELAY_MILLIS_MAX);
                case "--host" -> host = value;
                case "--name" -> name = value;
                default -> throw refuse("unknown option " + parts[0]);
            }
        }
        return new Options(port, host, name, delayMillis);
    }

    private static int number(String name, String text, int max) {
        if (!WHOLE_NUMBER.matcher(text).matches() || Long.parseLong(text) > max) {
            throw refuse(name + " must be a number from 0 to " + max + ", not \"" + text + "\"");
        }
        return Integer.parseInt(text);
    }

    private static IllegalArgumentException refuse(String problem) {
        System.err.println(problem + "\n" + USAGE);
        System.exit(2);
        return new IllegalArgumentException(problem);
    }

    private void awaitRequestsInFlight() {
        try {
            inFlight.awaitAdvanceInterruptibly(inFlight.arrive(), STOP_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException | InterruptedException e) {
            System.err.println(name + ": requests are still in flight, stopping all the same");
        }
    }

    // ---- one request ----

    private void handle(HttpExchange exchange) throws IOException {
        inFlight.register();
        try {
            answer(exchange);
        } finally {
            inFlight.arriveAndDeregister();
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("X-Served-By", name);
            if (stopping) {
                exchange.getResponseHeaders().set("Connection", "close");
            }
            Route route = routes.get(exchange.getRequestURI().getPath());
            if (route == null) {
                text(exchange, 404, "not found\n");
                return;
            }
            if (!route.methods().contains(exchange.getRequestMethod())) {
                exchange.getResponseHeaders().set("Allow", String.join(", ", route.methods()));
                text(exchange, 405, "use " + String.join(" or ", route.methods()) + "\n");
                return;
            }
            Map<String, String> query = query(exchange);
            int delay = wholeNumber(query.get("delay"), delayMillis, DELAY_MILLIS_MAX);
            if (delay < 0) {
                text(exchange, 400, "delay must be a number from 0 to " + DELAY_MILLIS_MAX + "\n");
                return;
            }
            if (delay > 0 && !route.atOnce()) {
                Thread.sleep(delay);
            }
            route.answer().to(exchange, query);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Counts the views of one session, which lives in this process only: another app starts its own count. */
    private void home(HttpExchange exchange, Map<String, String> query) throws IOException {
        String cookies = exchange.getRequestHeaders().getFirst("Cookie");
        Matcher cookie = SESSION_COOKIE.matcher(cookies == null ? "" : cookies);
        boolean known = cookie.find();
        String session = known ? cookie.group(1) : UUID.randomUUID().toString();
        int views;
        synchronized (sessions) {
            views = sessions.merge(session, 1, Integer::sum);
        }
        if (!known) {
            exchange.getResponseHeaders().set("Set-Cookie", "session=" + session + "; Path=/; HttpOnly; SameSite=Lax");
        }
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        if (accept != null && accept.contains("text/html")) {
            send(exchange, 200, "text/html; charset=utf-8", html(views));
        } else {
            json(exchange, me(query) + ",\"session\":" + quoted(session) + ",\"views\":" + views);
        }
    }

    private String html(int views) {
        return """
                <!doctype html>
                <html lang="en"><meta charset="utf-8"><title>%1$s</title>
                <body style="font: 1.2rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem">
                <h1>%1$s</h1>
                <p>Served by process %2$d on %3$s.</p>
                <p>This app saw your session %4$d %5$s. <a href="/">Again</a></p>
                </body></html>
                """.formatted(safe(name), ProcessHandle.current().pid(), safe(host), views, views == 1 ? "time" : "times");
    }

    private static String safe(String text) {
        return text.replace("&", "&#38;").replace("<", "&#60;").replace(">", "&#62;").replace("\"", "&#34;");
    }

    private void who(HttpExchange exchange, Map<String, String> query) throws IOException {
        json(exchange, me(query));
    }

    private void health(HttpExchange exchange, Map<String, String> query) throws IOException {
        text(exchange, stopping ? 503 : 200, stopping ? "stopping\n" : "ok\n");
    }

    /** n bytes of the repeated alphabet; with chunked=1 without telling the length first. */
    private void bytes(HttpExchange exchange, Map<String, String> query) throws IOException {
        int n = wholeNumber(query.get("n"), 1024, BYTES_MAX);
        if (n < 0) {
            text(exchange, 400, "n must be a number from 0 to " + BYTES_MAX + "\n");
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        boolean chunked = "1".equals(query.get("chunked"));
        if (exchange.getRequestMethod().equals("HEAD")) {
            if (!chunked) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(n));
            }
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        exchange.sendResponseHeaders(200, chunked ? 0 : n == 0 ? -1 : n);
        try (OutputStream body = exchange.getResponseBody()) {
            for (int sent = 0; sent < n; sent += CHUNK.length) {
                body.write(CHUNK, 0, Math.min(CHUNK.length, n - sent));
            }
        }
    }

    private static void echo(HttpExchange exchange, Map<String, String> query) throws IOException {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        exchange.getResponseHeaders().set("Content-Type", type == null ? "application/octet-stream" : type);
        exchange.sendResponseHeaders(200, length == null ? 0 : length.equals("0") ? -1 : Long.parseLong(length));
        try (InputStream from = exchange.getRequestBody(); OutputStream to = exchange.getResponseBody()) {
            from.transferTo(to);
        }
    }

    private String me(Map<String, String> query) {
        return "\"name\":" + quoted(name) + ",\"host\":" + quoted(host) + ",\"pid\":" + ProcessHandle.current().pid()
                + ",\"id\":" + quoted(query.get("id"));
    }

    private static void json(HttpExchange exchange, String fields) throws IOException {
        send(exchange, 200, "application/json", "{" + fields + "}\n");
    }

    private static void text(HttpExchange exchange, int status, String body) throws IOException {
        send(exchange, status, "text/plain; charset=utf-8", body);
    }

    private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static String quoted(String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append("\\u%04x".formatted((int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new LinkedHashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            String[] parts = pair.split("=", 2);
            query.putIfAbsent(decoded(parts[0]), parts.length == 2 ? decoded(parts[1]) : "");
        }
        return query;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return text;
        }
    }

    /** The number, {@code absent} when not given, -1 when it is none or above {@code max}. */
    private static int wholeNumber(String text, int absent, int max) {
        if (text == null) {
            return absent;
        }
        return WHOLE_NUMBER.matcher(text).matches() && Long.parseLong(text) <= max ? Integer.parseInt(text) : -1;
    }
}
