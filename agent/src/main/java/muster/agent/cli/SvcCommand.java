package muster.agent.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.configuration.Suggestion;
import muster.agent.control.ControlClient;
import muster.agent.control.ControlDirectory;

/** {@code muster svc VERB …}: what people and scripts do with the services of this machine. */
final class SvcCommand implements Command {
    private static final Setting<String> PID = Setting.of(
            "pid", Kind.text("NUMBER"), "", "which 'muster run' or 'muster init' is meant, where there are several");

    private static final Setting<Boolean> FOLLOW =
            Setting.of("f", Kind.SWITCH, false, "logs: go on with the lines that come, until Ctrl-C");
    private static final Setting<Integer> LINES = Setting.of(
            "n", Kind.number(0, 1_000_000), 100, "logs: the newest lines, so many; some 256 KiB of them are kept");

    @Override
    public String name() {
        return "svc";
    }

    @Override
    public String summary() {
        return "see and steer the services of 'muster run' and 'muster init'";
    }

    @Override
    public String wordsHelp() {
        return String.join("|", SvcAnswers.VERBS) + " [SERVICE …]";
    }

    @Override
    public String story() {
        return """
                  status [SERVICE …]              how they are, and why
                  up SERVICE …                    start, also one that was given up
                  down SERVICE …                  drain, stop, and stay down
                  restart SERVICE …               drain, stop, and start again
                  once SERVICE …                  start if down, and do not restart when it ends
                  signal NAME-OR-NUMBER SERVICE … to its own process
                  logs SERVICE                    its newest lines of output, where -log captures it

                Reaches them by a socket that belongs to the user who runs them. Flags may also follow the verb.

                Example: muster svc restart web""";
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(Schema.FORMAT, PID, FOLLOW, LINES, Schema.CONTROL_DIR);
    }

    @Override
    public int run(Invocation invocation) {
        List<String> words = invocation.words();
        if (words.isEmpty()) {
            throw new Refusal("say what to do: " + String.join(", ", SvcAnswers.VERBS));
        }
        String verb = words.getFirst();
        if (!SvcAnswers.VERBS.contains(verb)) {
            throw new Refusal("'" + verb + "' is none of " + String.join(", ", SvcAnswers.VERBS)
                    + Suggestion.didYouMean(verb, "", SvcAnswers.VERBS));
        }
        FlagParser.Parsed after = FlagParser.parse(words.subList(1, words.size()), settings());
        Configuration configuration = invocation.configuration().with(after.given());
        var request = new ArrayList<String>();
        request.add(verb);
        request.add(configuration.value(Schema.FORMAT));
        if (verb.equals("logs")) {
            request.add(configuration.value(FOLLOW) ? SvcAnswers.FOLLOW : SvcAnswers.ONCE);
            request.add(Integer.toString(configuration.value(LINES)));
        }
        request.addAll(after.words());
        ask(configuration, invocation.console(), request);
        return OK;
    }

    private static void ask(Configuration configuration, Console console, List<String> request) {
        Path directory = ControlDirectory.of(configuration.value(Schema.CONTROL_DIR), console.environment());
        String pid = configuration.value(PID);
        try {
            List<Path> living = new ArrayList<>();
            for (Path socket : ControlDirectory.sockets(directory)) {
                if ((pid.isEmpty() || socket.endsWith(pid + ".sock")) && answers(socket)) {
                    living.add(socket);
                }
            }
            switch (living.size()) {
                case 0 ->
                    throw new Refusal("no 'muster run' or 'muster init' of this user answers in " + directory
                            + (pid.isEmpty() ? "" : " with the number " + pid)
                            + "; was it started with another -control-dir?");
                case 1 -> ControlClient.ask(living.getFirst(), request, line -> console.line(Printable.lines(line)));
                default ->
                    throw new Refusal("there are several; say which with -pid: "
                            + String.join(
                                    ", ", living.stream().map(SvcCommand::pid).toList()));
            }
        } catch (ControlClient.Refused e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new Refusal("the socket in " + directory + " cannot be used: " + e.getMessage());
        }
    }

    private static boolean answers(Path socket) throws IOException {
        try {
            ControlClient.ask(socket, List.of("ping"), _ -> {});
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            if (Files.notExists(socket)) {
                return false; // its program has just ended
            }
            throw e;
        }
    }

    private static String pid(Path socket) {
        String name = socket.getFileName().toString();
        return name.substring(0, name.length() - ".sock".length());
    }
}
