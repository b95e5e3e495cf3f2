package muster.proxy.http1;

import java.util.Arrays;

/** A byte array that grows, reused for every head that is written. */
public final class Output {
    private byte[] bytes;
    private int length;

    public Output(int capacityBytes) {
        bytes = new byte[capacityBytes];
    }

    /** Valid up to {@link #length()} until the next write. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    public void clear() {
        length = 0;
    }

    public void add(byte[] from, int start, int end) {
        int count = end - start;
        if (bytes.length - length < count) bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        System.arraycopy(from, start, bytes, length, count);
        length += count;
    }

    public void add(byte[] all) {
        add(all, 0, all.length);
    }

    void add(byte one) {
        if (bytes.length == length) bytes = Arrays.copyOf(bytes, 2 * bytes.length + 1);
        bytes[length++] = one;
    }
}
