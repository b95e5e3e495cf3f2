package muster.gossip.wire;

/** One memberlist message to and from its bytes, type byte first, as a datagram carries it. */
public final class MessageCodec {
    private MessageCodec() {}

    /** The message with its type byte; {@link Message.User} is 8 and then the payload. */
    public static Bytes encode(Message message) {
        return Bytes.EMPTY;
    }

    /** Reads one whole message; bytes behind it are ignored, as memberlist does. */
    public static Decoded<Message> decode(Bytes bytes) {
        return new Decoded.Rejected<>(Rejection.UNKNOWN_TYPE, 0);
    }
}
