package muster.gossip;

import java.util.random.RandomGenerator;
import muster.gossip.wire.Coordinate;

/**
 * Our own network coordinate: each measured round trip pulls or pushes it so that distances become round-trip times.
 * Parameters are Serf's. Without a limit a hostile peer could fling us anywhere; gravity pulls all back to one origin.
 */
final class Vivaldi {
    private static final double ERROR_MAX = 1.5;
    private static final double ERROR_GAIN = 0.25;
    private static final double POSITION_GAIN = 0.25;
    private static final double HEIGHT_MIN_SECONDS = 1e-5;
    private static final double GRAVITY_RHO_SECONDS = 150;
    private static final double ZERO = 1e-6;
    private static final long ROUND_TRIP_MAX_NANOS = 10_000_000_000L;
    private static final int ADJUSTMENT_WINDOW = 20;
    private static final Coordinate ORIGIN =
            new Coordinate(new double[Coordinate.DIMENSIONS], ERROR_MAX, 0, HEIGHT_MIN_SECONDS);

    private final RandomGenerator random;
    private final double[] adjustments = new double[ADJUSTMENT_WINDOW];
    private int adjustmentIndex;
    private Coordinate here = ORIGIN;
    private long resets;

    Vivaldi(RandomGenerator random) {
        this.random = random;
    }

    Coordinate here() {
        return here;
    }

    long resets() {
        return resets;
    }

    /** A peer at {@code there} answered after {@code nanos}. False when that is not to be believed. */
    boolean measured(RecentTrips trips, Coordinate there, long nanos) {
        if (nanos < 0 || nanos > ROUND_TRIP_MAX_NANOS) {
            return false;
        }
        double seconds = trips.medianWith(nanos / 1e9);
        double[] vec = here.vec();
        double height = here.height();

        double trip = Math.max(seconds, ZERO);
        double wrongness = Math.abs(distance(here, there) - trip) / trip;
        double weight = here.error() / Math.max(here.error() + there.error(), ZERO);
        double error = Math.min(ERROR_MAX, ERROR_GAIN * weight * wrongness + here.error() * (1 - ERROR_GAIN * weight));
        double force = POSITION_GAIN * weight * (trip - distance(here, there));
        height = push(vec, height, force, there);
        double adjustment = adjustment(vec, height, there, seconds);
        double pull = distance(vec, height, adjustment, ORIGIN) / GRAVITY_RHO_SECONDS;
        height = push(vec, height, -pull * pull, ORIGIN);
        here = valid(vec, error, adjustment, height);
        return true;
    }

    private Coordinate valid(double[] vec, double error, double adjustment, double height) {
        boolean finite = Double.isFinite(error) && Double.isFinite(adjustment) && Double.isFinite(height);
        for (double value : vec) {
            finite &= Double.isFinite(value);
        }
        if (finite) {
            return new Coordinate(vec, error, adjustment, height);
        }
        resets++;
        return ORIGIN;
    }

    /** Seconds between two members, as estimated. */
    static double distance(Coordinate a, Coordinate b) {
        return distance(a.vec(), a.height(), a.adjustment(), b);
    }

    private static double distance(double[] vec, double height, double adjustment, Coordinate other) {
        double raw = rawDistance(vec, height, other);
        double adjusted = raw + adjustment + other.adjustment();
        return adjusted > 0 ? adjusted : raw;
    }

    private static double rawDistance(double[] vec, double height, Coordinate other) {
        return magnitude(difference(vec, other)) + height + other.height();
    }

    private double adjustment(double[] vec, double height, Coordinate there, double seconds) {
        adjustments[adjustmentIndex] = seconds - rawDistance(vec, height, there);
        adjustmentIndex = (adjustmentIndex + 1) % ADJUSTMENT_WINDOW;
        double sum = 0;
        for (double sample : adjustments) {
            sum += sample;
        }
        return sum / (2 * ADJUSTMENT_WINDOW);
    }

    /** Moves {@code vec} away from {@code other} by {@code force} seconds (towards it when negative); gives the new height. */
    private double push(double[] vec, double height, double force, Coordinate other) {
        double[] direction = difference(vec, other);
        double length = magnitude(direction);
        boolean apart = length > ZERO;
        if (!apart) {
            for (int i = 0; i < direction.length; i++) {
                direction[i] = random.nextDouble() - 0.5;
            }
        }
        double unit = apart ? length : Math.max(magnitude(direction), ZERO);
        for (int i = 0; i < vec.length; i++) {
            vec[i] += direction[i] / unit * force;
        }
        return apart ? Math.max(HEIGHT_MIN_SECONDS, (height + other.height()) * force / length + height) : height;
    }

    private static double[] difference(double[] vec, Coordinate other) {
        double[] difference = vec.clone();
        for (int i = 0; i < difference.length; i++) {
            difference[i] -= other.at(i);
        }
        return difference;
    }

    private static double magnitude(double[] vec) {
        double sum = 0;
        for (double value : vec) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }
}
