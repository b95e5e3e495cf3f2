package muster.proxy;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import muster.balancing.Picker;
import muster.proxy.http1.HeadLimits;

/**
 * How one proxy listens and forwards. Settings that exist are valid; a bad one throws {@link IllegalArgumentException} that
 * names it and says what would do.
 *
 * @param listen where clients connect; port 0 takes a free one
 * @param pool the pool of backends that everything goes to
 * @param loops event loops, each with its own listener and upstream connections; one per core is usual
 * @param trusted peers whose X-Forwarded-* fields are believed and added to; from others they are replaced
 * @param via add a Via field in both directions
 */
public record ProxySettings(
        InetSocketAddress listen,
        String pool,
        Picker picker,
        int loops,
        Transport transport,
        List<Cidr> trusted,
        boolean via,
        Limits limits,
        Times times,
        Retries retries,
        Checks checks) {

    public ProxySettings {
        trusted = List.copyOf(trusted);
        need(!pool.isEmpty(), "pool", pool, "name the pool of backends, such as web");
        need(loops >= 1 && loops <= 256, "loops", loops, "want 1 to 256, one per core is usual");
    }

    /** The defaults: two random choices, one loop per core, nobody trusted. */
    public static ProxySettings of(InetSocketAddress listen, String pool) {
        return new ProxySettings(
                listen,
                pool,
                Picker.TWO_CHOICES,
                Math.min(256, Runtime.getRuntime().availableProcessors()),
                Transport.AUTO,
                List.of(),
                false,
                Limits.DEFAULTS,
                Times.DEFAULTS,
                Retries.DEFAULTS,
                Checks.DEFAULTS);
    }

    public ProxySettings with(Picker other) {
        return new ProxySettings(listen, pool, other, loops, transport, trusted, via, limits, times, retries, checks);
    }

    public ProxySettings with(Transport other) {
        return new ProxySettings(listen, pool, picker, loops, other, trusted, via, limits, times, retries, checks);
    }

    public ProxySettings with(Limits other) {
        return new ProxySettings(listen, pool, picker, loops, transport, trusted, via, other, times, retries, checks);
    }

    public ProxySettings with(Times other) {
        return new ProxySettings(listen, pool, picker, loops, transport, trusted, via, limits, other, retries, checks);
    }

    public ProxySettings with(Retries other) {
        return new ProxySettings(listen, pool, picker, loops, transport, trusted, via, limits, times, other, checks);
    }

    public ProxySettings with(Checks other) {
        return new ProxySettings(listen, pool, picker, loops, transport, trusted, via, limits, times, retries, other);
    }

    public ProxySettings withLoops(int other) {
        return new ProxySettings(listen, pool, picker, other, transport, trusted, via, limits, times, retries, checks);
    }

    public ProxySettings withTrusted(List<Cidr> other) {
        return new ProxySettings(listen, pool, picker, loops, transport, other, via, limits, times, retries, checks);
    }

    public ProxySettings withVia(boolean other) {
        return new ProxySettings(
                listen, pool, picker, loops, transport, trusted, other, limits, times, retries, checks);
    }

    /**
     * How much at most.
     *
     * @param head request and response heads
     * @param bodyBytes the longest request body; 0 for no limit
     * @param clientConnections open at once on all loops; more are accepted and closed at once
     * @param upstreamConnections per backend and loop
     * @param waiting requests per backend and loop that wait for an upstream connection
     */
    public record Limits(HeadLimits head, long bodyBytes, int clientConnections, int upstreamConnections, int waiting) {
        public static final Limits DEFAULTS = new Limits(HeadLimits.DEFAULTS, 0, 10_000, 512, 1_024);

        public Limits {
            need(bodyBytes >= 0, "limits.bodyBytes", bodyBytes, "want 0 for no limit, or a number of bytes");
            need(clientConnections >= 1, "limits.clientConnections", clientConnections, "want at least 1");
            need(upstreamConnections >= 1, "limits.upstreamConnections", upstreamConnections, "want at least 1");
            need(waiting >= 0, "limits.waiting", waiting, "want 0 for no queue, or a number of requests");
        }
    }

    /**
     * How long to wait; kept to about a tenth of a second.
     *
     * @param head for a whole request head, from the first byte, or from the start of a connection
     * @param clientIdle between two requests of one client
     * @param body without a byte of a request body, or of a response, or taken by a slow reader
     * @param connect to a backend
     * @param response from the end of a request to the first byte of its response
     * @param upstreamIdle before an unused connection is closed: shorter than the backends' own limit (Node and Apache 5 s,
     *     gunicorn 2 s), so that a request never meets a connection that its backend is closing; a backend that says its
     *     limit in Keep-Alive is closed a second before it
     * @param waiting for an upstream connection when a backend has as many as allowed
     * @param tunnel without a byte either way after an upgrade
     */
    public record Times(
            Duration head,
            Duration clientIdle,
            Duration body,
            Duration connect,
            Duration response,
            Duration upstreamIdle,
            Duration waiting,
            Duration tunnel) {
        public static final Times DEFAULTS = new Times(
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                Duration.ofSeconds(4),
                Duration.ofSeconds(5),
                Duration.ofHours(1));

        public Times {
            needTime("times.head", head);
            needTime("times.clientIdle", clientIdle);
            needTime("times.body", body);
            needTime("times.connect", connect);
            needTime("times.response", response);
            needTime("times.upstreamIdle", upstreamIdle);
            needTime("times.waiting", waiting);
            needTime("times.tunnel", tunnel);
        }
    }

    /**
     * When a request is given to a second backend.
     *
     * @param tries backends that one request is given to at most, the first included
     * @param idempotent retry PUT and DELETE too when a connection broke after they were sent; the second answer may
     *     differ from the first (404 for what was deleted by the first try)
     * @param bodyBytes of a request kept so that it can be sent again
     * @param percent of the requests of the last ten seconds that may be retried
     */
    public record Retries(int tries, boolean idempotent, int bodyBytes, int percent) {
        public static final Retries DEFAULTS = new Retries(3, false, 64 << 10, 20);

        public Retries {
            need(tries >= 1 && tries <= 10, "retries.tries", tries, "want 1 (never retry) to 10");
            need(bodyBytes >= 0 && bodyBytes <= 16 << 20, "retries.bodyBytes", bodyBytes, "want 0 to 16 MiB");
            need(percent >= 0 && percent <= 100, "retries.percent", percent, "want 0 to 100");
        }
    }

    /**
     * Active checks of backends that announce a check path.
     *
     * @param every from the start of one check to the start of the next, give or take a tenth
     * @param timeout for the whole check
     * @param fall failed checks in a row that eject
     * @param rise passed checks in a row that bring back
     */
    public record Checks(boolean enabled, Duration every, Duration timeout, int fall, int rise) {
        public static final Checks DEFAULTS = new Checks(true, Duration.ofSeconds(1), Duration.ofSeconds(1), 2, 2);

        public Checks {
            needTime("checks.every", every);
            needTime("checks.timeout", timeout);
            need(fall >= 1 && fall <= 100, "checks.fall", fall, "want 1 to 100");
            need(rise >= 1 && rise <= 100, "checks.rise", rise, "want 1 to 100");
        }
    }

    private static void needTime(String name, Duration value) {
        need(
                value.compareTo(Duration.ofMillis(1)) >= 0 && value.compareTo(Duration.ofDays(1)) <= 0,
                name,
                value,
                "want 1 ms to 1 day");
    }

    private static void need(boolean holds, String name, Object value, String remedy) {
        if (!holds) throw new IllegalArgumentException("proxy." + name + " = " + value + ": " + remedy);
    }
}
