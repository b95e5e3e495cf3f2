package muster.agent.cli;

import java.io.PrintStream;
import java.util.Map;

/** Where a command reads and prints: the real terminal, or a test's. */
public record Console(PrintStream out, PrintStream error, Map<String, String> environment) {

    /** Prints one line, with {@code \n} on every system: scripts read it. */
    public void line(String text) {
        out.print(text + "\n");
    }
}
