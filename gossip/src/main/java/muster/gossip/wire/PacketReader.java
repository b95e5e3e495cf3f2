package muster.gossip.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the layers off one datagram's plain bytes. Used once; what it may unfold and hold is limited for all layers together. */
final class PacketReader {
    /** What a datagram's compressed layers may unfold to, together: 46 times what memberlist sends. */
    static final int INFLATED_BYTES_MAX = 64 * 1024;

    /** Parts of all compounds of a datagram together; newer memberlists put up to 255 into one. */
    static final int PARTS_MAX = 1_024;

    /** Compressed and compound layers within each other; memberlist makes 2. */
    static final int NESTING_MAX = 4;

    private final List<Message> messages = new ArrayList<>();
    private final List<Rejection> badParts = new ArrayList<>();
    private int inflatedLeft = INFLATED_BYTES_MAX;
    private int partsLeft = PARTS_MAX;
    private int faultOffset;

    Decoded<Packet> read(Bytes plain) {
        Rejection fault = readChecked(plain.array(), plain.size());
        return fault == null
                ? new Decoded.Ok<>(new Packet(messages, badParts))
                : new Decoded.Rejected<>(fault, faultOffset);
    }

    private @Nullable Rejection readChecked(byte[] array, int size) {
        if (size == 0 || (array[0] & 0xff) != MessageType.HAS_CRC) {
            return readLayer(array, 0, size, 0);
        }
        if (size < Packet.CRC_OVERHEAD) {
            return fault(Rejection.TRUNCATED, size);
        }
        int told = ByteBuffer.wrap(array, 1, 4).getInt();
        if (told != Packet.checksum(array, Packet.CRC_OVERHEAD, size)) {
            return fault(Rejection.BAD_CRC, 1);
        }
        return readLayer(array, Packet.CRC_OVERHEAD, size, 0);
    }

    /** Reads what is in {@code array[from, to)}; returns why it could not. */
    private @Nullable Rejection readLayer(byte[] array, int from, int to, int depth) {
        if (from == to) {
            return fault(Rejection.EMPTY, 0);
        }
        int type = array[from] & 0xff;
        return switch (type) {
            case MessageType.COMPOUND, MessageType.COMPRESS -> {
                if (depth == NESTING_MAX) {
                    yield fault(Rejection.NESTED_TOO_DEEP, 0);
                }
                yield type == MessageType.COMPOUND
                        ? readCompound(array, from, to, depth + 1)
                        : readCompressed(array, from, to, depth + 1);
            }
            case MessageType.PUSH_PULL, MessageType.ERROR -> fault(Rejection.NOT_ALLOWED_HERE, 0);
            default -> readMessage(array, from, to);
        };
    }

    private @Nullable Rejection readMessage(byte[] array, int from, int to) {
        return switch (MessageCodec.decode(array, from, to)) {
            case Decoded.Ok<Message>(Message message) -> {
                messages.add(message);
                yield null;
            }
            case Decoded.Rejected<Message>(Rejection reason, int offset) -> fault(reason, offset);
        };
    }

    private @Nullable Rejection readCompressed(byte[] array, int from, int to, int depth) {
        return switch (Compression.unwrap(array, new MsgPackReader(array, from + 1, to), inflatedLeft)) {
            case Decoded.Ok<Bytes>(Bytes plain) -> {
                inflatedLeft -= plain.size();
                yield readLayer(plain.array(), 0, plain.size(), depth);
            }
            case Decoded.Rejected<Bytes>(Rejection reason, int offset) -> fault(reason, offset);
        };
    }

    /** A count, the parts' lengths of 16 bits, the parts. A bad part does not spoil the others. */
    private @Nullable Rejection readCompound(byte[] array, int from, int to, int depth) {
        if (to - from < 2) {
            return fault(Rejection.TRUNCATED, to - from);
        }
        int count = array[from + 1] & 0xff;
        if (count == 0) {
            return fault(Rejection.EMPTY, 1);
        }
        int at = from + 2 + 2 * count;
        if (at > to) {
            return fault(Rejection.TRUNCATED, to - from);
        }
        for (int part = 0; part < count; part++) {
            if (partsLeft == 0) {
                badParts.add(Rejection.TOO_MANY_PARTS); // once for all that are left here
                return null;
            }
            partsLeft--;
            int lengthAt = from + 2 + 2 * part;
            int length = ByteBuffer.wrap(array, lengthAt, 2).getShort() & 0xffff;
            @Nullable Rejection fault;
            if (length == 0) {
                fault = Rejection.EMPTY_PART;
            } else if (length > to - at) {
                fault = Rejection.TRUNCATED;
                length = to - at; // and so is every part behind this one
            } else {
                fault = readLayer(array, at, at + length, depth);
            }
            if (fault != null) {
                badParts.add(fault);
            }
            at += length;
        }
        return null;
    }

    private Rejection fault(Rejection reason, int offset) {
        faultOffset = offset;
        return reason;
    }
}
