package muster.agent.rpc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Consumer;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Addresses;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import muster.gossip.Figure;

/** Listens for RPC clients. One platform thread accepts; each client has two virtual threads, see {@link RpcSession}. */
public final class RpcServer implements AutoCloseable {
    /** More than any script needs at once. */
    static final int CLIENTS_MAX = 64;

    /** Connections of who has not greeted or not shown its key; that takes milliseconds. */
    static final int STRANGERS_MAX = 64;

    /** A client that has asked for nothing for so long makes way for another, if no place is left. */
    static final Duration RESTING_AFTER = Duration.ofSeconds(10);

    private static final String TOO_MANY = "Too many clients: " + CLIENTS_MAX + " are connected and at work";

    /** What waits for all of them: an eighth of the smallest heap that we are given. */
    private static final long WAITING_BYTES_MAX = 16 << 20;

    private static final Duration SWEEP_EVERY = Duration.ofSeconds(5);
    private static final Duration STUCK_AFTER = Duration.ofSeconds(30); // one write that the client does not take
    private static final int BACKLOG = 64;

    private final ServerSocket listener;
    private final String authKey;
    private final Controls controls;
    private final Counters counters;
    private final Consumer<Figure> figures;
    private final Budget waiting = new Budget(WAITING_BYTES_MAX);
    private final Places places = new Places();
    private volatile boolean closed;

    private RpcServer(
            ServerSocket listener, String authKey, Controls controls, Counters counters, Consumer<Figure> figures) {
        this.listener = listener;
        this.authKey = authKey;
        this.controls = controls;
        this.counters = counters;
        this.figures = figures;
    }

    /**
     * Binds and starts to answer.
     *
     * @param authKey what clients must present; empty for none
     * @param openAllowed whether other hosts may connect although there is no key
     * @param figures hears of each client and each request; must not block
     */
    public static RpcServer start(
            InetSocketAddress address,
            String authKey,
            boolean openAllowed,
            Controls controls,
            Counters counters,
            Consumer<Figure> figures)
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
            var server = new RpcServer(listener, authKey, controls, counters, figures);
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
        places.all().forEach(RpcSession::close);
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
                figures.accept(Figure.count("agent.ipc.accept", 1));
                client.setTcpNoDelay(true);
                client.setKeepAlive(true); // a monitor on a host that vanished would keep its place for ever
                var session = new RpcSession(client, authKey, controls, counters, figures, waiting, places);
                places.enter(session);
                session.start();
                Log.line(LogLevel.DEBUG, "agent.ipc: Accepted client: " + session.client());
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

    /**
     * Strangers take no place from who has shown its key, however many they are: they have places of their own, where the
     * oldest makes way. Safe for use by any thread.
     */
    private final class Places implements RpcSession.Places {
        private final SequencedSet<RpcSession> strangers = new LinkedHashSet<>(); // guarded by this; the oldest first
        private final Set<RpcSession> clients = new HashSet<>(); // guarded by this

        synchronized void enter(RpcSession session) {
            if (strangers.size() >= STRANGERS_MAX) {
                RpcSession oldest = strangers.removeFirst();
                counters.count("rpc-strangers-closed");
                Log.line(
                        LogLevel.WARN,
                        "agent.ipc: " + STRANGERS_MAX + " connections have not shown who they are; the oldest, "
                                + oldest.client() + ", is closed for the next one");
                oldest.close();
            }
            strangers.add(session);
        }

        @Override
        public synchronized String take(RpcSession session) {
            if (clients.size() >= CLIENTS_MAX && !madeRoom()) {
                counters.count("rpc-clients-refused");
                Log.line(LogLevel.WARN, "agent.ipc: " + TOO_MANY + "; refused " + session.client());
                return TOO_MANY + "; try again later"; // and is a stranger until it has read that
            }
            if (strangers.remove(session)) { // else it was closed at this moment
                clients.add(session);
            }
            return "";
        }

        @Override
        public synchronized void leave(RpcSession session) {
            strangers.remove(session);
            clients.remove(session);
        }

        /** False where nobody rests. Who listens to a stream, or waits for a query, does not rest. */
        private boolean madeRoom() {
            long now = System.nanoTime();
            RpcSession longest = Collections.max(clients, Comparator.comparingLong(each -> each.restedNanos(now)));
            if (longest.restedNanos(now) < RESTING_AFTER.toNanos()) {
                return false;
            }
            counters.count("rpc-clients-resting-closed");
            Log.line(
                    LogLevel.WARN,
                    "agent.ipc: " + CLIENTS_MAX
                            + " clients are connected; the one that has asked for nothing for longest, "
                            + longest.client() + ", is closed for the next one");
            longest.close();
            clients.remove(longest);
            return true;
        }

        synchronized List<RpcSession> all() {
            var all = new ArrayList<>(strangers);
            all.addAll(clients);
            return all;
        }
    }

    private void closeStuckOnes() {
        long now = System.nanoTime();
        for (RpcSession session : places.all()) {
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
