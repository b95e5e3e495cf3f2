package muster.agent.cli;

/** The words of a command line are not what the command takes; its help says what is. */
final class Misuse extends Refusal {
    private static final long serialVersionUID = 1;

    Misuse(String message) {
        super(message);
    }

    /** Where Serf shows its help without a word. */
    static Misuse saidByHelpAlone(String remedy) {
        return new Misuse("", remedy);
    }

    private Misuse(String message, String remedy) {
        super(message, remedy);
    }
}
