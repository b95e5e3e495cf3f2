package muster.agent.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Suggestion;
import muster.agent.node.Resolver;

/** Where the program starts. */
public final class Main {
    static final Set<String> HELP = Set.of("-h", "-help", "--help");

    private Main() {}

    public static void main(String[] arguments) {
        Resolver.keepNamesBriefly();
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        var error = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        int code = run(List.of(arguments), new Console(out, error, System.getenv()));
        out.flush();
        // halt, not exit: every command has stopped what it started, and no hook of a library may delay or change that.
        Runtime.getRuntime().halt(code);
    }

    /** Runs one command line to its end and returns the exit code. */
    public static int run(List<String> arguments, Console console) {
        if (arguments.isEmpty()) {
            console.error().print(Help.overview());
            return Command.FAILED;
        }
        String name = arguments.getFirst();
        List<String> rest = arguments.subList(1, arguments.size());
        if (name.equals("serf")) {
            return SerfFace.run(rest, console);
        }
        if (name.equals("handlebars")) {
            return HandlebarsFace.run(rest, System.in, console);
        }
        if (name.equals("help") || HELP.contains(name)) {
            return help(rest, console);
        }
        if (name.equals("-v") || name.equals("-version") || name.equals("--version")) {
            name = "version";
        }
        Command command = Commands.named(name);
        if (command == null) {
            console.error()
                    .print("muster: unknown command '" + name + "'"
                            + Suggestion.didYouMean(name, "", Commands.names())
                            + " ('muster help' lists them)\n");
            return Command.FAILED;
        }
        return run(command, rest, console);
    }

    private static int run(Command command, List<String> arguments, Console console) {
        try {
            if (command instanceof FlaglessCommand flagless) {
                if (arguments.size() == 1 && HELP.contains(arguments.getFirst())) {
                    console.out().print(Help.of(command));
                    return Command.OK;
                }
                return flagless.run(arguments, console);
            }
            FlagParser.Parsed parsed = FlagParser.parse(arguments, command.settings());
            if (parsed.helpWanted()) {
                console.out().print(Help.of(command));
                return Command.OK;
            }
            if (command instanceof ClientCommand) {
                parsed.refuseFlagsAmongWords();
            }
            EnvironmentReader.refuseUnknown(
                    console.environment(), Commands.ALL.stream().flatMap(each -> each.settings().stream()));
            Configuration configuration = Configuration.load(parsed.given(), console.environment(), command.settings());
            return command.run(new Invocation(configuration, parsed.words(), console, Face.MUSTER));
        } catch (BadConfiguration e) {
            complain(console, command, String.valueOf(e.getMessage()));
        } catch (Misuse e) {
            complain(console, command, e.getMessage() + "\n" + e.remedy() + "\n" + Help.usage(command));
        } catch (Refusal e) {
            complain(console, command, e.getMessage() + "\n" + e.remedy());
        }
        return Command.FAILED;
    }

    private static void complain(Console console, Command command, String text) {
        text.lines()
                .filter(line -> !line.isBlank())
                .forEach(line -> console.error().print("muster " + command.name() + ": " + line + "\n"));
    }

    private static int help(List<String> words, Console console) {
        if (words.isEmpty()) {
            console.out().print(Help.overview());
            return Command.OK;
        }
        Command command = Commands.named(words.getFirst());
        if (command == null) {
            console.error()
                    .print("muster: unknown command '" + words.getFirst() + "'"
                            + Suggestion.didYouMean(words.getFirst(), "", Commands.names())
                            + " ('muster help' lists them)\n");
            return Command.FAILED;
        }
        console.out().print(Help.of(command));
        return Command.OK;
    }
}
