package muster.gossip.wire;

import java.util.random.RandomGenerator;

/** One memberlist message as a stream carries it; {@link StreamReader} is the other direction. */
public final class StreamCodec {
    private StreamCodec() {}

    /** The message, compressed if asked for (even where that is longer, as memberlist does), sealed if there are keys. */
    public static Bytes encode(Message message, boolean compress, Keyring keys, RandomGenerator random) {
        return Bytes.EMPTY;
    }
}
