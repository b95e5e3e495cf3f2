package muster.gossip.wire;

/**
 * One memberlist message as it travels in a datagram or stream, after compound, compression, CRC and encryption are
 * taken off. Field names, order and meaning are memberlist's. Incarnations and sequence numbers are unsigned 32-bit
 * numbers in a {@code long}; ports are 0 to 65535.
 */
public sealed interface Message {
    /** Names longer than this are refused: real names are host names. */
    int NAME_BYTES_MAX = 255;

    /** Memberlist's limit on a member's meta bytes (Serf's tags). */
    int META_BYTES_MAX = 512;

    /** Is {@code node} there? An empty {@code node} means whoever listens here. Source is absent as empty address, 0, "". */
    record Ping(long sequence, String node, Bytes sourceAddress, int sourcePort, String sourceNode)
            implements Message {}

    /** Please ping {@code target} for me, and tell me ({@code nack}) if you hear nothing either. */
    record IndirectPing(
            long sequence,
            Bytes target,
            int port,
            String node,
            boolean nack,
            Bytes sourceAddress,
            int sourcePort,
            String sourceNode)
            implements Message {}

    /** The answer to a ping; {@code payload} is Serf's coordinate, or empty. */
    record Ack(long sequence, Bytes payload) implements Message {}

    /** An indirect ping that found nobody. */
    record Nack(long sequence) implements Message {}

    /** {@code from} got no answer from {@code node}. */
    record Suspect(long incarnation, String node, String from) implements Message {}

    /** {@code node} lives at this address with these tags. {@code versions} is always 6 bytes: pmin pmax pcur dmin dmax dcur. */
    record Alive(long incarnation, String node, Bytes address, int port, Bytes meta, Bytes versions)
            implements Message {}

    /** {@code node} is gone; it left on purpose when {@code from} equals {@code node}. */
    record Dead(long incarnation, String node, String from) implements Message {}

    /** Opaque to memberlist: a Serf message, see {@link SerfMessage}. */
    record User(Bytes payload) implements Message {}

    /**
     * A full state exchange. Streams only.
     *
     * @param badRows why rows were left out when this was read: one strange member must not keep all others from being
     *     exchanged. Not written.
     */
    record PushPull(boolean join, java.util.List<NodeState> nodes, Bytes userState, java.util.List<Rejection> badRows)
            implements Message {
        public PushPull(boolean join, java.util.List<NodeState> nodes, Bytes userState) {
            this(join, nodes, userState, java.util.List.of());
        }
    }

    /** The peer could not do what a stream asked. Streams only. */
    record ErrorReply(String error) implements Message {}

    /** One row of a {@link PushPull}. */
    record NodeState(
            String name, Bytes address, int port, Bytes meta, long incarnation, LifeState state, Bytes versions) {}

    /** A member's state as memberlist numbers it. */
    enum LifeState {
        ALIVE,
        SUSPECT,
        DEAD,
        LEFT
    }
}
