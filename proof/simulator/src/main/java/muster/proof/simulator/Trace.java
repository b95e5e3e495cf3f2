package muster.proof.simulator;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import muster.gossip.wire.Bytes;

/** SHA-256 over everything that happened, in order. Two runs of one seed must give the same. */
final class Trace {
    private final MessageDigest digest;
    private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

    Trace() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    Trace add(long number) {
        room(Long.BYTES);
        buffer.putLong(number);
        return this;
    }

    Trace add(Bytes bytes) {
        add(bytes.size());
        if (bytes.size() > buffer.capacity()) {
            flush();
            digest.update(bytes.array());
        } else {
            room(bytes.size());
            buffer.put(bytes.array());
        }
        return this;
    }

    Trace add(String text) {
        return add(Bytes.utf8(text));
    }

    /** The hash so far, in hex. The trace goes on afterwards. */
    String hash() {
        flush();
        try {
            return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
        }
    }

    private void room(int bytes) {
        if (buffer.remaining() < bytes) {
            flush();
        }
    }

    private void flush() {
        digest.update(buffer.array(), 0, buffer.position());
        buffer.clear();
    }
}
