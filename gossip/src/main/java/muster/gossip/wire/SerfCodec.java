package muster.gossip.wire;

/** One Serf message to and from its bytes, type byte first: the payload of {@link Message.User} or a push/pull's user state. */
public final class SerfCodec {
    private SerfCodec() {}

    public static Bytes encode(SerfMessage message) {
        return Bytes.EMPTY;
    }

    public static Decoded<SerfMessage> decode(Bytes bytes) {
        return new Decoded.Rejected<>(Rejection.UNKNOWN_TYPE, 0);
    }
}
