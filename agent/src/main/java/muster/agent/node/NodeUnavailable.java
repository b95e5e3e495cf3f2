package muster.agent.node;

/** The node takes nothing in, or does not answer in time; the message says why. */
public final class NodeUnavailable extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public NodeUnavailable(String message) {
        super(message);
    }
}
