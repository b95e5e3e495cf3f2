package muster.agent.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import muster.agent.node.Node;
import muster.gossip.Address;
import muster.gossip.Member;
import org.jspecify.annotations.Nullable;

/**
 * Looks for members of a cluster on the networks of this host, has the node join those it does not know, and answers
 * others who look. Questions leave from a port of their own and answers go back to it, as with Serf; so it does not matter
 * which other programs have port 5353 open. A thread of its own, until it is closed.
 */
public final class Discovery implements AutoCloseable {
    private static final int PORT = 5353;
    private static final int PACKET_BYTES_MAX = 9_000; // RFC 6762
    private static final int HOPS = 255; // RFC 6762
    private static final int SECONDS_TO_LIVE = 120; // RFC 6762
    private static final int SECONDS_TO_LIVE_ELSEWHERE = 10; // RFC 6762, for who does not know multicast DNS
    private static final long ASK_FIRST_MILLIS = 1_000;
    private static final long ASK_EVERY_MILLIS = 60_000; // Serf's
    private static final long LOOK_EVERY_MILLIS = 2_000; // for new interfaces: a look at a dozen takes a millisecond
    private static final long QUIET_MILLIS = 100; // Serf's: then all that were found are joined
    private static final long GOODBYE_MILLIS = 500; // it is sent in less, or its network does not work
    private static final int FOUND_MAX = 256; // at once; joined ones are not looked at again, so the rest follows

    private final Announced announced;
    private final DnsName service;
    private final Node node;
    private final @Nullable String interfaceName;
    private final Counters counters;
    private final Selector selector;
    private final List<Family> families = new ArrayList<>();
    private final ByteBuffer packet = ByteBuffer.allocate(PACKET_BYTES_MAX);
    private final Set<String> saidTrouble = new HashSet<>();
    private final Thread thread;
    private volatile boolean leaving;
    private volatile boolean closed;
    private volatile boolean ignoreOldEvents; // until we are first with others

    private Heard heard;
    private List<NetworkInterface> interfaces = List.of();

    /** IPv4 or IPv6: where others ask, and from where we ask. */
    private record Family(InetAddress group, DatagramChannel ears, DatagramChannel mouth, Set<Integer> joined) {}

    private Discovery(
            String cluster, Node node, @Nullable String interfaceName, boolean ignoreOldEvents, Counters counters)
            throws IOException {
        this.service = Announced.service(cluster);
        this.announced = new Announced(cluster, node.self().name(), node.advertised());
        this.node = node;
        this.interfaceName = interfaceName;
        this.ignoreOldEvents = ignoreOldEvents;
        this.counters = counters;
        this.heard = new Heard(service);
        this.selector = Selector.open();
        this.thread = Thread.ofPlatform().name("mdns").daemon().unstarted(this::run);
    }

    /**
     * Begins.
     *
     * @param cluster the name that all members give, as {@code Names.cluster} allows it
     * @param interfaceName the only interface that is used; "" for all that take part in multicast
     * @param ignoreOldEvents user events from before this node was first with others are not for it; those that it missed
     *     when it was cut off later are
     */
    public static Discovery start(
            String cluster, Node node, String interfaceName, boolean ignoreOldEvents, Counters counters)
            throws CannotStart {
        try {
            var discovery = new Discovery(
                    cluster, node, interfaceName.isEmpty() ? null : interfaceName, ignoreOldEvents, counters);
            try {
                discovery.open();
            } catch (IOException e) {
                discovery.closeChannels();
                throw e;
            }
            discovery.thread.start();
            return discovery;
        } catch (IOException e) {
            throw new CannotStart("Error starting mDNS listener: " + e.getMessage()
                    + "; let no other program have port " + PORT + " for itself, or name a seed with -retry-join");
        }
    }

    private void open() throws IOException {
        open(StandardProtocolFamily.INET, "224.0.0.251", "0.0.0.0");
        try {
            open(StandardProtocolFamily.INET6, "ff02::fb", "::");
        } catch (UnsupportedOperationException | SocketException e) {
            Log.line(LogLevel.DEBUG, "agent.mdns: without IPv6: " + e.getMessage());
        }
        joinInterfaces();
    }

