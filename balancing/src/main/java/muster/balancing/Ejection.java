package muster.balancing;

/**
 * What this balancer saw of a backend with its own eyes: the local opinion.
 *
 * @param active whether the backend is out now
 * @param reason why, a sentence
 * @param sinceNanos when it was ejected
 * @param untilNanos from then on one trial request is allowed; of no use while a check holds it
 * @param heldByCheck only a passed check ends it: users must not be the second opinion on a failing health check
 * @param onTrial it was given a request since it was ejected, so that a response now means something
 * @param step ejections in close sequence before this one; each doubles the back-off
 * @param endedNanos when the last one ended, if not active
 */
record Ejection(
        boolean active,
        String reason,
        long sinceNanos,
        long untilNanos,
        boolean heldByCheck,
        boolean onTrial,
        int step,
        long endedNanos) {

    /** Far above what any back-off needs to reach its maximum. */
    private static final int STEP_MAX = 40;

    static final Ejection NEVER = new Ejection(false, "", 0, 0, false, false, -1, 0);

    static Ejection begun(long nowNanos, String reason, boolean byCheck, int step, BalancingSettings settings) {
        int bounded = Math.min(step, STEP_MAX);
        return new Ejection(
                true, reason, nowNanos, nowNanos + settings.ejectionNanos(bounded), byCheck, false, bounded, 0);
    }

    boolean trialDue(long nowNanos) {
        return active && !heldByCheck && nowNanos - untilNanos >= 0;
    }

    /** One request goes to it; the next only after another back-off, unless this one is answered. */
    Ejection tried(long nowNanos, BalancingSettings settings) {
        return new Ejection(
                true, reason, sinceNanos, nowNanos + settings.ejectionNanos(step), heldByCheck, true, step, 0);
    }

    Ejection trialFailed(long nowNanos, String newReason, BalancingSettings settings) {
        Ejection longer = begun(nowNanos, newReason, heldByCheck, step + 1, settings);
        return new Ejection(true, newReason, sinceNanos, longer.untilNanos, heldByCheck, false, longer.step, 0);
    }

    Ejection held(String newReason) {
        return new Ejection(true, newReason, sinceNanos, untilNanos, true, onTrial, step, 0);
    }

    Ejection released() {
        return new Ejection(true, reason, sinceNanos, untilNanos, false, onTrial, step, 0);
    }

    Ejection ended(long nowNanos) {
        return new Ejection(false, "", 0, 0, false, false, step, nowNanos);
    }

    /** The step of an ejection that begins now, given that this one is over. */
    int nextStep(long nowNanos, BalancingSettings settings) {
        boolean recent =
                step >= 0 && nowNanos - endedNanos < settings.ejectionMax().toNanos();
        return recent ? step + 1 : 0;
    }
}
