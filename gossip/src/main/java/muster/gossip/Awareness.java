package muster.gossip;

/**
 * Lifeguard's local health: how far this node should distrust its own judgement. 0 is healthy; each point makes probes
 * that much more patient.
 */
final class Awareness {
    /** Memberlist's awareness maximum of 8: scores 0 to 7. */
    static final int SCORE_MAX = 7;

    private int score;

    void add(int delta) {
        score = Math.clamp((long) score + delta, 0, SCORE_MAX);
    }

    int score() {
        return score;
    }

    long scale(long nanos) {
        return nanos * (score + 1);
    }
}
