package muster.gossip;

import muster.gossip.wire.Bytes;

/** A 64-bit fingerprint of a sequence of values, the same in every JVM. Not for secrets. */
final class Digest {
    private long value = 0xcbf29ce484222325L;

    Digest add(long number) {
        long mixed = value ^ number;
        mixed *= 0x9e3779b97f4a7c15L;
        mixed ^= mixed >>> 32;
        value = mixed * 0xd6e8feb86659fd93L;
        return this;
    }

    Digest add(String text) {
        return add(Bytes.utf8(text));
    }

    Digest add(Bytes bytes) {
        add(bytes.size());
        for (byte one : bytes.array()) {
            value = (value ^ one) * 0x100000001b3L;
        }
        return this;
    }

    long value() {
        return value;
    }
}
