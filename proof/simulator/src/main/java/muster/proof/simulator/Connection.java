package muster.proof.simulator;

import java.util.ArrayDeque;
import java.util.SplittableRandom;
import muster.gossip.Input;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.StreamReader;
import org.jspecify.annotations.Nullable;

/** One stream between two processes: in order, complete or broken, late, cut into pieces of any size. */
final class Connection {
    private static final long RETRY_NANOS = 500_000_000L;

    /** A blocked stream breaks after this many tries, 30 s: about what an operating system's keep-alives allow. */
    private static final int RETRIES_MAX = 60;

    /** What a retransmission costs. */
    private static final long RETRANSMISSION_NANOS = 200_000_000L;

    private static final int PIECE_BYTES_MAX = 16_384;

    private final Cluster cluster;
    private final Network network;
    private final SplittableRandom random;

    Connection(Cluster cluster, Network network, SplittableRandom random) {
        this.cluster = cluster;
        this.network = network;
        this.random = random;
    }

    /** {@code bytes} null: the end of the stream. */
    private record Segment(@Nullable Bytes bytes, long dueNanos) {}

    End end(Node node, long id, Keyring keys) {
        return new End(node, id, keys);
    }

    static void tie(End one, End other) {
        one.peer = other;
        other.peer = one;
    }

    /** One process's half. */
    final class End {
        final Node node;
        final int life;
        final long id;

        /** Reads what this end writes, for the checker. */
        final StreamReader spy;

        private @Nullable End peer;
        private final ArrayDeque<Segment> outgoing = new ArrayDeque<>();
        private boolean pumping;
        private boolean open = true;
        private long lastDueNanos;
        private int retries;

        private End(Node node, long id, Keyring keys) {
            this.node = node;
            this.life = node.life;
            this.id = id;
            this.spy = new StreamReader(keys);
        }

        boolean open() {
            return open;
        }

        void write(Bytes bytes) {
            if (!open) {
                return;
            }
            byte[] all = bytes.array();
            for (int from = 0; from < all.length; ) {
                int piece = random.nextInt(8) == 0 ? 1 + random.nextInt(16) : 1 + random.nextInt(PIECE_BYTES_MAX);
                int to = Math.min(all.length, from + piece);
                send(Bytes.of(java.util.Arrays.copyOfRange(all, from, to)));
                from = to;
            }
        }

        /** This process closes: what was written still travels, then the peer learns of it. */
        void close() {
            if (open) {
                open = false;
                send(null);
            }
        }

        /** The process is gone: what was not delivered is lost, and the peer sees a reset. */
        void vanish() {
            open = false;
            outgoing.clear();
            End other = peer;
            if (other != null) {
                other.failLater("connection reset by peer");
            }
        }

        void failLater(String reason) {
            cluster.agenda().after(network.delay(), () -> fail(reason));
        }

        /** This process learns that the stream is no more. */
        void fail(String reason) {
            if (open) {
                open = false;
                outgoing.clear();
                cluster.shell().arrive(node, life, new Input.StreamClosed(id, reason), false);
            }
        }

        private void send(@Nullable Bytes bytes) {
            End other = peer;
            if (other == null) {
                return;
            }
            long due = network.arrivalNanos(node, other.node) + network.retransmissions() * RETRANSMISSION_NANOS;
            lastDueNanos = Math.max(lastDueNanos, due);
            outgoing.add(new Segment(bytes, lastDueNanos));
            if (!pumping) {
                pumping = true;
                cluster.agenda().at(lastDueNanos, this::pump);
            }
        }

        private void pump() {
            Segment head = outgoing.peek();
            End other = peer;
            if (head == null || other == null) {
                pumping = false;
                return;
            }
            if (network.blocked(node, other.node)) {
                retries++;
                if (retries > RETRIES_MAX) {
                    pumping = false;
                    fail("connection timed out");
                    other.fail("connection timed out");
                } else {
                    cluster.agenda().after(RETRY_NANOS, this::pump);
                }
                return;
            }
            outgoing.remove();
            deliver(head, other);
            Segment next = outgoing.peek();
            if (next == null) {
                pumping = false;
            } else {
                cluster.agenda().at(next.dueNanos, this::pump);
            }
        }

        private void deliver(Segment segment, End other) {
            if (!other.open || other.node.life != other.life || !other.node.on()) {
                failLater("connection reset by peer");
                return;
            }
            Bytes bytes = segment.bytes;
            if (bytes == null) {
                other.open = false;
                cluster.shell().arrive(other.node, other.life, new Input.StreamClosed(other.id, ""), false);
            } else {
                cluster.shell().arrive(other.node, other.life, new Input.StreamBytes(other.id, bytes), false);
            }
        }
    }
}
