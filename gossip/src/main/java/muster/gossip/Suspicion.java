package muster.gossip;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lifeguard's suspicion of one member: it lasts long while we alone hold it, and less with each independent peer that
 * confirms it.
 */
final class Suspicion {
    private final Set<String> accusers = new LinkedHashSet<>();
    private final int wanted;
    private final long minimumNanos;
    private final long maximumNanos;
    private long startNanos;
    private Agenda.@Nullable Entry end;
    private Agenda.@Nullable Entry question;

    /** {@code wanted} confirmations bring the time down to the minimum; 0 expects none, and starts there. */
    Suspicion(String accuser, int wanted, long startNanos, long minimumNanos, long maximumNanos) {
        accusers.add(accuser);
        this.wanted = wanted;
        this.startNanos = startNanos;
        this.minimumNanos = minimumNanos;
        this.maximumNanos = maximumNanos;
    }

    /** True when this accuser is news: only then is the suspicion worth telling others again. */
    boolean confirmedBy(String accuser) {
        return confirmations() < wanted && accusers.add(accuser);
    }

    int confirmations() {
        return accusers.size() - 1;
    }

    /** Fewer confirm it than could. */
    boolean poorlyConfirmed() {
        return confirmations() < wanted;
    }

    /** When it ends, as things stand. */
    long endNanos(long nowNanos) {
        long elapsed = nowNanos - startNanos;
        return nowNanos
                + Math.max(
                        0, Formulas.suspicionLeftNanos(confirmations(), wanted, elapsed, minimumNanos, maximumNanos));
    }

    /** The time in which this node itself stood still does not count against the suspect. */
    void forgive(long nanos) {
        startNanos += nanos;
    }

    /** {@code asking}: the last question, before the end. */
    void plan(Agenda.Entry asking, Agenda.Entry ending) {
        cancel();
        question = asking;
        end = ending;
    }

    void cancel() {
        for (Agenda.Entry planned : new Agenda.@Nullable Entry[] {question, end}) {
            if (planned != null) {
                planned.cancel();
            }
        }
    }
}
