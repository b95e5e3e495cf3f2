package muster.proof.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import muster.gossip.Address;
import muster.gossip.Input;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/** The members' processes: what starts, stops and changes them, as an operator or a crash would. */
final class Processes {
    /** The members that the others try to join through, again and again: like names in a configuration. */
    private static final int SEED_MEMBERS = 3;

    /** Larger clusters try one of them at a time: three full states for each of 500 joins are most of a run's cost. */
    private static final int JOIN_ALL_MEMBERS_MAX = 64;

    private static final int PORT = 7_946;

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Cluster cluster;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Node> byName = new HashMap<>();
    private long joinReference;
    private long addressesGiven;

    Processes(Cluster cluster) {
        this.cluster = cluster;
    }

    List<Node> nodes() {
        return nodes;
    }

    @Nullable
    Node find(String name) {
        return byName.get(name);
    }

    Node add() {
        var node = new Node(nodes.size(), "m" + (nodes.size() + 1), nextAddress());
        nodes.add(node);
        byName.put(node.name, node);
        return node;
    }

    private Address nextAddress() {
        long number = ++addressesGiven;
        return new Address(Bytes.of(new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number}), PORT);
    }

    void start(Node node, boolean newAddress) {
        if (node.on()) {
            return;
        }
        if (newAddress) {
            node.address = nextAddress();
        }
        node.life++;
        SplittableRandom birth = cluster.seed().stream("birth " + node.name, node.life);
        // System.nanoTime may be negative and differs between machines.
        node.clockOffsetNanos = birth.nextLong(-(1L << 60), 1L << 60);
        node.tags = new TreeMap<>(Map.of("role", "backend", "svc.web", "80;life=" + node.life));
        node.power = Node.Power.RUNNING;
        node.bornAtNanos = cluster.agenda().now();
        node.wakeAtNanos = Long.MAX_VALUE;
        node.lastAccepted = 0;
        node.leaving = false;
        node.joined = false;
        node.joinsPending = 0;
        node.joinRounds = 0;
        node.backlog.clear();
        node.streams.clear();
        node.protocol = cluster.maker()
                .make(cluster.settingsOf(node), birth.split(), cluster.agenda().now() + node.clockOffsetNanos);
        cluster.invariants().born(node);
        cluster.network().attach(node);
        cluster.say(node, "starts at " + node.address);
        cluster.trace().add(cluster.agenda().now()).add(node.index).add("start");
        cluster.shell().planWakeUp(node);
        join(node, node.life);
    }

    /** Tries seed members, at the addresses that they have now; later again if none answered. */
    void join(Node node, int life) {
        if (node.life != life || !node.on() || node.joined || node.leaving) {
            return;
        }
        if (!node.running()) {
            cluster.agenda().after(SECOND_NANOS, () -> join(node, life));
            return;
        }
        List<Node> seeds = nodes.stream()
                .limit(SEED_MEMBERS)
                .filter(other -> other != node)
                .toList();
        if (seeds.isEmpty()) {
            node.joined = true;
            return;
        }
        List<Node> tried = cluster.wanted() <= JOIN_ALL_MEMBERS_MAX
                ? seeds
                : List.of(seeds.get((node.index + node.joinRounds) % seeds.size()));
        node.joinRounds++;
        node.joinsPending = tried.size();
        for (Node other : tried) {
            if (node.life == life && node.running()) {
                cluster.shell().process(node, new Input.Join(++joinReference, other.address, true), false);
            }
        }
    }

    void crash(Node node) {
        if (!node.on()) {
            return;
        }
        cluster.say(node, "crashes");
        cluster.trace().add(cluster.agenda().now()).add(node.index).add("crash");
        stop(node);
    }

    void stop(Node node) {
        node.power = Node.Power.OFF;
        cluster.network().detach(node);
        for (Connection.End end : List.copyOf(node.streams.values())) {
            end.vanish();
        }
        node.streams.clear();
        node.backlog.clear();
        cluster.invariants().died(node);
        node.protocol = null;
        node.watch = null;
    }

    void leave(Node node) {
        if (node.running() && !node.leaving) {
            cluster.say(node, "is asked to leave");
            node.leaving = true;
            cluster.shell().command(node, new Input.Leave());
        }
    }

    void setTag(Node node, String key, String value) {
        if (node.running() && !node.leaving) {
            node.tags = new TreeMap<>(node.tags);
            node.tags.put(key, value);
            cluster.shell().command(node, new Input.SetTags(Collections.unmodifiableSortedMap(node.tags)));
        }
    }
}
