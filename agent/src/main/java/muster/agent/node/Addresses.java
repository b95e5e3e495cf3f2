package muster.agent.node;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import muster.gossip.Address;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/** Between the JDK's addresses and gossip's bytes, and which of this host's addresses others should use. */
public final class Addresses {
    private static final byte[] SOMEWHERE = {(byte) 192, 0, 2, 1}; // TEST-NET-1: routed as the world is, nobody's

    private Addresses() {}

    /** The JDK knows an IPv4 address by 4 bytes only, so the form is the same at each start: peers compare bytes. */
    public static Address of(InetSocketAddress address) {
        return new Address(Bytes.of(address.getAddress().getAddress()), address.getPort());
    }

    /** Throws {@link UnknownHostException} when the bytes are neither 4 nor 16. */
    static InetSocketAddress socketAddress(Address address) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByAddress(address.ip().array()), address.port());
    }

    /** The address of a host, by asking the system. Throws {@link CannotStart} with the remedy when there is none. */
    public static InetAddress resolve(String host) throws CannotStart {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new CannotStart("the name '" + host
                    + "' leads to no address; check its spelling and the DNS, or give an IP address");
        }
    }

    /**
     * The address to advertise when the bind address is the wildcard: a private IPv4 address first, as Serf does, then any
     * other IPv4, a private IPv6, any IPv6 of this host; loopback when there is nothing else. Among equals the one of the
     * default route, so that the bridge of a container engine does not win over the network that others are on.
     */
    public static InetAddress preferred() throws CannotStart {
        return best(hostAddresses(), onDefaultRoute());
    }

    /** Where packets to the world leave from; null without a default route. Sends nothing. */
    private static @Nullable InetAddress onDefaultRoute() {
        try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
            channel.connect(new InetSocketAddress(InetAddress.getByAddress(SOMEWHERE), 9));
            return ((InetSocketAddress) channel.getLocalAddress()).getAddress();
        } catch (IOException e) {
            return null;
        }
    }

    /** The preferred address of one interface. */
    public static InetAddress preferredOf(String interfaceName) throws CannotStart {
        try {
            NetworkInterface found = NetworkInterface.getByName(interfaceName);
            if (found != null) {
                return best(Collections.list(found.getInetAddresses()), null);
            }
            var names = new ArrayList<String>();
            NetworkInterface.networkInterfaces().map(NetworkInterface::getName).forEach(names::add);
            throw new CannotStart("there is no network interface '" + interfaceName + "'; -iface takes one of "
                    + String.join(", ", names));
        } catch (SocketException e) {
            throw new CannotStart(
                    "the network interfaces cannot be listed: " + e.getMessage() + "; give -bind instead");
        }
    }

    /** All addresses of interfaces that are up. */
    static List<InetAddress> hostAddresses() throws CannotStart {
        try {
            var all = new ArrayList<InetAddress>();
            for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (each.isUp()) {
                    all.addAll(Collections.list(each.getInetAddresses()));
                }
            }
            return all;
        } catch (SocketException e) {
            throw new CannotStart(
                    "the addresses of this host cannot be listed: " + e.getMessage() + "; give -advertise IP");
        }
    }

    static InetAddress best(List<InetAddress> candidates, @Nullable InetAddress onDefaultRoute) throws CannotStart {
        return candidates.stream()
                .min(Comparator.comparingInt(Addresses::rank)
                        .thenComparing(candidate -> !candidate.equals(onDefaultRoute)))
                .orElseThrow(() -> new CannotStart("no address to advertise was found; give -advertise IP"));
    }

    private static int rank(InetAddress address) {
        if (address.isLoopbackAddress()) {
            return 8;
        }
        if (address.isLinkLocalAddress()) {
            return 7;
        }
        return switch (address) {
            case Inet4Address four -> four.isSiteLocalAddress() ? 0 : 1;
            case Inet6Address six -> (six.getAddress()[0] & 0xfe) == 0xfc ? 2 : 3;
            default -> 9;
        };
    }
}
