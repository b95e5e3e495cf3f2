package muster.supervisor;

/** This machine, or who supervises here already, does not let us; the message says why and what to do. */
public final class CannotSupervise extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public CannotSupervise(String message) {
        super(message);
    }
}
