package muster.proxy.http1;

/**
 * How long a message head may be.
 *
 * @param lineBytes the request or status line without its line end
 * @param headBytes the whole head with the empty line that ends it
 * @param fields header lines
 */
public record HeadLimits(int lineBytes, int headBytes, int fields) {
    /** What the common servers take: 8 KiB, 16 KiB, 100 fields. */
    public static final HeadLimits DEFAULTS = new HeadLimits(8 << 10, 16 << 10, 100);

    public HeadLimits {
        if (lineBytes < 64 || headBytes < lineBytes || headBytes > 1 << 20 || fields < 4 || fields > 10_000) {
            throw new IllegalArgumentException("head limits line=" + lineBytes + " head=" + headBytes + " fields="
                    + fields + ": want 64 <= line <= head <= 1048576 bytes and 4 to 10000 fields");
        }
    }
}
