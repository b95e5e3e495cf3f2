package muster.supervisor.logs;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/**
 * Datagrams to a receiver that is given by name, and may move. Connected, so that it hears when nobody takes what it sends, where
 * the network says so. For one thread at a time.
 */
public final class UdpSender implements SyslogLink {
    /** A receiver that was started anew may have another address, and nobody tells us. */
    private static final Duration RESOLVE_AGAIN_AFTER = Duration.ofSeconds(30);

    /** Asks for the receiver's address of this moment. */
    interface Resolution {
        InetSocketAddress address() throws IOException;
    }

    private final Resolution resolution;
    private final Duration resolveAgainAfter;
    private InetSocketAddress to;
    private DatagramSocket socket;
    private long resolvedNanos = System.nanoTime();

    UdpSender(Resolution resolution, Duration resolveAgainAfter) throws IOException {
        this.resolution = resolution;
        this.resolveAgainAfter = resolveAgainAfter;
        this.to = resolution.address();
        this.socket = connected(to);
    }

    /** Looks the name up now, and every half minute. Throws {@link UnknownHostException} where it leads nowhere now. */
    public static UdpSender to(String host, int port) throws IOException {
        return new UdpSender(() -> SyslogLink.resolved(host, port), RESOLVE_AGAIN_AFTER);
    }

    private static DatagramSocket connected(InetSocketAddress to) throws IOException {
        var socket = new DatagramSocket();
        try {
            socket.connect(to);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** All of it in one datagram, or an exception. */
    @Override
    public void send(byte[] message) throws IOException {
        if (System.nanoTime() - resolvedNanos >= resolveAgainAfter.toNanos()) {
            followReceiver();
        }
        socket.send(new DatagramPacket(message, message.length));
    }

    private void followReceiver() throws IOException {
        resolvedNanos = System.nanoTime();
        InetSocketAddress now;
        try {
            now = resolution.address();
        } catch (UnknownHostException e) {
            return; // a name server that is away moves nobody
        }
        if (!now.equals(to)) {
            DatagramSocket next = connected(now);
            socket.close();
            socket = next;
            to = now;
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
