package muster.gossip.wire;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What one datagram held: the messages that could be read, in order, and why each other part could not.
 *
 * @param messages never of the kinds that only streams carry
 * @param badParts one entry for each part of a compound that was refused; empty for a datagram without fault
 */
public record Packet(List<Message> messages, List<Rejection> badParts) {
    /** The most that memberlist puts into one datagram, encryption included. */
    public static final int DATAGRAM_BYTES_MAX = 1_400;

    /** Memberlist 0.2.2 misreads a compound of 128 parts or more. */
    public static final int PARTS_MAX = 127;

    /** The bytes that a compound costs, without its parts. */
    public static final int COMPOUND_OVERHEAD = 2;

    /** The bytes that a compound costs for each part. */
    public static final int PART_OVERHEAD = 2;

    /** The bytes that a checksum costs. */
    public static final int CRC_OVERHEAD = 5;

    public Packet {
        messages = List.copyOf(messages);
        badParts = List.copyOf(badParts);
    }

    /** The bytes that sealing adds to a datagram: 0 without keys. */
    public static int overhead(Keyring keys) {
        return keys.isEmpty() ? 0 : 29;
    }

    /**
     * One datagram of these encoded messages: several become a compound, which is compressed if asked for and smaller so,
     * gets a checksum if asked for, and is sealed with the primary key if there is one. Throws
     * {@link IllegalArgumentException} for no message, more than {@link #PARTS_MAX} or an empty one.
     */
    public static Bytes encode(
            List<Bytes> messages, boolean compress, boolean crc, Keyring keys, RandomGenerator random) {
        return Bytes.EMPTY;
    }

    /** Reads a datagram. With keys, plain text is refused. */
    public static Decoded<Packet> decode(Bytes datagram, Keyring keys) {
        return new Decoded.Rejected<>(Rejection.UNKNOWN_TYPE, 0);
    }
}
