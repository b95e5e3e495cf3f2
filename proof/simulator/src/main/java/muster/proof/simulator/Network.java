package muster.proof.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import muster.gossip.Address;
import muster.gossip.Input;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Keyring;
import org.jspecify.annotations.Nullable;

/** Carries bytes between nodes, as badly as the weather and the faults say. */
final class Network {
    /** A process that connects to nobody gives up after this; the operating system would try for longer. */
    static final long CONNECT_TIMEOUT_NANOS = 10_000_000_000L;

    /** How far back a replayed datagram may come from: routers do not keep packets for minutes. */
    static final long REPLAY_AGE_NANOS = 20_000_000_000L;

    private static final int REPLAY_KEPT = 512;

    private final Cluster cluster;
    private final Keyring keys;
    private final SplittableRandom losses;
    private final SplittableRandom delays;
    private final SplittableRandom copies;
    private final SplittableRandom damage;
    private final SplittableRandom streams;
    private final Map<Address, Node> byAddress = new HashMap<>();
    private final List<Past> past = new ArrayList<>();
    private int pastNext;

    private Weather weather = Weather.CALM;

    /** Nodes of different sides do not hear each other; null while the network is whole. */
    private int @Nullable [] sides;

    private final Set<Long> oneWay = new HashSet<>();
    private final Map<Long, Long> clogs = new HashMap<>();
    private final Map<Integer, Double> deafness = new HashMap<>();

    long lost;

    private record Past(Address from, Address to, Bytes payload, long atNanos) {}

    Network(Cluster cluster, Seed seed, Keyring keys) {
        this.cluster = cluster;
        this.keys = keys;
        this.losses = seed.stream("loss");
        this.delays = seed.stream("delays");
        this.copies = seed.stream("copies");
        this.damage = seed.stream("damage");
        this.streams = seed.stream("streams");
    }

    void weather(Weather now) {
        weather = now;
    }

    Weather weather() {
        return weather;
    }

    /** From now on {@code node} is found at its address. */
    void attach(Node node) {
        byAddress.put(node.address, node);
    }

    void detach(Node node) {
        byAddress.remove(node.address, node);
    }

    // Faults.

    /** Splits the network; {@code sideOf} has a side for each node by index. */
    void partition(int[] sideOf) {
        sides = sideOf;
    }

    void heal() {
        sides = null;
        oneWay.clear();
        clogs.clear();
        deafness.clear();
    }

    void healPartition() {
        sides = null;
    }

    void blockOneWay(Node from, Node to) {
        oneWay.add(link(from, to));
    }

    void unblockOneWay(Node from, Node to) {
        oneWay.remove(link(from, to));
    }

    /** Everything on this link waits until then, and arrives. */
    void clog(Node from, Node to, long untilNanos) {
        clogs.merge(link(from, to), untilNanos, Math::max);
    }

    /** This share of the datagrams to {@code node} is lost, whatever the weather. */
    void deafen(Node node, double share) {
        deafness.put(node.index, share);
    }

    boolean blocked(Node from, Node to) {
        int[] split = sides;
        if (split != null && side(split, from) != side(split, to)) {
            return true;
        }
        return !oneWay.isEmpty() && oneWay.contains(link(from, to));
    }

    /** Nodes that came after the split are on side 0. */
    private static int side(int[] split, Node node) {
        return node.index < split.length ? split[node.index] : 0;
    }

    private static long link(Node from, Node to) {
        return ((long) from.index << 32) | to.index;
    }

    // Time on the way.

    long delay() {
        // The inverse of the exponential distribution; 1 - u is never 0.
        double exponential =
                -Math.log(1 - delays.nextDouble()) * weather.meanDelay().toNanos();
        return Weather.DELAY_MIN.toNanos() + Math.min((long) exponential, Weather.DELAY_MAX.toNanos());
    }

    long arrivalNanos(Node from, Node to) {
        long arrival = cluster.agenda().now() + delay();
        if (!clogs.isEmpty()) {
            Long until = clogs.get(link(from, to));
            if (until != null) {
                arrival = Math.max(arrival, until + delay());
            }
        }
        return arrival;
    }

    int retransmissions() {
        int times = 0;
        while (weather.slowness() > 0 && times < 5 && streams.nextDouble() < weather.slowness()) {
            times++;
        }
        return times;
    }

    // Datagrams.

