package muster.gossip.wire;

import java.util.random.RandomGenerator;

/** One memberlist message as a stream carries it; {@link StreamReader} is the other direction. */
public final class StreamCodec {
    /** Type byte and length in front of what is sealed. */
    static final int SEALED_HEADER_BYTES = 5;

    private StreamCodec() {}

    /**
     * The message, compressed if asked for (even where that is longer, as memberlist does), sealed with a nonce from
     * {@code random} if there are keys. Throws {@link IllegalArgumentException} for a message longer than peers take.
     */
    public static Bytes encode(Message message, boolean compress, Keyring keys, RandomGenerator random) {
        Bytes bytes =
                message instanceof Message.User(Bytes payload) ? withHeader(payload) : MessageCodec.encode(message);
        if (compress) {
            bytes = Compression.wrap(bytes);
        }
        int size = bytes.size() + Packet.overhead(keys);
        if (size > StreamReader.STREAM_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a stream of " + size + " bytes: peers take at most " + StreamReader.STREAM_BYTES_MAX);
        }
        return keys.isEmpty() ? bytes : seal(bytes, keys, random);
    }

    /** On streams a user message tells its length first. */
    private static Bytes withHeader(Bytes payload) {
        MessageCodec.requireContent(payload);
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(MessageType.USER).map(1).text("UserMsgLen").unsigned(payload.size());
        return out.rawBytes(payload).toBytes();
    }

    private static Bytes seal(Bytes plain, Keyring keys, RandomGenerator random) {
        int length = plain.size() + Seal.OVERHEAD;
        Bytes header = Bytes.of(new byte[] {
            MessageType.ENCRYPT, (byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length
        });
        return new MsgPackWriter(MsgPackWriter.Mode.GOSSIP)
                .rawBytes(header)
                .rawBytes(Seal.close(plain, header, keys, random))
                .toBytes();
    }
}
