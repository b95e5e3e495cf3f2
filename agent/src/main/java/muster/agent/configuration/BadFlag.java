package muster.agent.configuration;

/** A word that begins with a dash is no flag of the command, or lacks its value. */
public final class BadFlag extends BadConfiguration {
    private static final long serialVersionUID = 1;

    private final String inGosWords;

    /** {@code problem} says what to do. */
    BadFlag(String inGosWords, String problem) {
        super(problem);
        this.inGosWords = inGosWords;
    }

    /** What Go's flag package says of it, and so Serf. */
    public String inGosWords() {
        return inGosWords;
    }
}