    void send(Node from, Address to, Bytes payload) {
        dispatch(from, from.address, to, payload);
        if (weather.duplication() > 0 && copies.nextDouble() < weather.duplication()) {
            dispatch(from, from.address, to, payload);
        }
        if (weather.replay() > 0) {
            remember(from.address, to, payload);
            if (copies.nextDouble() < weather.replay()) {
                Past again = past.get(copies.nextInt(past.size()));
                if (cluster.agenda().now() - again.atNanos < REPLAY_AGE_NANOS) {
                    dispatch(from, again.from, again.to, again.payload);
                }
            }
        }
        if (weather.garbage() > 0 && damage.nextDouble() < weather.garbage()) {
            Bytes garbage = Malformed.datagram(damage);
            Node target = byAddress.get(to);
            if (target != null) {
                cluster.agenda().after(delay(), () -> cluster.shell().arriveAt(to, from.address, garbage, true));
            }
        }
    }

    private void remember(Address from, Address to, Bytes payload) {
        var one = new Past(from, to, payload, cluster.agenda().now());
        if (past.size() < REPLAY_KEPT) {
            past.add(one);
        } else {
            past.set(pastNext, one);
            pastNext = (pastNext + 1) % REPLAY_KEPT;
        }
    }

    private void dispatch(Node from, Address source, Address to, Bytes payload) {
        Node target = byAddress.get(to);
        if (target == null || payload.size() > weather.mtu() || vanishes(target)) {
            lost++;
            return;
        }
        boolean damaged = weather.corruption() > 0 && damage.nextDouble() < weather.corruption();
        Bytes carried = damaged ? Malformed.flipOneBit(payload, damage) : payload;
        if (blocked(from, target)) {
            lost++;
            return;
        }
        cluster.agenda().at(arrivalNanos(from, target), () -> cluster.shell().arriveAt(to, source, carried, damaged));
    }

    private boolean vanishes(Node target) {
        if (weather.loss() > 0 && losses.nextDouble() < weather.loss()) {
            return true;
        }
        Double share = deafness.isEmpty() ? null : deafness.get(target.index);
        return share != null && losses.nextDouble() < share;
    }

    @Nullable
    Node at(Address address) {
        return byAddress.get(address);
    }

    // Streams.

    void open(Node dialer, long id, Address to) {
        var connection = new Connection(cluster, this, streams);
        Connection.End near = connection.end(dialer, id, keys);
        dialer.streams.put(id, near);
        Node target = byAddress.get(to);
        boolean trouble = weather.streamTrouble() > 0 && streams.nextDouble() < weather.streamTrouble();
        boolean breaksLater = trouble && weather.streamTrouble() < 1 && streams.nextBoolean();
        if (target == null || (trouble && !breaksLater)) {
            cluster.agenda().after(CONNECT_TIMEOUT_NANOS, () -> near.fail("connection timed out"));
            return;
        }
        if (blocked(dialer, target) || blocked(target, dialer)) {
            cluster.agenda().after(CONNECT_TIMEOUT_NANOS, () -> near.fail("connection timed out"));
            return;
        }
        cluster.agenda().at(arrivalNanos(dialer, target), () -> knock(connection, near, to, breaksLater));
    }

    private void knock(Connection connection, Connection.End near, Address to, boolean breaksLater) {
        Node target = byAddress.get(to);
        if (target == null || target.power == Node.Power.OFF || target.power == Node.Power.LEFT) {
            near.failLater("connection refused");
            return;
        }
        if (!near.open()) {
            return;
        }
        target.lastAccepted--;
        Connection.End far = connection.end(target, target.lastAccepted, keys);
        Connection.tie(near, far);
        target.streams.put(far.id, far);
        // Any port above the well-known ones: the protocol must not take it for the peer's own.
        var source = new Address(near.node.address.ip(), 32_768 + streams.nextInt(28_000));
        cluster.shell().arrive(target, target.life, new Input.StreamAccepted(far.id, source), false);
        cluster.agenda().at(arrivalNanos(target, near.node), () -> {
            if (near.open()) {
                cluster.shell().arrive(near.node, near.life, new Input.StreamConnected(near.id), false);
            }
        });
        if (breaksLater) {
            cluster.agenda().after(streams.nextLong(200_000_000L), () -> {
                near.fail("connection reset by peer");
                far.fail("connection reset by peer");
            });
        }
    }
}
