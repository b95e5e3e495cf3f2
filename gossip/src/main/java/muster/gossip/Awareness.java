package muster.gossip;

import java.util.function.IntConsumer;

/**
 * Lifeguard's local health: how far this node should distrust its own judgement. 0 is healthy; each point makes probes
 * that much more patient.
 */
final class Awareness {
    /** Memberlist's awareness maximum of 8: scores 0 to 7. */
    static final int SCORE_MAX = 7;

    private final IntConsumer told;
    private int score;

    /** {@code told} hears each new score. */
    Awareness(IntConsumer told) {
        this.told = told;
    }

    void add(int delta) {
        int before = score;
        score = Math.clamp((long) score + delta, 0, SCORE_MAX);
        if (score != before) {
            told.accept(score);
        }
    }

    int score() {
        return score;
    }

    long scale(long nanos) {
        return nanos * (score + 1);
    }
}
