package muster.agent.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Given;
import muster.agent.configuration.Schema;
import muster.agent.configuration.UnknownFlag;
import org.jspecify.annotations.Nullable;

/**
 * {@code muster serf …}, or called by the name {@code serf}: Serf's command line, for scripts and units that were written
 * for it. Errors go to standard output, help that was asked for to standard error, and no or an unknown command ends with
 * 127, because Serf has it so.
 */
final class SerfFace {
    private static final int NO_COMMAND = 127;

    /** What Debian's serf calls itself; scripts compare it. */
    private static final String VERSION = "0.8.2-dev";

    private static final Set<String> COMMANDS = Set.of(
            "agent",
            "event",
            "force-leave",
            "info",
            "join",
            "keygen",
            "keys",
            "leave",
            "members",
            "monitor",
            "query",
            "reachability",
            "rtt",
            "tags",
            "version");

    /** Where our defaults are not Serf's. */
    private static final List<Given> DEFAULTS = List.of(
            new Given(Schema.LEAVE_ON_TERMINATE, "false", "default of serf"),
            new Given(Schema.SERIAL_EVENT_HANDLERS, "true", "default of serf"), // scripts may count on it
            new Given(Schema.RETRY_INTERVAL, "30s", "default of serf"));

    private SerfFace() {}

    static int run(List<String> arguments, Console console) {
        String name = arguments.isEmpty() ? "" : arguments.getFirst();
        // As Serf: a word that asks for the version does so wherever it stands, one that asks for help before "--".
        if (name.equals("-version") || arguments.contains("-v") || arguments.contains("--version")) {
            return version(console);
        }
        int dashes = arguments.indexOf("--");
        List<String> beforeDashes = dashes < 0 ? arguments : arguments.subList(0, dashes);
        if (beforeDashes.stream().anyMatch(Main.HELP::contains)) {
            return help(beforeDashes, console);
        }
        if (name.equals("version")) {
            return version(console);
        }
        Command command = named(name);
        if (command == null) {
            console.error().print(overview());
            return NO_COMMAND;
        }
        return run(command, arguments.subList(1, arguments.size()), console);
    }

    private static @Nullable Command named(String name) {
        return COMMANDS.contains(name) ? Commands.named(name) : null;
    }

    private static int version(Console console) {
        console.line(VERSION);
        console.line(Version.PROTOCOL);
        return Command.OK;
    }

    /** Of the command that is the first word without a dash, of all where there is none. */
    private static int help(List<String> words, Console console) {
        String name =
                words.stream().filter(word -> !word.startsWith("-")).findFirst().orElse("");
        Command command = named(name);
        console.error().print(command == null ? overview() : Help.of(command, Face.SERF));
        return command == null && !name.isEmpty() ? NO_COMMAND : Command.OK;
    }

    private static int run(Command command, List<String> arguments, Console console) {
        try {
            if (command instanceof FlaglessCommand flagless) {
                return flagless.run(List.of(), console); // Serf passes over what follows
            }
            FlagParser.Parsed parsed = FlagParser.parse(arguments, command.settings());
            if (parsed.helpWanted()) {
                console.error().print(Help.of(command, Face.SERF));
                return Command.OK;
            }
            List<Given> defaults = DEFAULTS.stream()
                    .filter(given -> command.settings().contains(given.setting()))
                    .toList();
            // Serf's variables are for its clients: an agent has its address and its key from flags and files.
            Map<String, String> environment = command instanceof ClientCommand
                    ? console.environment()
                    : EnvironmentReader.withoutSerfs(console.environment());
            Configuration configuration = Configuration.load(defaults, parsed.given(), environment, command.settings());
            return command.run(new Invocation(configuration, parsed.words(), console, Face.SERF));
        } catch (UnknownFlag e) {
            console.error().print("flag provided but not defined: -" + e.flag() + "\n");
            console.out().print(Help.of(command, Face.SERF));
        } catch (Misuse e) {
            console.line(String.valueOf(e.getMessage()));
            console.line("");
            console.out().print(Help.of(command, Face.SERF));
        } catch (BadConfiguration | Refusal e) {
            console.line(String.valueOf(e.getMessage()));
        }
        return Command.FAILED;
    }

    private static String overview() {
        var text =
                new StringBuilder("Usage: serf [--version] [--help] <command> [<args>]\n\nAvailable commands are:\n");
        for (String name : COMMANDS.stream().sorted().toList()) {
            Command command = Commands.named(name);
            if (command != null) {
                text.append("    %-15s %s%n".formatted(name, command.summary()));
            }
        }
        return text.append('\n').toString();
    }
}
