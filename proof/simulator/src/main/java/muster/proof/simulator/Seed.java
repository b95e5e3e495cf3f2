package muster.proof.simulator;

import java.util.SplittableRandom;

/** The one number from which a whole run follows. */
public record Seed(long value) {
    /**
     * A generator for one concern ("delays", "faults" …). Each concern has its own, so that drawing one more number for
     * one of them does not shift the others.
     */
    public SplittableRandom stream(String concern) {
        return stream(concern, 0);
    }

    /** A generator for one concern of one thing, for instance a node's own randomness in its third life. */
    public SplittableRandom stream(String concern, long index) {
        // String.hashCode is specified, so this is the same everywhere.
        long mixed = mix(mix(value) + concern.hashCode());
        return new SplittableRandom(mix(mixed + index));
    }

    /** David Stafford's variant 13 of the finalizer of MurmurHash3: every bit of the input reaches every bit. */
    private static long mix(long bits) {
        long mixed = (bits + 0x9e3779b97f4a7c15L) ^ (bits >>> 30);
        mixed *= 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    @Override
    public String toString() {
        return "seed=" + value;
    }
}
