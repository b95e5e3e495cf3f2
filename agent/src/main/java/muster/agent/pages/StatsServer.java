package muster.agent.pages;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import muster.agent.configuration.Endpoint;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Addresses;
import muster.agent.node.CannotStart;

/**
 * Serves the pages on the JDK's HTTP server, apart from the proxy: it answers also when that is overloaded. A virtual thread
 * for each request, so that clients that send or read slowly wait for nobody but themselves.
 */
public final class StatsServer implements AutoCloseable {
    private static final int PORT = 1936; // what operators know from HAProxy
    private static final int CONNECTIONS_MAX = 64; // people with a browser, and a scraper or two

    static {
        // The server's own limits, read once when its classes load: connections, and seconds for a request and a
        // response.
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS_MAX));
        System.setProperty("sun.net.httpserver.maxReqTime", "10");
        System.setProperty("sun.net.httpserver.maxRspTime", "30");
        System.setProperty("sun.net.httpserver.idleInterval", "10");
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final Supplier<View> view;

    private StatsServer(HttpServer server, ExecutorService threads, Supplier<View> view) {
        this.server = server;
        this.threads = threads;
        this.view = view;
    }

    /** Without a host it listens on all interfaces, as ":1936" means to operators. */
    public static StatsServer start(Endpoint endpoint, Supplier<View> view) throws CannotStart {
        var address = endpoint.host().isEmpty()
                ? new InetSocketAddress(endpoint.portOr(PORT))
                : new InetSocketAddress(Addresses.resolve(endpoint.host()), endpoint.portOr(PORT));
        try {
            HttpServer server = HttpServer.create(address, CONNECTIONS_MAX);
            var threads = Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("stats").factory());
            var stats = new StatsServer(server, threads, view);
            server.setExecutor(threads);
            server.createContext("/", stats::answer);
            server.start();
            return stats;
        } catch (IOException e) {
            throw new CannotStart("cannot serve statistics on " + endpoint + ": " + e.getMessage()
                    + ". Choose another port with -stats HOST:PORT");
        }
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(
                        exchange,
                        405,
                        "text/plain; charset=utf-8",
                        "Only GET and HEAD.\n".getBytes(StandardCharsets.UTF_8));
                return;
            }
            switch (exchange.getRequestURI().getPath()) {
                case "/" ->
                    send(
                            exchange,
                            200,
                            "text/html; charset=utf-8",
                            Page.of(view.get()).getBytes(StandardCharsets.UTF_8));
                case "/pools.json" -> send(exchange, 200, "application/json", PoolsJson.of(view.get()));
                case null, default ->
                    send(
                            exchange,
                            404,
                            "text/plain; charset=utf-8",
                            "There are / and /pools.json.\n".getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "stats: a reader went away: " + e.getMessage());
        } catch (RuntimeException e) {
            Log.line(LogLevel.ERR, "stats: a fault while making a page", e);
        }
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type);
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        // The page is made of names from the network. Should one ever get through as markup, it can still do nothing.
        headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            headers.set("Content-Length", Integer.toString(body.length));
        }
        exchange.sendResponseHeaders(status, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }
}
