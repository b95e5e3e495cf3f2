package muster.agent.rpc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Addresses;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;

/** Listens for RPC clients. One platform thread accepts; each client has two virtual threads, see {@link RpcSession}. */
public final class RpcServer implements AutoCloseable {
    /** More than any script needs at once; each may hold {@link Outbox#BYTES_MAX}. */
    static final int CLIENTS_MAX = 64;

    private static final Duration SWEEP_EVERY = Duration.ofSeconds(5);
    private static final Duration STUCK_AFTER = Duration.ofSeconds(30); // one write that the client does not take
    private static final int BACKLOG = 64;

    private final ServerSocket listener;
    private final String authKey;
    private final Controls controls;
    private final Counters counters;
    private final Set<RpcSession> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private RpcServer(ServerSocket listener, String authKey, Controls controls, Counters counters) {
        this.listener = listener;
        this.authKey = authKey;
        this.controls = controls;
        this.counters = counters;
    }

    /**
     * Binds and starts to answer.
     *
     * @param authKey what clients must present; empty for none
     * @param openAllowed whether other hosts may connect although there is no key
     */
    public static RpcServer start(
            InetSocketAddress address, String authKey, boolean openAllowed, Controls controls, Counters counters)
            throws CannotStart {
        InetAddress host = address.getAddress();
        if (!host.isLoopbackAddress() && authKey.isEmpty() && !openAllowed) {
            throw new CannotStart("RPC on " + Addresses.of(address).host()
                    + " would let every host that reaches it control this node: set -rpc-auth KEY, or bind it to"
                    + " 127.0.0.1, or allow it with -rpc-open");
        }
        try {
            var listener = new ServerSocket();
            try {
                listener.setReuseAddress(true);
                listener.setSoTimeout((int) SWEEP_EVERY.toMillis());
                listener.bind(address, BACKLOG);
            } catch (IOException e) {
                listener.close();
                throw e;
            }
            var server = new RpcServer(listener, authKey, controls, counters);
            Thread.ofPlatform().name("rpc").daemon().start(server::accept);
            return server;
        } catch (IOException e) {
            throw new CannotStart("cannot bind RPC to " + Addresses.of(address) + ": " + e.getMessage()
                    + CannotStart.remedy(e, "-rpc-addr"));
        }
    }

    /** Where it listens, with the port that was really bound. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    @Override
    public void close() {
        closed = true;
        try {
            listener.close();
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "agent.ipc: closing: " + e.getMessage());
        }
        sessions.forEach(RpcSession::close);
    }

    private void accept() {
        long sweepNanos = System.nanoTime();
        while (!closed) {
            // Not only when nobody connects: a script that asks every second must not keep stuck clients alive.
            if (System.nanoTime() - sweepNanos >= SWEEP_EVERY.toNanos()) {
                closeStuckOnes();
                sweepNanos = System.nanoTime();
            }
            try {
                Socket client = listener.accept();
                if (sessions.size() >= CLIENTS_MAX) {
                    counters.count("rpc-clients-refused");
                    client.close();
                    continue;
                }
                client.setTcpNoDelay(true);
                client.setKeepAlive(true); // a monitor on a host that vanished would keep its place for ever
                var session = new RpcSession(client, authKey, controls, counters, sessions::remove);
                sessions.add(session);
                session.start();
                Log.line(LogLevel.DEBUG, "agent.ipc: Accepted client: " + client.getRemoteSocketAddress());
            } catch (SocketTimeoutException e) {
                // time to look for stuck ones
            } catch (IOException e) {
                if (!closed) {
                    counters.count("rpc-accept-failures");
                    Log.line(LogLevel.WARN, "agent.ipc: cannot accept a client: " + e.getMessage());
                    pause();
                }
            }
        }
    }

    private void closeStuckOnes() {
        long now = System.nanoTime();
        for (RpcSession session : sessions) {
            if (session.stuckFor(STUCK_AFTER.toNanos(), now)) {
                counters.count("rpc-clients-stuck");
                session.close();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100); // out of descriptors, most likely: the next accept fails at once too
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
