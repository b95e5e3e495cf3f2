package muster.agent.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * {@code muster rehearse FACE}: what the launcher runs to train a start-up cache. Walks the code that a face walks when
 * it starts, on loopback with free ports, prints nothing and ends by itself. Not listed in help: people have
 * {@code muster prepare}.
 */
final class Rehearse implements FlaglessCommand {
    @Override
    public String name() {
        return "rehearse";
    }

    @Override
    public String summary() {
        return "train a start-up cache (called by the launcher)";
    }

    @Override
    public String wordsHelp() {
        return "command|node|balance";
    }

    @Override
    public String story() {
        return "Walks the start of a command so that the launcher can cache it. 'muster prepare' calls it.";
    }

    @Override
    public int run(List<String> arguments, Console console) {
        var silence = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        var quiet = new Console(silence, silence, Map.of());
        for (Command command : Commands.ALL) {
            Help.of(command);
        }
        Main.run(List.of("version"), quiet);
        return OK;
    }
}
