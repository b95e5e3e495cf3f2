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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import muster.gossip.Address;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/** Between the JDK's addresses and gossip's bytes, and which of this host's addresses others should use. */
public final class Addresses {
    private static final byte[] SOMEWHERE = {(byte) 192, 0, 2, 1}; // TEST-NET-1: routed as the world is, nobody's

    /** Linux lists interfaces here; a bridge has a directory {@code bridge}. */
    private static final Path INTERFACES = Path.of("/sys/class/net");

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
     * An address of this host and where it is.
     *
     * @param bridge whether its interface is a bridge: mostly the network of a container engine, which ends at this host
     * @param defaultRoute whether packets to the world leave by its interface
     */
    record Candidate(InetAddress address, boolean bridge, boolean defaultRoute) {}

    /**
     * The address to advertise when the bind address is the wildcard: IPv4 before IPv6; of these a private one on the
     * interface of the default route, a private one on another interface that is not a bridge, the one that packets to the
     * world leave from, any other, one of a bridge. Link-local addresses and loopback only when there is nothing else.
     */
    public static InetAddress preferred() throws CannotStart {
        InetAddress toTheWorld = towardsTheWorld();
        return best(candidates(toTheWorld), toTheWorld);
    }

    /** Where packets to the world leave from; null without a default route. Sends nothing. */
    private static @Nullable InetAddress towardsTheWorld() {
        try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
            channel.connect(new InetSocketAddress(InetAddress.getByAddress(SOMEWHERE), 9));
            return ((InetSocketAddress) channel.getLocalAddress()).getAddress();
        } catch (IOException e) {
            return null;
        }
    }

    /** The preferred address of one interface. */
    public static InetAddress preferredOf(String interfaceName) throws CannotStart {
        return best(
                addressesOf(interfaceName).stream()
                        .map(address -> new Candidate(address, false, false))
                        .toList(),
                null);
    }

    /** The address, if the interface has it. Throws {@link CannotStart} with those that it has. */
    static InetAddress checkedOf(String interfaceName, InetAddress address) throws CannotStart {
        List<InetAddress> all = addressesOf(interfaceName);
        if (!all.contains(address)) {
            throw new CannotStart("Interface '" + interfaceName + "' has no '" + address.getHostAddress()
                    + "' address; give -bind one of "
                    + all.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "))
                    + ", or leave one of the two out");
        }
        return address;
    }

    private static List<InetAddress> addressesOf(String interfaceName) throws CannotStart {
        try {
            NetworkInterface found = NetworkInterface.getByName(interfaceName);
            if (found != null) {
                return Collections.list(found.getInetAddresses());
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
        return candidates(null).stream().map(Candidate::address).toList();
    }

    private static List<Candidate> candidates(@Nullable InetAddress toTheWorld) throws CannotStart {
        try {
            var all = new ArrayList<Candidate>();
            for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (each.isUp()) {
                    List<InetAddress> addresses = Collections.list(each.getInetAddresses());
                    boolean bridge = Files.isDirectory(INTERFACES.resolve(each.getName(), "bridge"));
                    boolean defaultRoute = toTheWorld != null && addresses.contains(toTheWorld);
                    addresses.forEach(address -> all.add(new Candidate(address, bridge, defaultRoute)));
                }
            }
            return all;
        } catch (SocketException e) {
            throw new CannotStart(
                    "the addresses of this host cannot be listed: " + e.getMessage() + "; give -advertise IP");
        }
    }

    /** @param toTheWorld where packets to the world leave from; null without a default route */
    static InetAddress best(List<Candidate> candidates, @Nullable InetAddress toTheWorld) throws CannotStart {
        return candidates.stream()
                .min(Comparator.comparingInt((Candidate each) -> reach(each.address()))
                        .thenComparing(each -> place(each, toTheWorld))
                        .thenComparing(each -> !each.address().equals(toTheWorld)))
                .orElseThrow(() -> new CannotStart("no address to advertise was found; give -advertise IP"))
                .address();
    }

    private static int reach(InetAddress address) {
        if (address.isLoopbackAddress()) {
            return 3;
        }
        if (address.isLinkLocalAddress()) {
            return 2;
        }
        return address instanceof Inet4Address ? 0 : 1;
    }

    /** Best first. */
    private enum Place {
        PRIVATE_ON_DEFAULT_ROUTE,
        PRIVATE,
        TOWARDS_THE_WORLD,
        OTHER,
        PRIVATE_ON_BRIDGE,
        OTHER_ON_BRIDGE
    }

    private static Place place(Candidate candidate, @Nullable InetAddress toTheWorld) {
        boolean privately = isPrivate(candidate.address());
        if (privately && candidate.defaultRoute()) {
            return Place.PRIVATE_ON_DEFAULT_ROUTE;
        }
        if (candidate.address().equals(toTheWorld)) {
            return Place.TOWARDS_THE_WORLD;
        }
        if (candidate.bridge()) {
            return privately ? Place.PRIVATE_ON_BRIDGE : Place.OTHER_ON_BRIDGE;
        }
        return privately ? Place.PRIVATE : Place.OTHER;
    }

    private static boolean isPrivate(InetAddress address) {
        return switch (address) {
            case Inet4Address four -> four.isSiteLocalAddress();
            case Inet6Address six -> (six.getAddress()[0] & 0xfe) == 0xfc;
            default -> false;
        };
    }
}
