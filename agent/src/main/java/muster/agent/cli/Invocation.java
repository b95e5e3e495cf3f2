package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Configuration;

/** One call of a command: its checked settings, the words after the flags, where to print, and as which program. */
record Invocation(Configuration configuration, List<String> words, Console console, Face face) {

    /** Throws {@link Refusal} when words were given to a command that takes none; Serf does not look at them. */
    void expectNoWords() {
        if (!words.isEmpty() && face == Face.MUSTER) {
            throw new Refusal("'" + words.getFirst() + "' is one word too many here" + " (flags go before words)");
        }
    }
}
