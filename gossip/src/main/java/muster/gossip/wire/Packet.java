package muster.gossip.wire;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;

/**
 * What one datagram held: the messages that could be read, in order, and why each other part could not.
 *
 * <pre>
 *   [ AES-GCM [ checksum [ LZW [ compound [ message message … ] ] ] ] ]     each layer but the message may be missing
 * </pre>
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

    /** A part's length has 16 bits. */
    private static final int PART_BYTES_MAX = 0xffff;

    public Packet {
        messages = List.copyOf(messages);
        badParts = List.copyOf(badParts);
    }

    /** The bytes that sealing adds to a datagram: 0 without keys. */
    public static int overhead(Keyring keys) {
        return keys.isEmpty() ? 0 : Seal.OVERHEAD;
    }

    /**
     * One datagram of these encoded messages: several become a compound, which is compressed if asked for and smaller so,
     * gets a checksum if asked for, and is sealed with the primary key if there is one, with a nonce from {@code random}.
     * Throws {@link IllegalArgumentException} for no message, more than {@link #PARTS_MAX} or an empty one.
     */
    public static Bytes encode(
            List<Bytes> messages, boolean compress, boolean crc, Keyring keys, RandomGenerator random) {
        Bytes bytes = compound(messages);
        if (compress) {
            Bytes wrapped = Compression.wrap(bytes);
            bytes = wrapped.size() < bytes.size() ? wrapped : bytes;
        }
        if (crc) {
            bytes = withChecksum(bytes);
        }
        return keys.isEmpty() ? bytes : Seal.close(bytes, Bytes.EMPTY, keys, random);
    }

    /** Reads a datagram. With keys, plain text is refused; without, what is sealed is, as far as it can be told. */
    public static Decoded<Packet> decode(Bytes datagram, Keyring keys) {
        Bytes plain = datagram;
        if (!keys.isEmpty()) {
            switch (Seal.open(datagram.array(), 0, datagram.size(), Bytes.EMPTY, keys)) {
                case Decoded.Ok<Bytes>(Bytes opened) -> plain = opened;
                case Decoded.Rejected<Bytes>(Rejection reason, int offset) -> {
                    return new Decoded.Rejected<>(reason, offset);
                }
            }
        }
        Decoded<Packet> read = new PacketReader().read(plain);
        return keys.isEmpty() && read instanceof Decoded.Rejected<Packet> && Seal.looksSealed(datagram)
                ? new Decoded.Rejected<>(Rejection.ENCRYPTED_UNEXPECTED, 0)
                : read;
    }

    static int checksum(byte[] array, int from, int to) {
        var crc = new CRC32();
        crc.update(array, from, to - from);
        return (int) crc.getValue();
    }

    private static Bytes compound(List<Bytes> messages) {
        if (messages.isEmpty() || messages.size() > PARTS_MAX) {
            throw new IllegalArgumentException(
                    messages.size() + " messages for one datagram: hand in 1 to " + PARTS_MAX);
        }
        for (Bytes message : messages) {
            if (message.isEmpty() || message.size() > PART_BYTES_MAX) {
                throw new IllegalArgumentException("a message of " + message.size()
                        + " bytes for a datagram: an empty one crashes a peer, one above " + PART_BYTES_MAX
                        + " does not fit");
            }
        }
        if (messages.size() == 1) {
            return messages.getFirst();
        }
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(MessageType.COMPOUND).rawByte(messages.size());
        for (Bytes message : messages) {
            out.rawByte(message.size() >> 8).rawByte(message.size());
        }
        for (Bytes message : messages) {
            out.rawBytes(message);
        }
        return out.toBytes();
    }

    private static Bytes withChecksum(Bytes bytes) {
        int sum = checksum(bytes.array(), 0, bytes.size());
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(MessageType.HAS_CRC);
        out.rawByte(sum >> 24).rawByte(sum >> 16).rawByte(sum >> 8).rawByte(sum);
        return out.rawBytes(bytes).toBytes();
    }
}
