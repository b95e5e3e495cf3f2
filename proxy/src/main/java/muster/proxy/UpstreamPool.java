package muster.proxy;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import muster.balancing.Backend;

/** One loop's connections to one backend, and the requests that wait for one. */
final class UpstreamPool {
    final Loop loop;
    final Backend backend;
    final InetSocketAddress address;

    /** All of them: connecting, in use, idle. */
    private final List<UpstreamConnection> open = new ArrayList<>();
    /** The one used last is taken first: it is the least likely to be closed by the backend just now. */
    private final List<UpstreamConnection> idle = new ArrayList<>();

    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();

    UpstreamPool(Loop loop, Backend backend) {
        this.loop = loop;
        this.backend = backend;
        this.address = new InetSocketAddress(literal(backend.host()), backend.port());
    }

    private static InetAddress literal(String host) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        if (bytes == null) throw new IllegalArgumentException("backend address " + host + " is not a literal address");
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    boolean isFull() {
        return idle.isEmpty()
                && open.size() >= loop.settings.limits().upstreamConnections()
                && waiting.size() >= loop.settings.limits().waiting();
    }

    /** Nothing is left of a backend that is gone. */
    boolean isForgettable() {
        return backend.state() == Backend.State.GONE && open.isEmpty() && waiting.isEmpty();
    }

    /**
     * Gives the exchange a connection, now or later, unless {@link #isFull}.
     *
     * @param idleAtMostNanos a connection that was idle for longer is not good enough; 0 wants a new one
     */
    void take(Exchange exchange, long idleAtMostNanos) {
        if (!idle.isEmpty()) {
            UpstreamConnection last = idle.getLast();
            if (loop.now() - last.idleSinceNanos < idleAtMostNanos) {
                idle.removeLast();
                last.leaveIdle();
                loop.tally.add(Counter.UPSTREAM_REUSED);
                exchange.connected(last, true);
                return;
            }
            // Room for the new one: the oldest is of no use to anybody soon.
            if (open.size() >= loop.settings.limits().upstreamConnections())
                idle.getFirst().close();
        }
        if (open.size() < loop.settings.limits().upstreamConnections()) {
            connect(exchange);
        } else {
            loop.tally.add(Counter.REQUESTS_QUEUED);
            waiting.add(exchange);
            exchange.queued();
        }
    }

    private void connect(Exchange exchange) {
        UpstreamConnection connection = new UpstreamConnection(this);
        connection.openIndex = open.size();
        open.add(connection);
        loop.upstreamConnections.incrementAndGet();
        loop.tally.add(Counter.UPSTREAM_CONNECTIONS);
        exchange.connecting(connection);
        connection.connect(exchange);
    }

    /** The connection may carry another request. */
    void release(UpstreamConnection connection) {
        if (!mayKeep()) {
            connection.close();
            return;
        }
        while (true) {
            Exchange next = waiting.poll();
            if (next == null) break;
            if (next.stopsWaiting()) {
                next.connected(connection, true);
                return;
            }
        }
        connection.becomeIdle();
        idle.add(connection);
    }

    private boolean mayKeep() {
        return switch (backend.state()) {
            case READY, JOINING, SUSPECT, EJECTED, UNREADY -> true;
            // An application that drains waits until nobody is connected to it.
            case DRAINING, GONE -> false;
        };
    }

    void closed(UpstreamConnection connection, boolean wasIdle) {
        if (wasIdle) idle.remove(connection);
        int index = connection.openIndex;
        if (index < 0) return;
        connection.openIndex = -1;
        loop.upstreamConnections.decrementAndGet();
        UpstreamConnection last = open.removeLast();
        if (last != connection) {
            open.set(index, last);
            last.openIndex = index;
        }
        serveWaiting();
    }

    private void serveWaiting() {
        while (!waiting.isEmpty() && open.size() < loop.settings.limits().upstreamConnections()) {
            Exchange next = waiting.poll();
            if (next != null && next.stopsWaiting()) connect(next);
        }
    }

    /** In buffers, of all connections. */
    long heldBytes() {
        long bytes = 0;
        for (UpstreamConnection connection : open) bytes += connection.heldBytes();
        return bytes;
    }

    void stopWaiting(Exchange exchange) {
        waiting.remove(exchange);
    }

    /** Its state may be another than before. */
    void backendChanged() {
        switch (backend.state()) {
            case READY, JOINING -> {}
            case SUSPECT, EJECTED, UNREADY -> moveUnanswered(loop.now());
            case DRAINING -> closeIdle();
            case GONE -> {
                closeIdle();
                moveUnanswered(loop.now());
            }
        }
    }

    /** Gives requests that began before then, and have no byte of a response, to better backends where that is safe. */
    void moveUnanswered(long beforeNanos) {
        for (Exchange exchange : List.copyOf(waiting)) exchange.moveElsewhere(beforeNanos);
        for (UpstreamConnection connection : List.copyOf(open)) {
            Exchange exchange = connection.exchange();
            if (exchange != null) exchange.moveElsewhere(beforeNanos);
        }
    }

    private void closeIdle() {
        for (UpstreamConnection connection : List.copyOf(idle)) connection.close();
    }

    void closeAll() {
        waiting.clear();
        for (UpstreamConnection connection : List.copyOf(open)) connection.close();
    }
}
