package muster.proof.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import muster.gossip.Input;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/** Plans a run's faults and its work, all of them before {@code end}, when everything is healed. */
final class Faults {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long PAUSE_MAX_NANOS = 60 * SECOND_NANOS;

    /** A suspicion takes 4 s at least; a thawed member has the rest of them to refute it. */
    private static final long HICCUP_MAX_NANOS = 3 * SECOND_NANOS;

    private static final long CLOG_MAX_NANOS = 30 * SECOND_NANOS;

    private final Cluster cluster;
    private final SplittableRandom random;
    private final SplittableRandom work;
    private final long endNanos;
    private int eventsSent;

    Faults(Cluster cluster, long endNanos) {
        this.cluster = cluster;
        this.random = cluster.seed().stream("faults");
        this.work = cluster.seed().stream("workload");
        this.endNanos = endNanos;
    }

    void plan(Set<Swarm.Fault> kinds, int members) {
        int some = Math.max(1, members / 10);
        for (Swarm.Fault kind : kinds) {
            switch (kind) {
                case HICCUPS -> times(1 + random.nextInt(1 + members / 3), this::hiccupOne);
                case PAUSES -> times(1 + random.nextInt(2 * some), this::pauseOne);
                case CRASHES -> times(1 + random.nextInt(some), this::crashOne);
                case LEAVES -> times(1 + random.nextInt(some), this::leaveOne);
                case NEWCOMERS -> times(1 + random.nextInt(some), this::addOne);
                case HALVES -> times(1, () -> split(2));
                case ISOLATED -> times(1 + random.nextInt(3), this::isolateOne);
                case FLAPPING -> flap();
                case ONE_WAY -> times(1 + random.nextInt(members), this::blockOneWay);
                case CLOGS -> times(1 + random.nextInt(members), this::clogOne);
                case DEAF -> times(some, this::deafenOne);
                case TAGS -> times(1 + random.nextInt(members), this::tagOne);
                case EVENTS -> times(1 + random.nextInt(40), this::sendEvent);
                case QUERIES -> times(1 + random.nextInt(20), this::askAll);
                case OPERATORS -> times(1 + random.nextInt(members), this::operate);
            }
        }
    }

    /** Ends all faults: the network is whole, the frozen thaw, and nothing is lost any more. */
    void end() {
        cluster.network().heal();
        cluster.weather(Weather.CALM.withDelay(cluster.weather().meanDelay()));
        for (Node node : List.copyOf(cluster.nodes())) {
            cluster.shell().resume(node);
        }
    }

    private void times(int count, Runnable fault) {
        for (int i = 0; i < count; i++) {
            cluster.agenda().at(random.nextLong(1, endNanos), fault);
        }
    }

    /** A time between now and the end, {@code most} away at the most. */
    private long soon(long most) {
        long left = endNanos - cluster.agenda().now();
        return left <= 1 ? 0 : random.nextLong(Math.min(left, most));
    }

    private @Nullable Node anyRunning(SplittableRandom choice) {
        List<Node> candidates = new ArrayList<>();
        for (Node node : cluster.nodes()) {
            if (node.running() && !node.leaving) {
                candidates.add(node);
            }
        }
        // The last one stays: a cluster of nobody proves nothing.
        return candidates.size() < 2 ? null : candidates.get(choice.nextInt(candidates.size()));
    }

    private void pauseOne() {
        Node node = anyRunning(random);
        if (node != null) {
            // Short freezes are the common ones.
            long longest = (long) (PAUSE_MAX_NANOS * StrictMath.pow(random.nextDouble(), 3)) + 100_000_000L;
            cluster.shell().pause(node, Duration.ofNanos(longest));
        }
    }

    private void hiccupOne() {
        Node node = anyRunning(random);
        if (node != null) {
            cluster.shell().pause(node, Duration.ofNanos(random.nextLong(SECOND_NANOS / 10, HICCUP_MAX_NANOS)));
        }
    }

