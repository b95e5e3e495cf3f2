package muster.proof.simulator;

/** A promise was broken. The message says which, where, when, and how to see it again. */
public final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final Invariant invariant;

    Violation(Invariant invariant, String message) {
        super(invariant + ": " + message);
        this.invariant = invariant;
    }

    public Invariant invariant() {
        return invariant;
    }
}
