package muster.gossip;

/**
 * Memberlist's numbers that grow with the cluster. {@link StrictMath}, because {@link Math} may differ in the last bit
 * between interpreted and compiled code, and a simulation must repeat exactly.
 */
final class Formulas {
    /** Up to this many members push/pull keeps its pace; each doubling beyond slows it by one more interval. */
    private static final int PUSH_PULL_STEADY_UNTIL = 32;

    private static final long MILLI = 1_000_000;

    private Formulas() {}

    /** How often one broadcast is sent, with {@code members} known. */
    static int retransmits(int multiplier, int members) {
        return multiplier * (int) StrictMath.ceil(StrictMath.log10(members + 1.0));
    }

    /** The shortest time a suspicion lasts. Three decimals of the logarithm count, as in memberlist. */
    static long suspicionNanos(int multiplier, int members, long probeEveryNanos) {
        double scale = Math.max(1.0, StrictMath.log10(Math.max(1.0, members)));
        return multiplier * (long) (scale * 1000) * probeEveryNanos / 1000;
    }

    /** How long a suspicion still lasts after {@code confirmations} of {@code wanted}; zero or less: it is over. */
    static long suspicionLeftNanos(
            int confirmations, int wanted, long elapsedNanos, long minimumNanos, long maximumNanos) {
        if (wanted < 1) {
            return minimumNanos - elapsedNanos;
        }
        double share = StrictMath.log(confirmations + 1.0) / StrictMath.log(wanted + 1.0);
        double whole = maximumNanos - share * (maximumNanos - minimumNanos);
        long wholeMillis = (long) StrictMath.floor(whole / MILLI);
        return Math.max(wholeMillis * MILLI, minimumNanos) - elapsedNanos;
    }

    /** Time between two push/pulls, with {@code members} known. */
    static long pushPullNanos(long everyNanos, int members) {
        if (members <= PUSH_PULL_STEADY_UNTIL) {
            return everyNanos;
        }
        int doublings = 32 - Integer.numberOfLeadingZeros((members - 1) / PUSH_PULL_STEADY_UNTIL);
        return everyNanos * (doublings + 1);
    }
}
