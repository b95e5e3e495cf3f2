package muster.proxy.http1;

import java.util.Arrays;

/** Ascending index ranges of one buffer; neighbours are joined, so a body that passes whole is one range. */
public final class Ranges {
    private int[] ends = new int[16];
    private int count;

    public void clear() {
        count = 0;
    }

    public int count() {
        return count;
    }

    public int from(int n) {
        return ends[2 * n];
    }

    public int to(int n) {
        return ends[2 * n + 1];
    }

    void add(int from, int to) {
        if (count > 0 && ends[2 * count - 1] == from) {
            ends[2 * count - 1] = to;
            return;
        }
        if (2 * count == ends.length) ends = Arrays.copyOf(ends, 2 * ends.length);
        ends[2 * count] = from;
        ends[2 * count + 1] = to;
        count++;
    }
}
