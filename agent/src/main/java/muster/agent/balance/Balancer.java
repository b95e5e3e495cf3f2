package muster.agent.balance;

import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.Schema;
import muster.agent.configuration.ServiceSchema;
import muster.agent.logging.JdkLogs;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Addresses;
import muster.agent.node.CannotStart;
import muster.agent.rpc.PoolRow;
import muster.balancing.Backend;
import muster.balancing.Fleet;
import muster.balancing.Pool;
import muster.proxy.Proxy;

/** A running balancer on an agent: follows the members and forwards requests. Safe for use by any thread. */
public final class Balancer implements AutoCloseable {
    private static final int LISTEN_PORT = 8080;

    private final Agent agent;
    private final FleetKeeper keeper;
    private final Proxy proxy;
    private final Duration drainLimit;

    private Balancer(Agent agent, FleetKeeper keeper, Proxy proxy, Duration drainLimit) {
        this.agent = agent;
        this.keeper = keeper;
        this.proxy = proxy;
        this.drainLimit = drainLimit;
    }

    /** Listens and follows. Throws {@link CannotStart} when the port cannot be had. */
    public static Balancer start(Agent agent, Configuration configuration) throws CannotStart {
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
        agent.listen(keeper::heard);
        keeper.start(_ -> proxy.fleetChanged());
        var balancer = new Balancer(agent, keeper, proxy, configuration.value(ServiceSchema.DRAIN_TIMEOUT));
        agent.showPools(balancer::rows);
        agent.showTraffic(balancer::counters);
        agent.beforeLeaving(balancer::drain);
        return balancer;
    }

    /** Where clients connect. */
    public int port() {
        return proxy.port();
    }

    public Fleet fleet() {
        return keeper.get();
    }

    public SortedMap<String, Long> counters() {
        return proxy.counters();
    }

    /** Takes no new connection, finishes what is under way, but not for longer than the drain timeout. */
    public void drain() throws InterruptedException {
        Log.line(LogLevel.INFO, "balance: draining: no new connections, requests in flight finish");
        int left = proxy.drain(drainLimit);
        if (left > 0) {
            Log.line(
                    LogLevel.WARN,
                    "balance: " + left + " client connections were still open after the drain timeout and are cut");
        }
    }

    /** Ends at once. The agent goes on. */
    @Override
    public void close() {
        agent.showPools(List::of);
        agent.showTraffic(Collections::emptySortedMap);
        keeper.close();
        proxy.close();
    }

    private List<PoolRow> rows() {
        long now = System.nanoTime();
        var rows = new ArrayList<PoolRow>();
        for (Pool pool : keeper.get().pools().values()) {
            for (Backend.Snapshot backend : pool.snapshot(now).backends()) {
                rows.add(new PoolRow(
                        backend.pool(),
                        backend.node(),
                        new Endpoint(backend.host(), backend.port()).toString(),
                        backend.state().name().toLowerCase(java.util.Locale.ROOT),
                        backend.reason(),
                        backend.inStateNanos() / 1_000_000_000,
                        backend.weight(),
                        backend.inFlight(),
                        backend.totals().requests(),
                        backend.totals().failed()));
            }
        }
        return rows;
    }
}
