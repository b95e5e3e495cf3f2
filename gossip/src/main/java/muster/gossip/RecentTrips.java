package muster.gossip;

import java.util.Arrays;

/** The last three round trips to one member; their median is not moved by a single slow one. */
final class RecentTrips {
    private static final int KEPT = 3;

    private final double[] seconds = new double[KEPT];
    private int count;

    double medianWith(double sample) {
        if (count == KEPT) {
            System.arraycopy(seconds, 1, seconds, 0, KEPT - 1);
            count--;
        }
        seconds[count++] = sample;
        double[] sorted = Arrays.copyOf(seconds, count);
        Arrays.sort(sorted);
        return sorted[count / 2];
    }
}
