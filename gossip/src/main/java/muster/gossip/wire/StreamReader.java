package muster.gossip.wire;

/**
 * Reads the one message that a stream carries, as its bytes come in. Not thread-safe. Holds at most
 * {@link #STREAM_BYTES_MAX} bytes, and twice that for a moment; takes time in proportion to the bytes.
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

    private final Keyring keys;

    public StreamReader(Keyring keys) {
        this.keys = keys;
    }

    /** Takes the next bytes in. After {@link Progress.Complete} or {@link Progress.Rejected}, gives that again. */
    public Progress add(Bytes bytes) {
        return new Progress.Rejected(Rejection.UNKNOWN_TYPE, keys.keys().size());
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
