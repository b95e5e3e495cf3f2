package muster.agent.cli;

/** A command cannot do what was asked. */
public class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String remedy;

    /** {@code message} says why and what to do. */
    public Refusal(String message) {
        this(message, "");
    }

    /** What to do stands apart, for those who know the message as Serf's. */
    Refusal(String message, String remedy) {
        super(message);
        this.remedy = remedy;
    }

    /** A line of its own; may be empty. */
    final String remedy() {
        return remedy;
    }
}
