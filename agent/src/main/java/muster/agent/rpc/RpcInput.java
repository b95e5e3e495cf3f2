package muster.agent.rpc;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import muster.gossip.wire.MsgPackReader;
import muster.gossip.wire.Rejection;

/**
 * MessagePack objects from a stream, whole ones only: an object is handed to its reader again and again until all its
 * bytes are there, up to a limit.
 */
final class RpcInput {
    private static final int FIRST_BYTES = 1_024;

    private final InputStream in;
    private final int bytesMax;
    private final long limitNanos;
    private byte[] buffer = new byte[FIRST_BYTES];
    private int start;
    private int end;

    /** {@code bytesMax}: the longest object. It may take as long as it likes to come. */
    RpcInput(InputStream in, int bytesMax) {
        this(in, bytesMax, Duration.ofNanos(Long.MAX_VALUE));
    }

    /** {@code limit}: from an object's first byte to its last; looked at when more bytes have come. */
    RpcInput(InputStream in, int bytesMax, Duration limit) {
        this.in = in;
        this.bytesMax = bytesMax;
        this.limitNanos = limit.toNanos();
    }

    /** True when a part of the next object is here already. */
    boolean begun() {
        return end > start;
    }

    /** Waits for at least one byte. Throws {@link EOFException} at a clean end. */
    void await() throws IOException {
        if (!begun()) {
            fill();
        }
    }

    /**
     * The next object as {@code parse} reads it. Throws {@link EOFException} when the stream ends,
     * {@link SocketTimeoutException} when the object took too long, and {@link RpcFault} on bytes that are no such object.
     */
    <T> T read(Function<MsgPackReader, T> parse) throws IOException {
        await();
        long beganNanos = System.nanoTime();
        while (true) {
            var reader = new MsgPackReader(buffer, start, end);
            T value = parse.apply(reader);
            Rejection failure = reader.failure();
            if (failure == null) {
                start += reader.offset();
                return value;
            }
            if (failure != Rejection.TRUNCATED) {
                throw new RpcFault("not a message that Serf's RPC knows: " + failure + " at byte " + reader.offset());
            }
            if (end - start >= bytesMax) {
                throw new RpcFault("a message of more than " + bytesMax + " bytes");
            }
            fill();
            if (System.nanoTime() - beganNanos > limitNanos) {
                throw new SocketTimeoutException("a message that comes too slowly");
            }
        }
    }

    private void fill() throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
        } else if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.min(bytesMax, buffer.length * 4));
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count < 0) {
            throw new EOFException("the connection was closed");
        }
        end += count;
    }
}
