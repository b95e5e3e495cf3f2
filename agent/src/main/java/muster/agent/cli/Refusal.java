package muster.agent.cli;

/** A command cannot do what was asked; the message says why and what to do. */
public class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Refusal(String message) {
        super(message);
    }
}
