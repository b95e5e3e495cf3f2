package muster.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import muster.balancing.Announcement;
import muster.balancing.Backend;
import muster.balancing.BalancingSettings;
import muster.balancing.Fleet;
import muster.balancing.FleetBuilder;

/** A running proxy, the backends it balances over, and clients that speak raw bytes to it. */
final class Stage implements AutoCloseable {
    /** Every test can be run on every transport: -Dtransport=nio. */
    private static final Transport TRANSPORT = Transport.named(System.getProperty("transport", "auto"));

    static final Duration PATIENCE = Duration.ofSeconds(10);

    private final FleetBuilder builder = new FleetBuilder(BalancingSettings.DEFAULTS);
    private final List<Announcement> announced = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    final List<Backend> suspected = Collections.synchronizedList(new ArrayList<>());
    private volatile Fleet fleet = Fleet.EMPTY;
    private volatile Duration fleetTakes = Duration.ZERO;
    private final Semaphore fleetsTaken = new Semaphore(0);
    final Proxy proxy;

    private Stage(UnaryOperator<ProxySettings> change) {
        Leaks.watch();
        var listen = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        ProxySettings settings = ProxySettings.of(listen, "web").withLoops(1).with(TRANSPORT);
        proxy = Proxy.start(change.apply(settings), this::fleet, suspected::add);
    }

    private Fleet fleet() {
        if (!fleetTakes.isZero()) {
            pause(fleetTakes);
            fleetsTaken.release();
        }
        return fleet;
    }

    /**
     * Until it is closed the loop does nothing else for that long, then looks at its sockets once, and so on: it comes late to
     * all that it has to do.
     */
    AutoCloseable busyLoop(Duration each) {
        fleetTakes = each;
        Thread nudging = Thread.startVirtualThread(() -> {
            while (!fleetTakes.isZero()) {
                proxy.fleetChanged();
                fleetsTaken.acquireUninterruptibly();
                fleetsTaken.drainPermits();
                pause();
            }
        });
        return () -> {
            fleetTakes = Duration.ZERO;
            fleetsTaken.release();
            nudging.join();
        };
    }

    static Stage open() {
        return new Stage(UnaryOperator.identity());
    }

    static Stage open(UnaryOperator<ProxySettings> change) {
        return new Stage(change);
    }

    /** A backend that follows this script on every connection, announced as ready. */
    ScriptedBackend backend(ScriptedBackend.Script script) {
        ScriptedBackend backend = new ScriptedBackend(script);
        opened.add(backend);
        announce("n" + (announced.size() + 1), backend.port(), Announcement.Presence.ALIVE, false, "");
        return backend;
    }

    /** Like {@link #backend}, with an active check. */
    ScriptedBackend checkedBackend(String path, ScriptedBackend.Script script) {
        ScriptedBackend backend = new ScriptedBackend(script);
        opened.add(backend);
        announce("n" + (announced.size() + 1), backend.port(), Announcement.Presence.ALIVE, false, path);
        return backend;
    }

    void announce(String node, int port, Announcement.Presence presence, boolean draining, String check) {
        var service = new Announcement.Service(
                "web",
                port,
                "http",
                check,
                10,
                draining ? Announcement.Condition.DRAINING : Announcement.Condition.READY);
        announced.removeIf(a -> a.node().equals(node));
        announced.add(new Announcement(node, "127.0.0.1", new TreeMap<>(), presence, List.of(service)));
        fleet = builder.apply(announced, System.nanoTime());
        proxy.fleetChanged();
    }

    Backend backendNamed(String node) {
        return fleet.pool("web").backends().stream()
                .filter(b -> b.node().equals(node))
                .findFirst()
                .orElseThrow();
    }

    RawClient client() {
        RawClient client = new RawClient(proxy.port());
        opened.add(client);
        return client;
    }

    /** One request on its own connection, all bytes of the answer until the proxy closes. */
    String ask(String request) {
        try (RawClient client = new RawClient(proxy.port())) {
            return client.send(request).readToEnd();
        }
    }

    long count(Counter counter) {
        return proxy.count(counter);
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) throw new AssertionError("did not happen in time: " + what);
            pause();
        }
    }

    /** Waits until this number, of something that moves, stands still above zero. */
    static void awaitStill(LongSupplier moving) throws InterruptedException {
        long before;
        do {
            before = moving.getAsLong();
            Thread.sleep(200);
        } while (moving.getAsLong() != before || before == 0);
    }

    /** The default time limits but for this one, by its name. */
    static UnaryOperator<ProxySettings> limit(String name, Duration value) {
        return settings -> {
            try {
                RecordComponent[] all = ProxySettings.Times.class.getRecordComponents();
                var types = new Class<?>[all.length];
                var values = new Object[all.length];
                for (int n = 0; n < all.length; n++) {
                    types[n] = all[n].getType();
                    values[n] = all[n].getName().equals(name)
                            ? value
                            : all[n].getAccessor().invoke(settings.times());
                }
                assertThat(values).as("a limit called " + name).contains(value);
                return settings.with(
                        ProxySettings.Times.class.getDeclaredConstructor(types).newInstance(values));
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        };
    }

    /** Between two looks at a condition. */
    static void pause() {
        pause(Duration.ofMillis(2));
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable each : opened.reversed()) {
            try {
                each.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        proxy.close();
        Leaks.assertNone();
    }
}
