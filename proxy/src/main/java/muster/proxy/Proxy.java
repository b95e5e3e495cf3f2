package muster.proxy;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import muster.balancing.Fleet;

/**
 * A running HTTP/1.1 balancer on one port: every request goes to a backend of one pool of the fleet. Safe for all threads.
 *
 * <p>It reads the fleet anew for each request; {@link #fleetChanged} makes it also look at what is already under way.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close shows as the end of the connection.
public final class Proxy implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Proxy.class.getName());

    /** Connections that the kernel has accepted and a loop has not: a burst of new clients. */
    private static final int BACKLOG = 4_096;

    private static final long CLOSE_MILLIS_MAX = 2_000;

    private final ProxySettings settings;
    private final Carrier carrier;
    private final MultiThreadIoEventLoopGroup group;
    private final List<Loop> loops = new ArrayList<>();
    private final List<Channel> listeners = new ArrayList<>();
    private final Checker checker;
    private final LoopWatch watch;
    private final int port;
    private volatile Runnable whenBroken = () -> {};

    private Proxy(ProxySettings settings, Supplier<Fleet> fleet, Evidence evidence) {
        this.settings = settings;
        carrier = Carrier.of(settings.transport());
        refuseTakenPort(settings.listen());
        group = new MultiThreadIoEventLoopGroup(
                settings.loops(), new DefaultThreadFactory("proxy", true), carrier.handlers());
        var shared = new SharedState(fleet, evidence, new AtomicInteger(), this::fleetChanged);
        for (int i = 0; i < settings.loops(); i++) {
            EventLoop eventLoop = group.next();
            loops.add(new Loop(i, eventLoop, settings, shared, upstreamBootstrap(eventLoop)));
        }
        checker = new Checker(loops, shared);
        watch = LoopWatch.start(
                loops.stream()
                        .map(loop -> new LoopWatch.Watched(loop.eventLoop, loop::now))
                        .toList(),
                LoopWatch.EVERY,
                this::broken);
        try {
            port = listen();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        checker.begin();
    }

    private void broken(String what) {
        LOG.log(System.Logger.Level.ERROR, "proxy: {0}: its part of the connections is lost", what);
        whenBroken.run();
    }

    /** {@code action} runs when a part of the proxy does nothing any more; only {@link #close} is of use then. It must not block. */
    public void whenBroken(Runnable action) {
        whenBroken = action;
    }

    /**
     * Listens and forwards from now on.
     *
     * @param fleet the newest version, read for each request on any thread, so it must be quick
     * @throws UncheckedIOException when it cannot listen; the message names the port and what to do
     * @throws IllegalArgumentException when the wanted transport is not available here
     */
    public static Proxy start(ProxySettings settings, Supplier<Fleet> fleet, Evidence evidence) {
        Proxy proxy = new Proxy(settings, fleet, evidence);
        LOG.log(
                System.Logger.Level.INFO,
                "proxy listens at={0} pool={1} loops={2} transport={3}",
                text(new InetSocketAddress(settings.listen().getAddress(), proxy.port)),
                settings.pool(),
                settings.loops(),
                proxy.carrier.transport());
        return proxy;
    }

    private Bootstrap upstreamBootstrap(EventLoop eventLoop) {
        return new Bootstrap()
                .group(eventLoop)
                .channel(carrier.connection())
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.MESSAGE_SIZE_ESTIMATOR, Memory.SIZES)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, Memory.MOST)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(settings.times().connect().toMillis()));
    }

    /**
     * With a listener for each loop on the same port, the kernel would also let a second program of the same user share the
     * port, and each would get a part of the traffic. An exclusive bind first shows whether somebody is there.
     */
    private static void refuseTakenPort(InetSocketAddress listen) {
        if (listen.getPort() == 0) return;
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(listen);
        } catch (IOException e) {
            throw cannotListen(listen, e);
        }
    }

    private static UncheckedIOException cannotListen(InetSocketAddress listen, Throwable cause) {
        String where = text(listen);
        String message = String.valueOf(cause.getMessage());
        String remedy = message.contains("in use")
                ? "another program listens there (ss -ltnp shows which); stop it or choose another port with --listen"
                : message.contains("ermission denied")
                        ? "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another port with --listen"
                        : "choose an address of this machine with --listen";
        return new UncheckedIOException(
                "cannot listen on " + where + ": " + message + "; " + remedy, new IOException(message, cause));
    }

    private static String text(InetSocketAddress at) {
        return NetUtil.toSocketAddressString(at);
    }

    private int listen() {
        InetSocketAddress at = settings.listen();
        for (Loop loop : loops) {
            ChannelFuture bound = new ServerBootstrap()
                    .group(loop.eventLoop, loop.eventLoop)
                    .channel(carrier.listener())
                    .option(ChannelOption.SO_BACKLOG, BACKLOG)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .option(carrier.reusePort(), true)
                    .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                    .childOption(ChannelOption.MESSAGE_SIZE_ESTIMATOR, Memory.SIZES)
                    .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Memory.MOST)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .childHandler(new Accepting(loop))
                    .bind(at)
                    .awaitUninterruptibly();
            if (!bound.isSuccess()) throw cannotListen(at, bound.cause());
            listeners.add(bound.channel());
            at = (InetSocketAddress) bound.channel().localAddress();
        }
        return at.getPort();
    }

    private static final class Accepting extends ChannelInitializer<Channel> {
        private final Loop loop;

        Accepting(Loop loop) {
            this.loop = loop;
        }

        @Override
        protected void initChannel(Channel accepted) {
            if (loop.shared.clients().incrementAndGet() > loop.settings.limits().clientConnections()) {
                loop.shared.clients().decrementAndGet();
                loop.tally.add(Counter.CONNECTIONS_OVER_LIMIT);
                accepted.close();
                return;
            }
            accepted.pipeline().addLast(new ClientConnection(loop, accepted));
        }
    }

    /** The port that clients connect to. */
    public int port() {
        return port;
    }

    /** To be called after each change of the fleet: moves requests that wait for a backend in doubt. Returns at once. */
    public void fleetChanged() {
        for (Loop loop : loops) loop.fleetChanged();
        checker.fleetChanged();
    }

    /** New connections are refused from now on; those that are open go on. */
    public void stopAccepting() {
        for (Channel listener : listeners) listener.close().awaitUninterruptibly();
    }

    /**
     * Stops accepting, tells clients with each answer that their connection closes, and waits until all are gone.
     *
     * @return how many connections are left after {@code limit}; {@link #close} cuts them
     */
    public int drain(Duration limit) throws InterruptedException {
        stopAccepting();
        for (Loop loop : loops) loop.eventLoop.execute(loop::drain);
        long deadline = System.nanoTime() + limit.toNanos();
        while (openClients() > 0 && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return openClients();
    }

    private int openClients() {
        return loops.stream().mapToInt(loop -> loop.openClients).sum();
    }

    /** By label, of all loops together, every counter present; none ever falls. */
    public SortedMap<String, Long> counters() {
        var sums = new TreeMap<String, Long>();
        for (Counter counter : Counter.values()) sums.put(counter.label(), count(counter));
        return sums;
    }

    /** One counter, of all loops together. */
    public long count(Counter counter) {
        return loops.stream().mapToLong(loop -> loop.tally.read(counter)).sum();
    }

    /** What each loop carries. */
    public List<LoopTraffic> traffic() {
        return loops.stream().map(Loop::traffic).toList();
    }

    /** The transport in use, never {@link Transport#AUTO}. */
    public Transport transport() {
        return carrier.transport();
    }

    /** Cuts every connection and frees the port. A loop that hangs is not waited for. */
    @Override
    public void close() {
        watch.close();
        checker.end();
        for (Channel listener : listeners) listener.close().awaitUninterruptibly(CLOSE_MILLIS_MAX);
        for (Loop loop : loops) {
            if (!loop.eventLoop.isShuttingDown())
                loop.eventLoop.submit(loop::closeAll).awaitUninterruptibly(CLOSE_MILLIS_MAX);
        }
        group.shutdownGracefully(0, CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS).awaitUninterruptibly(2 * CLOSE_MILLIS_MAX);
    }
}
