package muster.gossip.wire;

import java.util.Arrays;

/**
 * A place in Serf's Vivaldi space; distances in it are round-trip times in seconds. All numbers are finite. Immutable.
 */
public final class Coordinate {
    public static final int DIMENSIONS = 8;

    private final double[] vec;
    private final double error;
    private final double adjustment;
    private final double height;

    /** Copies {@code vec}. Throws {@link IllegalArgumentException} unless it holds {@link #DIMENSIONS} and all is finite. */
    public Coordinate(double[] vec, double error, double adjustment, double height) {
        if (vec.length != DIMENSIONS
                || !Arrays.stream(vec).allMatch(Double::isFinite)
                || !Double.isFinite(error)
                || !Double.isFinite(adjustment)
                || !Double.isFinite(height)) {
            throw new IllegalArgumentException(
                    "a coordinate has " + DIMENSIONS + " finite numbers and finite error, adjustment and height");
        }
        this.vec = vec.clone();
        this.error = error;
        this.adjustment = adjustment;
        this.height = height;
    }

    /** The {@code index}th number, in seconds; 0 to 7. */
    public double at(int index) {
        return vec[index];
    }

    /** A copy of the numbers. */
    public double[] vec() {
        return vec.clone();
    }

    /** How sure the member is: 0 certain, 1.5 not at all. */
    public double error() {
        return error;
    }

    /** Seconds to add to both sides' distance where that stays positive. */
    public double adjustment() {
        return adjustment;
    }

    /** Seconds from the member to the network's core. */
    public double height() {
        return height;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Coordinate that
                && Arrays.equals(vec, that.vec)
                && Double.compare(error, that.error) == 0
                && Double.compare(adjustment, that.adjustment) == 0
                && Double.compare(height, that.height) == 0;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(vec) * 31 + Double.hashCode(height);
    }

    @Override
    public String toString() {
        return "Coordinate" + Arrays.toString(vec) + " error=" + error + " adjustment=" + adjustment + " height="
                + height;
    }
}
