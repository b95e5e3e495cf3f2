package muster.agent;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/** A port of loopback for a program that cannot be asked which one it took. Safe to use from any thread. */
public final class FreePort {
    // Below those that Linux gives to outgoing connections and to who asks for any: a port that is free stays so.
    private static final int FIRST = 10_000;
    private static final int PORTS = 10_000;

    /** Several JVMs test at the same time, with numbers close to each other: by the golden ratio they begin far apart. */
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 6_181 % PORTS));

    private FreePort() {}

    /** Free for TCP and UDP. */
    public static int next() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        while (true) {
            int port = FIRST + NEXT.getAndIncrement() % PORTS;
            try (var _ = new ServerSocket(port, 1, loopback);
                    var _ = new DatagramSocket(new InetSocketAddress(loopback, port))) {
                return port;
            } catch (BindException e) {
                // Somebody has it: the next one.
            }
        }
    }
}
