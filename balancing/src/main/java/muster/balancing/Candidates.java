package muster.balancing;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A pool's backends sorted for picking, prepared once for each change so that a pick allocates nothing. Immutable; the
 * backends in it move on, which their pool's pulse tells.
 */
final class Candidates {
    /**
     * Longest rotation; weights are scaled down where it would be longer. 16 k slots keep a share exact to 0.01 % and
     * cost 32 KiB.
     */
    static final int ROTATION_SLOTS_MAX = 16_384;

    /** Draws for a second choice that differs, where one backend has nearly all the weight; then any other will do. */
    private static final int WEIGHTED_DRAWS_MAX = 4;

    /** The pulse of the pool before its backends were looked at. */
    final int pulse;

    /** Ready, with a weight. */
    final Backend[] ready;

    /** For the panic rule, better ones first: {@code doubtful}, {@code unready}, {@code draining}. */
    final Backend[] doubtful;

    final Backend[] unready;

    final Backend[] draining;

    /** When the first ejected backend may have a trial request; of no use if {@link #trialsAhead} is false. */
    final long nextTrialNanos;

    final boolean trialsAhead;

    /** Indexes into ready, each as often as its weight says; empty when all weights are equal. */
    private final short[] rotation;

    private Candidates(
            int pulse,
            Backend[] ready,
            Backend[] doubtful,
            Backend[] unready,
            Backend[] draining,
            boolean trialsAhead,
            long nextTrialNanos,
            int[] weights) {
        this.pulse = pulse;
        this.ready = ready;
        this.doubtful = doubtful;
        this.unready = unready;
        this.draining = draining;
        this.trialsAhead = trialsAhead;
        this.nextTrialNanos = nextTrialNanos;
        boolean equal = Arrays.stream(weights).distinct().count() <= 1;
        this.rotation = equal ? new short[0] : rotation(weights);
    }

    static Candidates of(List<Backend> backends, PoolLife life) {
        int pulse = life.pulse();
        var ready = new Backend[backends.size()];
        var doubtful = new Backend[backends.size()];
        var unready = new Backend[backends.size()];
        var draining = new Backend[backends.size()];
        var weights = new int[backends.size()];
        int readyCount = 0;
        int doubtfulCount = 0;
        int unreadyCount = 0;
        int drainingCount = 0;
        boolean trialsAhead = false;
        long nextTrialNanos = 0;
        for (Backend backend : backends) {
            int weight = backend.weight();
            switch (backend.state()) {
                case READY -> {
                    if (weight > 0) {
                        weights[readyCount] = weight;
                        ready[readyCount++] = backend;
                    } else {
                        doubtful[doubtfulCount++] = backend;
                    }
                }
                case JOINING, SUSPECT -> doubtful[doubtfulCount++] = backend;
                case UNREADY -> unready[unreadyCount++] = backend;
                case EJECTED -> {
                    doubtful[doubtfulCount++] = backend;
                    if (weight > 0 && backend.hasTrialAhead()) {
                        long due = backend.trialNanos();
                        if (!trialsAhead || due - nextTrialNanos < 0) {
                            nextTrialNanos = due;
                        }
                        trialsAhead = true;
                    }
                }
                case DRAINING -> draining[drainingCount++] = backend;
                case GONE -> {}
            }
        }
        return new Candidates(
                pulse,
                Arrays.copyOf(ready, readyCount),
                Arrays.copyOf(doubtful, doubtfulCount),
                Arrays.copyOf(unready, unreadyCount),
                Arrays.copyOf(draining, drainingCount),
                trialsAhead,
                nextTrialNanos,
                Arrays.copyOf(weights, readyCount));
    }

    /** Round robin: the ready backend whose turn it is. */
    Backend inTurn(long turn) {
        return rotation.length == 0
                ? ready[(int) (turn % ready.length)]
                : ready[rotation[(int) (turn % rotation.length)]];
    }

    /** Two choices among the ready ones. */
    Backend ofTwo(RandomGenerator random) {
        int count = ready.length;
        if (count == 1) {
            return ready[0];
        }
        int first;
        int second;
        if (rotation.length == 0) {
            first = random.nextInt(count);
            second = other(first, random);
        } else {
            // Each is in the rotation as often as its weight says: a random slot is a draw by weight.
            first = rotation[random.nextInt(rotation.length)];
            second = rotation[random.nextInt(rotation.length)];
            for (int draw = 1; second == first && draw < WEIGHTED_DRAWS_MAX; draw++) {
                second = rotation[random.nextInt(rotation.length)];
            }
            second = second == first ? other(first, random) : second;
        }
        Backend one = ready[first];
        Backend other = ready[second];
        // in flight / weight, without dividing. Equal loads go to the first, which was drawn by weight alone.
        return (long) other.inFlight() * one.weight() < (long) one.inFlight() * other.weight() ? other : one;
    }

    /** A random one of these that was not tried; null if there is none. */
    static @Nullable Backend anyOf(Backend[] backends, Collection<Backend> tried, RandomGenerator random) {
        if (backends.length == 0) {
            return null;
        }
        int start = random.nextInt(backends.length);
        for (int i = 0; i < backends.length; i++) {
            Backend backend = backends[(start + i) % backends.length];
            // The state is asked again: it may have gone since these candidates were prepared.
            if (backend.state() != Backend.State.GONE && !tried.contains(backend)) {
                return backend;
            }
        }
        return null;
    }

    /** Any index but this one. */
    private int other(int index, RandomGenerator random) {
        int drawn = random.nextInt(ready.length - 1);
        return drawn >= index ? drawn + 1 : drawn;
    }

    /**
     * Each index as often as its weight (divided by what all weights have in common) says, at even distances. Index i
     * of n starts at the fraction (i + ½)/n of its distance, so that equal weights come out in order and unequal ones
     * do not bunch.
     */
    private static short[] rotation(int[] weights) {
        int common = 0;
        long sum = 0;
        for (int weight : weights) {
            common = gcd(weight, common);
            sum += weight;
        }
        var slots = new int[weights.length];
        int slotCount = 0;
        for (int i = 0; i < weights.length; i++) {
            long exact = sum / common <= ROTATION_SLOTS_MAX
                    ? weights[i] / common
                    : Math.max(1, weights[i] * (long) (ROTATION_SLOTS_MAX - weights.length) / sum);
            slots[i] = (int) exact;
            slotCount += slots[i];
        }
        // Position in the round (40 bits) and index (16 bits) in one number, so that sorting numbers sorts the slots.
        var places = new long[slotCount];
        int next = 0;
        for (int i = 0; i < slots.length; i++) {
            for (int k = 0; k < slots[i]; k++) {
                double position = (k + (i + 0.5) / slots.length) / slots[i];
                places[next++] = ((long) (position * (1L << 40)) << 16) | i;
            }
        }
        Arrays.sort(places);
        var rotation = new short[slotCount];
        for (int i = 0; i < slotCount; i++) {
            rotation[i] = (short) (places[i] & 0x7fff);
        }
        return rotation;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
