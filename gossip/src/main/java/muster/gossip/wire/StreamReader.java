package muster.gossip.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the one message that a stream carries, as its bytes come in. Not thread-safe. Holds at most
 * {@link #STREAM_BYTES_MAX} bytes, twice that for a moment while it grows, and what they unfold to; takes time in
 * proportion to the bytes, in whatever pieces they come.
 */
public final class StreamReader {
    /** Memberlist's own limit on a stream's message. */
    public static final int STREAM_BYTES_MAX = 20 * 1024 * 1024;

    /** What a compressed stream may unfold to. */
    public static final int INFLATED_BYTES_MAX = 32 * 1024 * 1024;

    /** Rows in a push/pull. */
    public static final int NODES_MAX = 100_000;

    /** User state of a push/pull, or a user message. */
    public static final int USER_BYTES_MAX = 16 * 1024 * 1024;

    private static final int FIRST_CAPACITY = 4_096; // a push/pull of some ten members

    private final Supplier<Keyring> keys;
    private byte[] buffer = new byte[0];
    private int size;
    private @Nullable StreamBody body;
    private @Nullable Progress end;

    public StreamReader(Keyring keys) {
        this(() -> keys);
    }

    /** The keys are asked for when there is something to open: they may change while the bytes are on their way. */
    public StreamReader(Supplier<Keyring> keys) {
        this.keys = keys;
    }

    /** Takes the next bytes in. After {@link Progress.Complete} or {@link Progress.Rejected}, gives that again. */
    public Progress add(Bytes bytes) {
        if (end != null) {
            return end;
        }
        if (bytes.size() > STREAM_BYTES_MAX + StreamCodec.SEALED_HEADER_BYTES - size) {
            return ended(new Progress.Rejected(Rejection.TOO_LARGE, size));
        }
        append(bytes);
        Progress progress = size == 0 ? new Progress.NeedMore() : keys.get().isEmpty() ? readPlain() : readSealed();
        return progress instanceof Progress.NeedMore ? progress : ended(progress);
    }

    private Progress ended(Progress progress) {
        end = progress;
        body = null;
        buffer = new byte[0];
        return progress;
    }

    private void append(Bytes bytes) {
        if (buffer.length - size < bytes.size()) {
            int doubled = Math.min(2 * buffer.length, STREAM_BYTES_MAX + StreamCodec.SEALED_HEADER_BYTES);
            buffer = Arrays.copyOf(buffer, Math.max(Math.max(doubled, FIRST_CAPACITY), size + bytes.size()));
        }
        System.arraycopy(bytes.array(), 0, buffer, size, bytes.size());
        size += bytes.size();
    }

    private Progress readPlain() {
        if (buffer[0] == MessageType.ENCRYPT) {
            return new Progress.Rejected(Rejection.ENCRYPTED_UNEXPECTED, 0);
        }
        if (body == null) {
            body = new StreamBody(INFLATED_BYTES_MAX);
        }
        return body.read(buffer, size, false);
    }

    private Progress readSealed() {
        int type = buffer[0] & 0xff;
        if (type != MessageType.ENCRYPT) {
            return new Progress.Rejected(
                    type == MessageType.HAS_LABEL ? Rejection.LABEL_UNSUPPORTED : Rejection.PLAINTEXT_UNEXPECTED, 0);
        }
        if (size < StreamCodec.SEALED_HEADER_BYTES) {
            return new Progress.NeedMore();
        }
        long length = Integer.toUnsignedLong(ByteBuffer.wrap(buffer, 1, 4).getInt());
        if (length > STREAM_BYTES_MAX) {
            return new Progress.Rejected(Rejection.TOO_LARGE, 1);
        }
        int to = StreamCodec.SEALED_HEADER_BYTES + (int) length;
        if (size < to) {
            return new Progress.NeedMore();
        }
        Bytes header = Bytes.of(Arrays.copyOf(buffer, StreamCodec.SEALED_HEADER_BYTES));
        return switch (Seal.open(buffer, StreamCodec.SEALED_HEADER_BYTES, to, header, keys.get())) {
            case Decoded.Ok<Bytes>(Bytes plain) ->
                new StreamBody(INFLATED_BYTES_MAX).read(plain.array(), plain.size(), true);
            case Decoded.Rejected<Bytes>(Rejection reason, int offset) -> new Progress.Rejected(reason, offset);
        };
    }

    /** How far the reading is. */
    public sealed interface Progress {
        /** The message is not whole yet. */
        record NeedMore() implements Progress {}

        /** The message; the stream has no other. */
        record Complete(Message message) implements Progress {}

        /** Refused: nothing that follows on this stream can be understood. */
        record Rejected(Rejection reason, int offset) implements Progress {}
    }
}
