package muster.agent.node;

/** A node cannot start on this host; the message says why and what to do. */
public final class CannotStart extends Exception {
    private static final long serialVersionUID = 1;

    public CannotStart(String message) {
        super(message);
    }
}
