package muster.haproxy;

import muster.templating.target.Outcome;
import muster.templating.target.Pace;

/** When to try what can fail: at once if it is new and the pause is over, otherwise in growing steps. Threads: one at a time. */
final class Attempts {
    private final Pace pace;
    private final Journal journal;
    private String last = "";

    Attempts(Pace pace, Journal journal) {
        this.pace = pace;
        this.journal = journal;
    }

    /** Whether to try this now. If so, {@link #ended} says how it went. */
    boolean areDue(String what) {
        if (!what.equals(last)) {
            last = what;
            pace.changed();
        }
        if (pace.dueInNanos(System.nanoTime()) > 0) {
            return false;
        }
        pace.begun();
        return true;
    }

    void ended(Outcome outcome) {
        pace.ended(System.nanoTime(), outcome.isFailure());
        if (outcome.isFailure()) {
            journal.count("files-refused");
            journal.warn(outcome.words());
        } else {
            last = "";
            journal.wentWell();
        }
    }

    /** It went well and did not help: the same is not new. */
    void didNotHelp(String what) {
        last = what;
        pace.ended(System.nanoTime(), true);
    }

    /** There is nothing to try. */
    void settled() {
        last = "";
        pace.settled();
    }
}
