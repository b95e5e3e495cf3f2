package muster.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.internal.PlatformDependent;
import java.util.function.LongSupplier;

/**
 * How much the connections of one loop hold in buffers, and how much one of them may: the less is left, the less. So who holds much
 * and does not get rid of it waits, and something is left for each that comes. Its loop's thread only.
 *
 * <p>They never hold more than the sum kept here, but for the buffers of the event under way. Each buffer that is made is added to it;
 * what became free shows when all is counted again, which is done whenever an eighth of what was left has been added, and before
 * anybody is refused.
 */
final class Memory {
    /** What a connection may always read and hold, each way, however little is left: enough for most heads. */
    static final int LEAST_BYTES = 4 << 10;

    /** What a connection may hold at most, each way. */
    private static final int MOST_BYTES = 256 << 10;

    /** One connection may hold one part in so many of what is left, each way. */
    private static final int SHARES = 16;

    private static final int LEAST_LOG = Integer.numberOfTrailingZeros(LEAST_BYTES);
    private static final int MOST_LOG = Integer.numberOfTrailingZeros(MOST_BYTES);

    /** By the logarithm of the share. Unsent bytes above high pause their source, below low it goes on. */
    private static final WriteBufferWaterMark[] MARKS = new WriteBufferWaterMark[MOST_LOG + 1];

    static {
        for (int log = LEAST_LOG; log <= MOST_LOG; log++) {
            MARKS[log] = new WriteBufferWaterMark(1 << (log - 2), 1 << log);
        }
    }

    /** What a connection may hold while there is enough. */
    static final WriteBufferWaterMark MOST = MARKS[MOST_LOG];

    /** Unsent bytes are counted as what their buffers take up: a read of one byte keeps the whole buffer that was read into. */
    static final MessageSizeEstimator SIZES = () -> part -> part instanceof ByteBuf buffer ? size(buffer) : 0;

    private final long budgetBytes;
    private final LongSupplier count;
    private long heldBytesAtMost;
    private long countedBytes;
    private long countAboveBytes;

    /**
     * @param budgetBytes for all connections of the loop; each may hold {@link #LEAST_BYTES} beyond it
     * @param count counts what they hold now, in bytes
     */
    Memory(long budgetBytes, LongSupplier count) {
        this.budgetBytes = budgetBytes;
        this.count = count;
        heldNow(0);
    }

    /**
     * For each of so many loops: all of them together may hold three eighths of the direct memory. The rest is for what each connection
     * may always hold, and for what pools of buffers keep for themselves.
     */
    static long budgetBytes(int loops) {
        return PlatformDependent.maxDirectMemory() / 8 * 3 / loops;
    }

    /** What a buffer takes up; all of it for a view of a part. */
    static int size(ByteBuf buffer) {
        ByteBuf whole = buffer;
        for (ByteBuf of = buffer.unwrap(); of != null; of = of.unwrap()) whole = of;
        return whole.capacity();
    }

    /** A buffer of so many bytes is made, or grows by them. */
    void add(int bytes) {
        heldBytesAtMost += bytes;
        if (heldBytesAtMost > countAboveBytes) heldNow(count.getAsLong() + bytes);
    }

    private void heldNow(long bytes) {
        heldBytesAtMost = bytes;
        countedBytes = bytes;
        countAboveBytes = bytes + Math.max((budgetBytes - bytes) / 8, budgetBytes / 32);
    }

    /**
     * So much is held beyond the budget that a connection may not even hold what it usually always may. Counted anew before it is said:
     * somebody is refused for it.
     */
    boolean isOverdrawn() {
        long limit = budgetBytes + budgetBytes / 2;
        if (heldBytesAtMost > limit && heldBytesAtMost > countedBytes) heldNow(count.getAsLong());
        return heldBytesAtMost > limit;
    }

    /** One connection may hold less than when there is enough. */
    boolean isShort() {
        return shareLog() < MOST_LOG;
    }

    /** What one connection may hold now, each way. */
    int shareBytes() {
        return 1 << shareLog();
    }

    /** The same as marks for its unsent bytes. */
    WriteBufferWaterMark mark() {
        return MARKS[shareLog()];
    }

    private int shareLog() {
        long share = (budgetBytes - heldBytesAtMost) / SHARES;
        if (share >= MOST_BYTES) return MOST_LOG;
        return share < LEAST_BYTES ? LEAST_LOG : 63 - Long.numberOfLeadingZeros(share);
    }
}
