package muster.agent.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.BadFlag;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Durations;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Given;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import org.jspecify.annotations.Nullable;

/**
 * {@code muster serf …}, or called by the name {@code serf}: Serf's command line, for scripts and units that were written
 * for it. Errors go to standard output, help that was asked for and what is wrong with a flag to standard error, and no or
 * an unknown command ends with 127, because Serf has it so. Help is ours but for its first line.
 */
final class SerfFace {
    private static final int NO_COMMAND = 127;

    /** What Debian's serf calls itself; scripts compare it. */
    private static final String VERSION = "0.8.2-dev";

    private static final String AGENT = "agent";

    /** Serf's commands, and what the first line of their help has after them. */
    private static final Map<String, String> COMMANDS = new TreeMap<>(Map.ofEntries(
            Map.entry(AGENT, " [options]"),
            Map.entry("event", " [options] name payload"),
            Map.entry("force-leave", " [options] name"),
            Map.entry("info", " [options]"),
            Map.entry("join", " [options] address ..."),
            Map.entry("keygen", ""),
            Map.entry("keys", " [options]..."),
            Map.entry("leave", ""),
            Map.entry("members", " [options]"),
            Map.entry("monitor", " [options]"),
            Map.entry("query", " [options] name payload"),
            Map.entry("reachability", " [options]"),
            Map.entry("rtt", " [options] node1 [node2]"),
            Map.entry("tags", " [options] ..."),
            Map.entry("version", "")));

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
        return COMMANDS.containsKey(name) ? Commands.named(name) : null;
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
        console.error().print(command == null ? overview() : help(command));
        return command == null && !name.isEmpty() ? NO_COMMAND : Command.OK;
    }

    private static String help(Command command) {
        return Help.of(command, "Usage: serf " + command.name() + COMMANDS.get(command.name()));
    }

    private static int run(Command command, List<String> arguments, Console console) {
        try {
            List<String> heeded = command instanceof Keygen ? List.of() : arguments; // Serf passes over what follows
            FlagParser.Parsed parsed = FlagParser.parse(heeded, command.settings());
            if (parsed.helpWanted()) {
                console.error().print(help(command));
                return Command.OK;
            }
            for (Given given : parsed.given()) {
                String said = inGosWords(command, given);
                if (!said.isEmpty()) {
                    return refuseFlag(command, said, console);
                }
            }
            for (Given given : parsed.given()) {
                if (given.setting().flag().equals("role")) {
                    complain(command, "Deprecation warning: 'Role' has been replaced with 'Tags'", console);
                }
                String said = inSerfsWords(command, given);
                if (!said.isEmpty()) {
                    complain(command, said, console);
                    return Command.FAILED;
                }
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
        } catch (BadFlag e) {
            return refuseFlag(command, e.inGosWords(), console);
        } catch (Misuse e) {
            String message = String.valueOf(e.getMessage());
            if (!message.isEmpty()) {
                complain(command, message + "\n", console);
            }
            console.out().print(help(command));
        } catch (BadConfiguration | Refusal e) {
            complain(command, String.valueOf(e.getMessage()), console);
        }
        return Command.FAILED;
    }

    /** Serf's agent begins with an arrow whatever it says. */
    private static void complain(Command command, String text, Console console) {
        console.line((command.name().equals(AGENT) ? "==> " : "") + text);
    }

    private static int refuseFlag(Command command, String said, Console console) {
        console.error().print(said + "\n");
        complain(command, help(command).stripTrailing(), console);
        return Command.FAILED;
    }

    /** What Go's flag package says of a value that it cannot read; empty where it can. */
    private static String inGosWords(Command command, Given given) {
        Kind<?> kind = given.setting().kind();
        String flag = given.setting().flag();
        if (kind.shape() == Kind.Shape.SWITCH) {
            return isTaken(given)
                    ? ""
                    : "invalid boolean value \"" + given.text() + "\" for -" + flag + ": parse error";
        }
        boolean read = switch (kind.valueName()) {
            case "NUMBER" -> isWhole(given.text());
            case "DURATION" -> command.name().equals(AGENT) || isTime(given.text());
            default -> true;
        };
        return read ? "" : "invalid value \"" + given.text() + "\" for flag -" + flag + ": parse error";
    }

    /** What Serf says of a value that Go can read and Serf does not take; empty where that is left to us. */
    private static String inSerfsWords(Command command, Given given) {
        String text = given.text();
        String name = command.name();
        if (isTaken(given)) {
            return "";
        }
        return switch (given.setting().flag()) {
            case "tag", "set" -> "Error: Invalid tag: '" + text + "'";
            case "relay-factor" -> "Relay factor must be between 0 and 255";
            case "profile" -> "Unknown profile: " + text;
            case "format" ->
                name.equals("query")
                        ? "Invalid format: " + text
                        : "Encoding error: Invalid output format \"" + text + "\"";
            case "log-level" -> {
                String upper = text.toUpperCase(Locale.ROOT);
                yield name.equals(AGENT)
                        ? "Invalid log level: " + upper + ". Valid log levels are: [TRACE DEBUG INFO WARN ERR]"
                        : "Error starting monitor: Unknown log level: " + upper;
            }
            default -> "";
        };
    }

    private static boolean isTaken(Given given) {
        try {
            Object _ = given.setting().kind().parse().apply(given.text());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isTime(String text) {
        try {
            Durations.parse(text.startsWith("-") ? text.substring(1) : text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isWhole(String text) {
        return text.matches("[+-]?\\d{1,18}");
    }

    private static String overview() {
        var text =
                new StringBuilder("Usage: serf [--version] [--help] <command> [<args>]\n\nAvailable commands are:\n");
        for (String name : COMMANDS.keySet()) {
            Command command = Commands.named(name);
            if (command != null) {
                text.append("    %-15s %s%n".formatted(name, command.summary()));
            }
        }
        return text.append('\n').toString();
    }
}