    private void crashOne() {
        Node node = anyRunning(random);
        if (node != null) {
            cluster.processes().crash(node);
            maybeRestart(node);
        }
    }

    private void leaveOne() {
        Node node = anyRunning(random);
        if (node != null) {
            cluster.processes().leave(node);
            maybeRestart(node);
        }
    }

    private void maybeRestart(Node node) {
        if (random.nextInt(4) > 0) {
            boolean newAddress = random.nextInt(3) == 0;
            long delay = random.nextInt(3) == 0 ? SECOND_NANOS / 10 : soon(60 * SECOND_NANOS);
            cluster.agenda().after(delay, () -> cluster.processes().start(node, newAddress));
        }
    }

    private void addOne() {
        cluster.processes().start(cluster.processes().add(), false);
    }

    private void split(int sides) {
        var side = new int[cluster.nodes().size()];
        for (int i = 0; i < side.length; i++) {
            side[i] = random.nextInt(sides);
        }
        cluster.partition(side);
        cluster.agenda().after(soon(60 * SECOND_NANOS), () -> cluster.network().healPartition());
    }

    private void isolateOne() {
        Node node = anyRunning(random);
        if (node != null) {
            var side = new int[cluster.nodes().size()];
            side[node.index] = 1;
            cluster.partition(side);
            cluster.agenda()
                    .after(soon(60 * SECOND_NANOS), () -> cluster.network().healPartition());
        }
    }

    /** A split that comes and goes. */
    private void flap() {
        var side = new int[cluster.nodes().size() + 50];
        for (int i = 0; i < side.length; i++) {
            side[i] = random.nextInt(5) == 0 ? 1 : 0;
        }
        long period = SECOND_NANOS + random.nextLong(20 * SECOND_NANOS);
        for (long at = period; at < endNanos; at += 2 * period) {
            cluster.agenda().at(at, () -> cluster.partition(side));
            cluster.agenda().at(at + period, () -> cluster.network().healPartition());
        }
    }

    private void blockOneWay() {
        Node from = anyRunning(random);
        Node to = anyRunning(random);
        if (from != null && to != null && from != to) {
            cluster.network().blockOneWay(from, to);
            cluster.agenda()
                    .after(soon(40 * SECOND_NANOS), () -> cluster.network().unblockOneWay(from, to));
        }
    }

    private void clogOne() {
        Node from = anyRunning(random);
        Node to = anyRunning(random);
        if (from != null && to != null && from != to) {
            cluster.network().clog(from, to, cluster.agenda().now() + soon(CLOG_MAX_NANOS));
        }
    }

    private void deafenOne() {
        Node node = anyRunning(random);
        if (node != null) {
            cluster.network().deafen(node, 0.8);
        }
    }

    private void tagOne() {
        Node node = anyRunning(work);
        if (node != null) {
            cluster.processes().setTag(node, "svc.web", "80;weight=" + work.nextInt(100));
        }
    }

    private void sendEvent() {
        Node node = anyRunning(work);
        if (node != null) {
            eventsSent++;
            cluster.shell()
                    .command(
                            node,
                            new Input.SendEvent(
                                    "deploy",
                                    Bytes.utf8("event " + eventsSent + " of " + node.name),
                                    work.nextBoolean()));
        }
    }

    private void askAll() {
        Node node = anyRunning(work);
        if (node != null) {
            cluster.shell().ask(node, "load", work.nextInt(3));
        }
    }

    private void operate() {
        Node by = anyRunning(work);
        Node about = cluster.nodes().get(work.nextInt(cluster.nodes().size()));
        if (by == null) {
            return;
        }
        switch (work.nextInt(3)) {
            case 0 -> {
                // Only what is off: forcing out a live member is a fight that the member wins, and no accuracy is left.
                if (!about.on()) {
                    cluster.shell().command(by, new Input.ForceLeave(about.name, false));
                }
            }
            case 1 -> cluster.shell().command(by, new Input.ProbeNow(about.name));
            default -> cluster.shell().command(by, new Input.DatagramRefused(about.address));
        }
    }
}
