package muster.agent.telemetry;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import muster.agent.configuration.Endpoint;
import muster.supervisor.logs.UdpSender;

/** A way to a collector, whose name is looked up when it is opened. For one thread at a time. */
sealed interface Link extends Closeable {
    /** Of statsd, and of statsite. */
    int PORT = 8125;

    String HOST = "localhost";

    /** All of it, or an exception. */
    void send(byte[] lines) throws IOException;

    private static InetSocketAddress resolved(Endpoint collector) throws UnknownHostException {
        String host = collector.hostOr(HOST);
        var address = new InetSocketAddress(host, collector.portOr(PORT));
        if (address.isUnresolved()) {
            throw new UnknownHostException(host);
        }
        return address;
    }

    /** Datagrams. */
    record Udp(UdpSender sender) implements Link {
        static Udp to(Endpoint collector) throws IOException {
            return new Udp(UdpSender.to(collector.hostOr(HOST), collector.portOr(PORT)));
        }

        @Override
        public void send(byte[] lines) throws IOException {
            sender.send(lines);
        }

        @Override
        public void close() {
            sender.close();
        }
    }

    /** A stream. */
    final class Tcp implements Link {
        /** For a connection, and for a collector that takes nothing. */
        private static final Duration WAIT = Duration.ofSeconds(5);

        private final SocketChannel channel = SocketChannel.open();
        private final Selector selector = Selector.open();
        private final ByteBuffer answer = ByteBuffer.allocate(64);

        Tcp(Endpoint collector) throws IOException {
            try {
                channel.socket().connect(resolved(collector), (int) WAIT.toMillis());
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_WRITE);
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        @Override
        public void send(byte[] lines) throws IOException {
            // What is written after the collector has closed would be taken by the kernel and lost.
            if (channel.read(answer.clear()) < 0) {
                throw new IOException("it has closed the connection");
            }
            ByteBuffer left = ByteBuffer.wrap(lines);
            channel.write(left);
            while (left.hasRemaining()) {
                if (selector.select(WAIT.toMillis()) == 0) {
                    throw new IOException("it takes nothing");
                }
                selector.selectedKeys().clear();
                channel.write(left);
            }
        }

        @Override
        public void close() throws IOException {
            selector.close();
            channel.close();
        }
    }
}
