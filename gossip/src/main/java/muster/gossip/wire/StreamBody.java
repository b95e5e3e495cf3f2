package muster.gossip.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import muster.gossip.wire.Message.NodeState;
import muster.gossip.wire.PushPullCodec.Header;
import muster.gossip.wire.StreamReader.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream's message, encryption taken off, from a buffer that may still grow. What is read once is not read again,
 * except the one element at the end that is not whole yet; its values are limited in number, so that bytes that come one
 * by one cost no more than a fixed amount each.
 */
final class StreamBody {
    /** Values in one element (a header, a row, a short message); a row has 15, or some 550 if all its bytes are numbers. */
    private static final int ITEMS_MAX = 1_024;

    private static final Struct USER_FIELDS = Struct.of("UserMsgLen");

    private final int inflatedBytesMax;
    private final List<NodeState> nodes = new ArrayList<>();
    private final List<Rejection> badRows = new ArrayList<>();
    private @Nullable Header header;
    private int userBytes = -1;
    private int position = 1;

    /** {@code inflatedBytesMax} 0 means that this is what was unfolded, and must not be compressed again. */
    StreamBody(int inflatedBytesMax) {
        this.inflatedBytesMax = inflatedBytesMax;
    }

    /** Reads on in {@code array[0, size)}, of which nothing before was changed. {@code whole}: no more will come. */
    Progress read(byte[] array, int size, boolean whole) {
        if (size == 0) {
            return new Progress.Rejected(Rejection.EMPTY, 0);
        }
        int type = array[0] & 0xff;
        return switch (type) {
            case MessageType.PING, MessageType.ACK, MessageType.ERROR -> {
                var in = new MsgPackReader(array, 1, size);
                Message message = MessageCodec.read(type, in);
                yield in.failed() ? unfinished(in, whole) : new Progress.Complete(message);
            }
            case MessageType.PUSH_PULL -> readPushPull(array, size, whole);
            case MessageType.USER -> readUser(array, size, whole);
            case MessageType.COMPRESS -> readCompressed(array, size, whole);
            default -> new Progress.Rejected(MessageType.refused(type), 0);
        };
    }

    private Progress readPushPull(byte[] array, int size, boolean whole) {
        if (header == null) {
            var in = new MsgPackReader(array, position, size);
            Header read = PushPullCodec.readHeader(in);
            if (in.failed()) {
                return unfinished(in, whole);
            }
            header = read;
            position = in.position();
        }
        while (nodes.size() + badRows.size() < header.nodes()) {
            var in = new MsgPackReader(array, position, size);
            NodeState node = PushPullCodec.readNode(in);
            Rejection failure = in.failure();
            if (failure != null && PushPullCodec.isOfOneRow(failure)) {
                in = new MsgPackReader(array, position, size);
                in.skip();
            }
            if (in.failed()) {
                return unfinished(in, whole);
            }
            if (failure == null) {
                nodes.add(node);
            } else {
                badRows.add(failure);
            }
            position = in.position();
        }
        if (size - position < header.userBytes()) {
            return tailMissing(size, whole);
        }
        Bytes state = Bytes.of(Arrays.copyOfRange(array, position, position + header.userBytes()));
        return new Progress.Complete(
                new Message.PushPull(header.join(), List.copyOf(nodes), state, List.copyOf(badRows)));
    }

    private Progress readUser(byte[] array, int size, boolean whole) {
        if (userBytes < 0) {
            var in = new MsgPackReader(array, position, size);
            long told = readUserHeader(in);
            if (in.failed()) {
                return unfinished(in, whole);
            }
            userBytes = (int) told;
            position = in.position();
        }
        if (size - position < userBytes) {
            return tailMissing(size, whole);
        }
        return new Progress.Complete(
                new Message.User(Bytes.of(Arrays.copyOfRange(array, position, position + userBytes))));
    }

    private static long readUserHeader(MsgPackReader in) {
        long length = 0;
        var fields = USER_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "UserMsgLen" -> length = in.integer();
                default -> in.skip();
            }
        }
        if (length < 0) {
            in.reject(Rejection.BAD_COUNT);
        }
        if (length > StreamReader.USER_BYTES_MAX) {
            in.reject(Rejection.TOO_LARGE);
        }
        if (length == 0) {
            in.reject(Rejection.EMPTY_USER_MESSAGE);
        }
        return length;
    }

    private Progress readCompressed(byte[] array, int size, boolean whole) {
        if (inflatedBytesMax == 0) {
            return new Progress.Rejected(Rejection.NESTED_TOO_DEEP, 0);
        }
        var in = new MsgPackReader(array, 1, size);
        Decoded<Bytes> inflated = Compression.unwrap(array, in, inflatedBytesMax);
        if (in.failed()) {
            return unfinished(in, whole);
        }
        return switch (inflated) {
            case Decoded.Ok<Bytes>(Bytes plain) -> new StreamBody(0).read(plain.array(), plain.size(), true);
            case Decoded.Rejected<Bytes>(Rejection reason, int offset) -> new Progress.Rejected(reason, offset);
        };
    }

    /** An element could not be read: because the rest is still to come, or for good. */
    private static Progress unfinished(MsgPackReader in, boolean whole) {
        if (in.failure() == Rejection.TRUNCATED && !whole) {
            return in.items() > ITEMS_MAX
                    ? new Progress.Rejected(Rejection.TOO_LARGE, in.offset())
                    : new Progress.NeedMore();
        }
        return switch (in.outcome("")) {
            case Decoded.Rejected<String>(Rejection reason, int offset) -> new Progress.Rejected(reason, offset);
            case Decoded.Ok<String> ok -> new Progress.NeedMore();
        };
    }

    private static Progress tailMissing(int size, boolean whole) {
        return whole ? new Progress.Rejected(Rejection.TRUNCATED, size) : new Progress.NeedMore();
    }
}
