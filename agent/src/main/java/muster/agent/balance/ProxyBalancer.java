package muster.agent.balance;

import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.Schema;
import muster.agent.configuration.ServiceSchema;
import muster.agent.fleet.Announcements;
import muster.agent.fleet.FleetKeeper;
import muster.agent.logging.JdkLogs;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Addresses;
import muster.agent.node.CannotStart;
import muster.balancing.Pool;
import muster.proxy.Proxy;

/** Forwards by the data plane of this program. */
final class ProxyBalancer implements Balancer {
    private static final int LISTEN_PORT = 8080;

    private final FleetKeeper keeper;
    private final Proxy proxy;
    private final String pool;
    private final Duration drainLimit;

    private ProxyBalancer(FleetKeeper keeper, Proxy proxy, String pool, Duration drainLimit) {
        this.keeper = keeper;
        this.proxy = proxy;
        this.pool = pool;
        this.drainLimit = drainLimit;
    }

    /** Listens and follows. Throws {@link CannotStart} when the port cannot be had. */
    static ProxyBalancer start(Agent agent, Configuration configuration) throws CannotStart {
        var announcements =
                new Announcements(configuration.value(Schema.POOL), configuration.value(Schema.BACKEND_PORT));
        var keeper = new FleetKeeper(announcements, agent::members);
        Endpoint listen = configuration.value(Schema.LISTEN);
        JdkLogs.toLog(); // before Netty says its first word
        var probes = new ProbeRequests(agent::probeNow);
        Proxy proxy;
        try {
            var address = listen.host().isEmpty()
                    ? new InetSocketAddress(listen.portOr(LISTEN_PORT))
                    : new InetSocketAddress(Addresses.resolve(listen.host()), listen.portOr(LISTEN_PORT));
            proxy = Proxy.start(Forwarding.settings(configuration, address), keeper, probes);
        } catch (CannotStart | UncheckedIOException | IllegalArgumentException e) {
            throw new CannotStart(configuration.origin(Schema.LISTEN) + ": " + e.getMessage());
        }
        proxy.whenBroken(agent::fail);
        agent.whenMembersChange(keeper::changed);
        keeper.start(_ -> proxy.fleetChanged());
        return new ProxyBalancer(
                keeper, proxy, configuration.value(Schema.POOL), configuration.value(ServiceSchema.DRAIN_TIMEOUT));
    }

    @Override
    public int port() {
        return proxy.port();
    }

    @Override
    public List<Pool.Snapshot> pools() {
        long now = System.nanoTime();
        return keeper.get().pools().values().stream()
                .map(pool -> pool.snapshot(now))
                .toList();
    }

    @Override
    public boolean serves(String name) {
        return name.equals(pool);
    }

    @Override
    public SortedMap<String, Long> counters() {
        return keeper.countersBeside(proxy.counters());
    }

    @Override
    public void drain() throws InterruptedException {
        Log.line(LogLevel.INFO, "balance: draining: no new connections, requests in flight finish");
        int left = proxy.drain(drainLimit);
        if (left > 0) {
            Log.line(
                    LogLevel.WARN,
                    "balance: " + left + " client connections were still open after the drain timeout and are cut");
        }
    }

    @Override
    public void close() {
        keeper.close();
        proxy.close();
    }
}