    private void open(StandardProtocolFamily family, String group, String any) throws IOException {
        DatagramChannel ears = DatagramChannel.open(family);
        DatagramChannel mouth;
        try {
            ears.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            ears.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
            ears.bind(new InetSocketAddress(InetAddress.ofLiteral(any), PORT));
            mouth = DatagramChannel.open(family);
        } catch (IOException e) {
            ears.close();
            throw e;
        }
        var both = new Family(InetAddress.ofLiteral(group), ears, mouth, new HashSet<>());
        families.add(both);
        mouth.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
        mouth.bind(new InetSocketAddress(InetAddress.ofLiteral(any), 0));
        for (DatagramChannel each : List.of(ears, mouth)) {
            each.configureBlocking(false);
            each.register(selector, SelectionKey.OP_READ, both);
        }
    }

    /** This member leaves: says so on all networks, and ends. Waits for it half a second at most. */
    public void leave() {
        leaving = true;
        close();
        try {
            thread.join(GOODBYE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends without a word. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }

    private void run() {
        long askAgainAfter = ASK_FIRST_MILLIS;
        long askAt = now();
        long joinAt = Long.MAX_VALUE;
        long lookAt = now();
        int known = 0;
        try {
            while (!closed) {
                if (now() >= lookAt) {
                    lookAt = now() + LOOK_EVERY_MILLIS;
                    if (joinInterfaces()) {
                        // Its first packets get lost too.
                        askAt = now();
                        askAgainAfter = ASK_FIRST_MILLIS;
                    }
                }
                if (now() >= askAt) {
                    heard = new Heard(service);
                    known = 0;
                    ask();
                    // Alone, it asks again soon: the first packets of a host that has just come up get lost.
                    askAt = now() + askAgainAfter;
                    askAgainAfter = node.isAlone() ? Math.min(2 * askAgainAfter, ASK_EVERY_MILLIS) : ASK_EVERY_MILLIS;
                }
                selector.select(Math.max(1, Math.min(Math.min(askAt, joinAt), lookAt) - now()));
                for (SelectionKey key : selector.selectedKeys()) {
                    receive((DatagramChannel) key.channel(), (Family) key.attachment());
                }
                selector.selectedKeys().clear();
                if (heard.size() != known) {
                    known = heard.size();
                    joinAt = now() + QUIET_MILLIS;
                }
                if (now() >= joinAt) {
                    joinAt = Long.MAX_VALUE;
                    join(heard.found());
                }
            }
            if (leaving) {
                byte[] goodbye = announced.goodbye().encode(SECONDS_TO_LIVE);
                families.forEach(family -> toAll(family, family.ears, goodbye));
            }
        } catch (IOException | RuntimeException e) {
            if (!closed) {
                Log.line(LogLevel.ERR, "agent.mdns: a fault while looking for members, which ends here", e);
            }
        } finally {
            closeChannels();
        }
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** Addresses come and go. True if there are some that were not there the last time. By number: a new one may have an old name. */
    private boolean joinInterfaces() throws IOException {
        boolean more = false;
        interfaces = interfaceName == null ? all() : one(interfaceName);
        for (Family family : families) {
            family.joined.retainAll(
                    interfaces.stream().map(NetworkInterface::getIndex).toList());
            for (NetworkInterface each : interfaces) {
                if (speaks(each, family) && family.joined.add(each.getIndex())) {
                    more = true;
                    try {
                        family.ears.join(family.group, each);
                    } catch (IOException | IllegalStateException e) { // gone again, or too many groups
                        trouble("cannot listen on " + each.getName(), e);
                    }
                }
            }
        }
        return more;
    }

    private static List<NetworkInterface> all() throws SocketException {
        var all = new ArrayList<NetworkInterface>();
        for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            try {
                if (each.isUp() && each.supportsMulticast()) {
                    all.add(each);
                }
            } catch (SocketException e) {
                // It went away between the list and the question: hosts of containers have many that do.
            }
        }
        return all;
    }

    private static List<NetworkInterface> one(String name) throws SocketException {
        NetworkInterface found = NetworkInterface.getByName(name);
        return found == null ? List.of() : List.of(found);
    }

    private static boolean speaks(NetworkInterface each, Family family) {
        Class<?> kind = family.group.getClass();
        return each.getInterfaceAddresses().stream().anyMatch(address -> kind.isInstance(address.getAddress()));
    }

    private void ask() {
        byte[] question = announced.question().encode(0);
        for (Family family : families) {
            toAll(family, family.mouth, question);
        }
    }

    private void toAll(Family family, DatagramChannel from, byte[] bytes) {
        for (NetworkInterface each : interfaces) {
            if (!family.joined.contains(each.getIndex())) {
                continue;
            }
            try {
                from.setOption(StandardSocketOptions.IP_MULTICAST_IF, each);
                from.send(ByteBuffer.wrap(bytes), new InetSocketAddress(family.group, PORT));
            } catch (IOException e) {
                trouble("cannot send on " + each.getName(), e);
            }
        }
    }

    private void receive(DatagramChannel channel, Family family) throws ClosedChannelException {
        try {
            packet.clear();
            if (!(channel.receive(packet) instanceof InetSocketAddress from)
                    || !family.group.getClass().isInstance(from.getAddress())) {
                return; // a socket for IPv6 hears IPv4 too, as the other one does
            }
            if (!isNear(from.getAddress())) {
                // RFC 6762: else anybody could have us send packets to a victim of theirs.
                counters.count("mdns-packets-from-afar");
                return;
            }
            DnsMessage message = DnsMessage.decode(packet.array(), packet.position());
            if (message == null) {
                counters.count("mdns-packets-malformed");
                return;
            }
            if (!heard.take(message)) {
                counters.count("mdns-entries-dropped");
            }
            boolean elsewhere = from.getPort() != PORT;
            DnsMessage answer = announced.answer(message, elsewhere);
            if (answer == null) {
                return;
            }
            if (elsewhere) {
                family.ears.send(ByteBuffer.wrap(answer.encode(SECONDS_TO_LIVE_ELSEWHERE)), from);
            } else {
                toAll(family, family.ears, answer.encode(SECONDS_TO_LIVE));
            }
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            trouble("cannot answer", e);
        }
    }

    /** Whether it is this host's, or in a network that this host is in. */
    private boolean isNear(InetAddress from) {
        for (NetworkInterface each : interfaces) {
            for (InterfaceAddress own : each.getInterfaceAddresses()) {
                if (own.getAddress() != null && sameNetwork(own.getAddress(), from, own.getNetworkPrefixLength())) {
                    return true;
                }
            }
        }
        return false;
    }

    static boolean sameNetwork(InetAddress one, InetAddress other, int prefixBits) {
        byte[] a = one.getAddress();
        byte[] b = other.getAddress();
        if (a.length != b.length) {
            return false;
        }
        for (int bit = 0; bit < prefixBits; bit += 8) {
            int mask = 0xff << Math.max(0, 8 - (prefixBits - bit));
            if (((a[bit / 8] ^ b[bit / 8]) & mask & 0xff) != 0) {
                return false;
            }
        }
        return true;
    }

    private void join(Set<Address> found) {
        var unknown = new LinkedHashSet<>(found);
        List<Member> members = node.members();
        unknown.removeIf(place -> place.samePlaceAs(node.advertised())
                || members.stream()
                        .anyMatch(member -> isThere(member) && member.address().samePlaceAs(place)));
        if (unknown.isEmpty()) {
            return;
        }
        if (unknown.size() > FOUND_MAX) {
            counters.count("mdns-joins-put-off");
        }
        List<Address> places = unknown.stream().limit(FOUND_MAX).toList();
        var joined = new AtomicInteger();
        CompletableFuture<?>[] joins = places.stream()
                .map(place -> node.join(place, ignoreOldEvents)
                        .exceptionally(failure -> String.valueOf(failure.getMessage()))
                        .thenAccept(problem -> {
                            if (problem.isEmpty()) {
                                joined.incrementAndGet();
                            } else {
                                Log.line(LogLevel.ERR, "agent.mdns: Failed to join " + place + ": " + problem);
                            }
                        }))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture<Void> _ = CompletableFuture.allOf(joins).thenRun(() -> {
            if (joined.get() > 0 || !node.isAlone()) {
                ignoreOldEvents = false;
            }
            if (joined.get() > 0) {
                Log.line(LogLevel.INFO, "agent.mdns: Joined " + joined.get() + " hosts");
            }
        });
    }

    private static boolean isThere(Member member) {
        return member.status() == Member.Status.ALIVE || member.status() == Member.Status.LEAVING;
    }

    /** Once for each kind: an interface without a network stays so for long. */
    private void trouble(String what, Exception e) {
        counters.count("mdns-troubles");
        if (saidTrouble.size() < FOUND_MAX && saidTrouble.add(what + e.getMessage())) {
            Log.line(LogLevel.WARN, "agent.mdns: " + what + ": " + e.getMessage());
        }
    }

    private void closeChannels() {
        try {
            for (Family family : families) {
                family.ears.close();
                family.mouth.close();
            }
            selector.close();
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "agent.mdns: closing: " + e.getMessage());
        }
    }
}
