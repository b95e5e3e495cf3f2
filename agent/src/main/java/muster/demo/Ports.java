package muster.demo;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Ports on loopback that nobody uses now, for TCP and UDP alike.
 *
 * <p>They lie below the range from which systems take the ports of outgoing connections: the load opens many of those, and one
 * must not land on the port of a node that is down for a moment. Used by one thread.
 */
final class Ports {
    private static final int FIRST = 20_000;
    private static final int LAST = 31_999; // Linux hands out 32768 and up
    private static final int TRIES_MAX = 1_000;

    private final Random random;
    private final Set<Integer> given = new HashSet<>();

    Ports(Random random) {
        this.random = random;
    }

    int free() {
        for (int i = 0; i < TRIES_MAX; i++) {
            int port = random.nextInt(FIRST, LAST + 1);
            if (isFree(port) && given.add(port)) {
                return port;
            }
        }
        throw new DemoRefused("found no free port between " + FIRST + " and " + LAST + " on " + loopback());
    }

    /** The usual port when it is free, so that the URL is the one in the README. */
    int freeOr(int usual) {
        return isFree(usual) && given.add(usual) ? usual : free();
    }

    static InetAddress loopback() {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static boolean isFree(int port) {
        InetSocketAddress address = new InetSocketAddress(loopback(), port);
        try (ServerSocket tcp = new ServerSocket();
                DatagramSocket udp = new DatagramSocket(null)) {
            tcp.bind(address);
            udp.bind(address);
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
