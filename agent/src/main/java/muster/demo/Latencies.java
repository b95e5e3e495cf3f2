package muster.demo;

import java.util.Arrays;

/**
 * Latencies in microseconds, each with the time of its answer.
 * Exact, because it keeps them all. Thread-safe.
 */
final class Latencies {
    /** 24 MB; nearly three hours of the usual 200/s. Later ones are counted in {@link #left}, but not kept. */
    static final int SAMPLES_MAX = 2_000_000;

    private long[] answeredNanos = new long[1_024];
    private int[] micros = new int[1_024];
    private int size;
    private long left;

    synchronized void add(long answered, long latencyNanos) {
        if (size == SAMPLES_MAX) {
            left++;
            return;
        }
        if (size == micros.length) {
            int larger = (int) Math.min(SAMPLES_MAX, size * 2L);
            micros = Arrays.copyOf(micros, larger);
            answeredNanos = Arrays.copyOf(answeredNanos, larger);
        }
        answeredNanos[size] = answered;
        micros[size] = (int) Math.min(Integer.MAX_VALUE, Math.max(0, latencyNanos) / 1_000);
        size++;
    }

    /** How many are missing in all figures, because there were more than {@link #SAMPLES_MAX}. */
    synchronized long left() {
        return left;
    }

    Summary all() {
        return between(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** Of the requests answered from {@code fromNanos} to before {@code toNanos}; both may be of {@link System#nanoTime}. */
    synchronized Summary between(long fromNanos, long toNanos) {
        boolean everything = fromNanos == Long.MIN_VALUE;
        int[] chosen = new int[size];
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (everything || (answeredNanos[i] - fromNanos >= 0 && answeredNanos[i] - toNanos < 0)) {
                chosen[count++] = micros[i];
            }
        }
        int[] sorted = Arrays.copyOf(chosen, count);
        Arrays.sort(sorted);
        return new Summary(count, percentile(sorted, 0.50), percentile(sorted, 0.99), percentile(sorted, 1));
    }

    /** Nearest rank: the smallest value that at least {@code part} of all do not exceed; 0 when there are none. */
    static int percentile(int[] sorted, double part) {
        if (sorted.length == 0) {
            return 0;
        }
        int rank = (int) Math.ceil(part * sorted.length);
        return sorted[Math.max(1, rank) - 1];
    }

    /** All times in microseconds. */
    record Summary(int count, int p50, int p99, int max) {}
}
