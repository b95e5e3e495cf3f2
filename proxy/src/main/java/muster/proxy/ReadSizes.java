package muster.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/** The buffers that one connection reads into: as big as its reads before suggest, and as it may hold. Its loop's thread only. */
final class ReadSizes extends AdaptiveRecvByteBufAllocator {
    private static final int BYTES_MIN = 512;
    private static final int BYTES_MAX = 64 << 10;

    private final Loop loop;
    private final Runnable whenNone;

    /** {@code whenNone} ends the connection: there is no memory for a buffer at all. */
    ReadSizes(Loop loop, Runnable whenNone) {
        super(BYTES_MIN, Memory.LEAST_BYTES, BYTES_MAX);
        this.loop = loop;
        this.whenNone = whenNone;
    }

    @Override
    @SuppressWarnings("deprecation") // There is no other way to make one.
    public Handle newHandle() {
        return new Limited((ExtendedHandle) super.newHandle());
    }

    private final class Limited extends RecvByteBufAllocator.DelegatingHandle implements ExtendedHandle {
        private final ExtendedHandle adaptive;

        Limited(ExtendedHandle adaptive) {
            super(adaptive);
            this.adaptive = adaptive;
        }

        @Override
        public int guess() {
            return Math.min(adaptive.guess(), loop.memory.shareBytes());
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            int bytes = guess();
            loop.memory.add(bytes);
            try {
                return allocator.ioBuffer(bytes);
            } catch (OutOfMemoryError e) {
                // With io_uring an Error would end the loop with all of its connections, and an exception reaches none
                // of them.
                loop.eventLoop.execute(whenNone);
                throw new IllegalStateException("there is no memory to read into", e);
            }
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            return adaptive.continueReading(maybeMore);
        }
    }
}
