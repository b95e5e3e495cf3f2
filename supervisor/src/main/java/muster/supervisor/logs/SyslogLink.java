package muster.supervisor.logs;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import muster.supervisor.Logging;
import muster.supervisor.linux.LocalDatagrams;

/** A way to a syslog receiver. For one thread at a time. */
interface SyslogLink extends Closeable {
    /** RFC 5426: every receiver takes 2,048 bytes; this leaves room for the head. */
    int DATAGRAM_TEXT_BYTES_MAX = 1_700;

    int CONNECT_MILLIS_MAX = 3_000;

    /** All of it, or an exception. */
    void send(byte[] message) throws IOException;

    /** How much text one message may hold. */
    static int partBytesMax(Logging.Transport transport) {
        return switch (transport) {
            case Logging.Transport.Tcp _ -> Logging.Captured.LINE_BYTES_MAX;
            case Logging.Transport.Udp _, Logging.Transport.Unix _ -> DATAGRAM_TEXT_BYTES_MAX;
        };
    }

    /** Connects, where there is something to connect to. */
    static SyslogLink to(Logging.Transport transport) throws IOException {
        return switch (transport) {
            case Logging.Transport.Udp udp -> UdpSender.to(udp.host(), udp.port()); // RFC 5426
            case Logging.Transport.Tcp tcp -> Stream.to(resolved(tcp.host(), tcp.port()));
            case Logging.Transport.Unix unix -> {
                try {
                    yield new Local(LocalDatagrams.to(unix.path()));
                } catch (LocalDatagrams.WrongType e) {
                    yield Stream.to(UnixDomainSocketAddress.of(unix.path()));
                }
            }
        };
    }

    static InetSocketAddress resolved(String host, int port) throws IOException {
        var address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new UnknownHostException(host);
        }
        return address;
    }

    /** RFC 6587 with octet counting. */
    final class Stream implements SyslogLink {
        private final SocketChannel channel;
        private final ByteBuffer answer = ByteBuffer.allocate(64);

        private Stream(SocketChannel channel) {
            this.channel = channel;
        }

        static Stream to(SocketAddress address) throws IOException {
            if (address instanceof InetSocketAddress) {
                SocketChannel channel = SocketChannel.open();
                try {
                    channel.socket().connect(address, CONNECT_MILLIS_MAX);
                    return new Stream(channel);
                } catch (IOException e) {
                    channel.close();
                    throw e;
                }
            }
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(address);
                return new Stream(channel);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }

        @Override
        public void send(byte[] message) throws IOException {
            refuseIfClosed();
            byte[] length = (message.length + " ").getBytes(StandardCharsets.US_ASCII);
            ByteBuffer frame = ByteBuffer.allocate(length.length + message.length)
                    .put(length)
                    .put(message)
                    .flip();
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
        }

        // What is written after the receiver has closed would be taken by the kernel and lost.
        private void refuseIfClosed() throws IOException {
            channel.configureBlocking(false);
            try {
                if (channel.read(answer.clear()) < 0) {
                    throw new IOException("the receiver has closed the connection");
                }
            } finally {
                channel.configureBlocking(true);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** A datagram socket of this machine. */
    final class Local implements SyslogLink {
        private final LocalDatagrams datagrams;

        Local(LocalDatagrams datagrams) {
            this.datagrams = datagrams;
        }

        @Override
        public void send(byte[] message) throws IOException {
            datagrams.send(message);
        }

        @Override
        public void close() {
            datagrams.close();
        }
    }
}
