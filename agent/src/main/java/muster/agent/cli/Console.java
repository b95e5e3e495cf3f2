package muster.agent.cli;

import java.io.PrintStream;
import java.util.Map;

/** Where a command reads and prints: the real terminal, or a test's. */
public record Console(PrintStream out, PrintStream error, Map<String, String> environment) {

    /** As this one, with all on the error stream: where standard output belongs to others. */
    Console toError() {
        return new Console(error, error, environment);
    }

    /** Prints one line, with {@code \n} on every system: scripts read it. */
    public void line(String text) {
        out.print(text + "\n");
    }
}
