package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Configuration;

/** One call of a command: its checked settings, the words after the flags, and where to print. */
record Invocation(Configuration configuration, List<String> words, Console console) {

    /** Throws {@link Refusal} when words were given to a command that takes none. */
    void expectNoWords() {
        if (!words.isEmpty()) {
            throw new Refusal("'" + words.getFirst() + "' is one word too many here" + " (flags go before words)");
        }
    }
}
