package muster.agent.cli;

import java.util.List;
import java.util.Set;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Given;
import muster.agent.configuration.Schema;
import muster.agent.configuration.UnknownFlag;

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
            new Given(Schema.RETRY_INTERVAL, "30s", "default of serf"));

    private SerfFace() {}

    static int run(List<String> arguments, Console console) {
        String name = arguments.isEmpty() ? "" : arguments.getFirst();
        List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
        return switch (name) {
            case "version", "-v", "-version", "--version" -> {
                console.line(VERSION);
                console.line(Version.PROTOCOL);
                yield Command.OK;
            }
            case "-h", "-help", "--help" -> {
                console.error().print(overview());
                yield Command.OK;
            }
            default -> {
                Command command = COMMANDS.contains(name) ? Commands.named(name) : null;
                if (command == null) {
                    console.error().print(overview());
                    yield NO_COMMAND;
                }
                yield run(command, rest, console);
            }
        };
    }

    private static int run(Command command, List<String> arguments, Console console) {
        try {
            if (command instanceof FlaglessCommand flagless) {
                return flagless.run(arguments, console);
            }
            FlagParser.Parsed parsed = FlagParser.parse(arguments, command.settings());
            if (parsed.helpWanted()) {
                console.error().print(Help.of(command, Face.SERF));
                return Command.OK;
            }
            List<Given> defaults = DEFAULTS.stream()
                    .filter(given -> command.settings().contains(given.setting()))
                    .toList();
            Configuration configuration =
                    Configuration.load(defaults, parsed.given(), console.environment(), command.settings());
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
