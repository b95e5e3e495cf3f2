package muster.haproxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;

/** A port of loopback that nobody gets by chance while this is open. HAProxy, which shares its ports, can listen on it. */
final class ReservedPort implements AutoCloseable {
    private final Socket holder = new Socket();

    ReservedPort() throws IOException {
        holder.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    int number() {
        return holder.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        holder.close();
    }
}
