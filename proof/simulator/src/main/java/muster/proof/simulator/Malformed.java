package muster.proof.simulator;

import java.util.SplittableRandom;
import muster.gossip.wire.Bytes;

/** Datagrams that no honest peer sends. */
final class Malformed {
    private static final Bytes[] SAMPLES = {
        Bytes.EMPTY,
        Bytes.hex("07"),
        Bytes.hex("070100"),
        Bytes.hex("07010000"),
        Bytes.hex("07ff0001"),
        Bytes.hex("09"),
        Bytes.hex("0982a4416c676f00a342756680"),
        Bytes.hex("0982a4416c676f07a3427566a3000000"),
        Bytes.hex("0c"),
        Bytes.hex("0c00000000"),
        Bytes.hex("0cdeadbeef0082a44e6f6465a26e31a55365714e6f01"),
        Bytes.hex("f40161"),
        Bytes.hex("ff"),
        Bytes.hex("0d"),
        Bytes.hex("06"),
        Bytes.hex("04"),
        Bytes.hex("0480"),
        Bytes.hex("0486a441646472"),
        // An alive without versions, and one whose incarnation does not fit.
        Bytes.hex("0485a441646472a47f000001ab496e6361726e6174696f6e01a44d657461a0a44e6f6465a3707931a4506f7274cd4628"),
        Bytes.hex("0382ab496e6361726e6174696f6ecf0000000100000000a44e6f6465a26d31a446726f6da26d32"),
        // Counts and lengths beyond all reason.
        Bytes.hex("00df3b9aca00"),
        Bytes.hex("00de03e8"),
        Bytes.hex("0081a44e6f6465db7fffffff"),
        Bytes.hex("0081a44e6f6465dd3b9aca00"),
        // Nesting.
        Bytes.hex("00" + "91".repeat(1_000)),
        Bytes.hex("08"),
    };

    private Malformed() {}

    /** A known bad datagram, or a few random bytes of a type that does not exist. */
    static Bytes datagram(SplittableRandom random) {
        if (random.nextInt(4) > 0) {
            return SAMPLES[random.nextInt(SAMPLES.length)];
        }
        var noise = new byte[1 + random.nextInt(200)];
        random.nextBytes(noise);
        noise[0] = (byte) (100 + random.nextInt(100));
        return Bytes.of(noise);
    }

    static Bytes flipOneBit(Bytes bytes, SplittableRandom random) {
        byte[] flipped = bytes.array().clone();
        int bit = random.nextInt(flipped.length * 8);
        flipped[bit / 8] ^= (byte) (1 << (bit % 8));
        return Bytes.of(flipped);
    }
}
