package muster.agent.node;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;

/** The two sockets of a node: UDP and TCP on one address and port. */
record Sockets(DatagramChannel datagrams, ServerSocketChannel streams, InetSocketAddress local) {
    private static final int RECEIVE_BUFFER_BYTES = 2 << 20; // memberlist asks for the same; the system may give less
    private static final int FREE_PORT_TRIES = 16;

    /** Binds both. Port 0: a port that is free for both. */
    static Sockets bind(MemberChoice choice) throws CannotStart {
        InetAddress host = choice.bindHost();
        int port = choice.bindPort();
        for (int attempt = 1; ; attempt++) {
            try {
                return attempt(host, port);
            } catch (IOException e) {
                if (port != 0 || attempt == FREE_PORT_TRIES) {
                    throw new CannotStart(choice.bindOrigin() + ": cannot bind gossip to "
                            + Addresses.of(new InetSocketAddress(host, port)) + " (UDP and TCP): " + e.getMessage()
                            + CannotStart.remedy(e, "-bind"));
                }
            }
        }
    }

    private static Sockets attempt(InetAddress host, int port) throws IOException {
        var family = host instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        DatagramChannel datagrams = DatagramChannel.open(family);
        try {
            datagrams.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            datagrams.bind(new InetSocketAddress(host, port));
            var local = (InetSocketAddress) datagrams.getLocalAddress();
            ServerSocketChannel streams = ServerSocketChannel.open(family);
            try {
                streams.bind(new InetSocketAddress(host, local.getPort()));
                datagrams.configureBlocking(false);
                streams.configureBlocking(false);
                return new Sockets(datagrams, streams, local);
            } catch (IOException e) {
                streams.close();
                throw e;
            }
        } catch (IOException e) {
            datagrams.close();
            throw e;
        }
    }
}
