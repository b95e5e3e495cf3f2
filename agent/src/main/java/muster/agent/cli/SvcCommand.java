package muster.agent.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.configuration.Suggestion;
import muster.agent.control.ControlClient;
import muster.agent.control.ControlDirectory;
import muster.supervisor.linux.FileTrouble;

/** {@code muster svc VERB …}: what people and scripts do with the services of this machine. */
final class SvcCommand implements Command {
    /** As other supervisors call them. */
    private static final Map<String, String> ELSEWHERE = Map.of("start", "up", "stop", "down");

    /** What changes nothing, and so may leave out who does not say which services it has. */
    private static final Set<String> READING = Set.of("status", "logs");

    private static final Setting<String> PID = Setting.of(
            "pid", Kind.text("NUMBER"), "", "which 'muster run' or 'muster init' is meant, where there are several");

    private static final Setting<Boolean> FOLLOW =
            Setting.of("f", Kind.SWITCH, false, "logs: go on with the lines that come, until Ctrl-C");
    private static final Setting<Integer> LINES = Setting.of(
            "n", Kind.number(0, 1_000_000), 100, "logs: the newest lines, so many; some 256 KiB of them are kept");

    private static final Setting<Boolean> WAIT = Setting.of(
            "wait",
            Kind.SWITCH,
            false,
            "up, down, restart, once: until the services are ready, down, or over; exit 1 if they are not");
    private static final Setting<Duration> TIMEOUT = Setting.of(
            "timeout",
            Kind.durationWithin(Duration.ofMillis(1), Duration.ofDays(1)),
            Duration.ofSeconds(60),
            "with -wait: for how long at most");

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
                  restart SERVICE …               drain, stop, and start again; start what is down
                  once SERVICE …                  start if down, and do not restart when it ends
                  signal NAME-OR-NUMBER SERVICE … to its own process
                  logs SERVICE                    its newest lines of output, where -log captures it

                Reaches them by a socket that belongs to the user who runs them. Flags may also follow the verb.
                up, down, restart and once return at once; with -wait, when the services are ready (after down: down; after once: when
                they have ended, with their exit code), and then print their status. What has no readiness check must stay up for a
                second. When one ends or is given up instead, or -timeout is over, they say which and why, and exit with 1.

                Example: muster svc restart -wait web""";
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(Schema.FORMAT, WAIT, TIMEOUT, PID, FOLLOW, LINES, Schema.CONTROL_DIR);
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
                    + (ELSEWHERE.containsKey(verb)
                            ? "; did you mean " + ELSEWHERE.get(verb) + "?"
                            : Suggestion.didYouMean(verb, "", SvcAnswers.VERBS)));
        }
        FlagParser.Parsed after = FlagParser.parse(words.subList(1, words.size()), settings());
        after.refuseFlagsAmongWords();
        Configuration configuration = invocation.configuration().with(after.given());
        var request = new ArrayList<String>();
        request.add(verb);
        request.add(configuration.value(Schema.FORMAT));
        if (verb.equals("logs")) {
            request.add(configuration.value(FOLLOW) ? SvcAnswers.FOLLOW : SvcAnswers.ONCE);
            request.add(Integer.toString(configuration.value(LINES)));
        }
        boolean waits = configuration.value(WAIT);
        if (SvcAim.VERBS.contains(verb)) {
            request.add(Long.toString(waits ? configuration.value(TIMEOUT).toMillis() : 0));
        } else if (waits) {
            throw new Refusal("'" + verb + "' has nothing to wait for; -wait is for up, down, restart and once");
        }
        if (configuration.isSet(TIMEOUT) && !waits) {
            throw new Refusal("-timeout is for -wait; give both");
        }
        request.addAll(after.words());
        List<String> services = verb.equals("signal")
                ? after.words()
                        .subList(
                                Math.min(1, after.words().size()), after.words().size())
                : after.words();
        return ask(configuration, invocation.console(), request, services);
    }

    /** For who they are; asked at once, so that this is the longest wait however many hang. */
    private static final Duration SAYS_WHO_WITHIN = Duration.ofSeconds(3);

    /** A program that answers: its socket, its node's name ("" where it is no member), and its services. */
    private record Program(Path socket, String node, Set<String> services) {
        /** Throws {@link ConnectException} when nobody listens. */
        static Program at(Path socket) throws IOException {
            var said = new ArrayList<String>();
            OptionalInt _ = ControlClient.ask(socket, SAYS_WHO_WITHIN, List.of(SvcAnswers.WHO), said::add);
            return said.isEmpty()
                    ? new Program(socket, "", Set.of())
                    : new Program(socket, said.getFirst(), new TreeSet<>(said.subList(1, said.size())));
        }

        /** Like {@code 4711 (node web-1: cache, web)}. */
        @Override
        public String toString() {
            return pid(socket) + " (" + (node.isEmpty() ? "no member" : "node " + Printable.of(node)) + ": "
                    + Printable.of(String.join(", ", services)) + ")";
        }
    }

    /** {@code services}: those that the request is for; with several programs they tell which one is meant. */
    private static int ask(Configuration configuration, Console console, List<String> request, List<String> services) {
        Path directory = ControlDirectory.of(configuration.value(Schema.CONTROL_DIR), console.environment());
        String pid = configuration.value(PID);
        try {
            Roll roll = Roll.of(ControlDirectory.sockets(directory).stream()
                    .filter(socket -> pid.isEmpty() || socket.endsWith(pid + ".sock"))
                    .toList());
            List<Program> living = List.copyOf(roll.living().values());
            roll.silent().forEach((socket, why) -> console.error().print("muster svc: " + leftOut(socket, why) + "\n"));
            if (living.isEmpty() && !roll.silent().isEmpty()) {
                return FAILED;
            }
            if (living.isEmpty()) {
                throw new Refusal("no 'muster run' or 'muster init' of this user answers in " + directory
                        + (pid.isEmpty() ? "" : " with the number " + pid)
                        + "; has it ended, or was it started with another -control-dir?");
            }
            if (!roll.silent().isEmpty() && !READING.contains(request.getFirst())) {
                throw new Refusal("'" + request.getFirst()
                        + "' is not passed on: who does not answer may be the one that is meant; say which with -pid: "
                        + named(living));
            }
            List<Program> meant = living.size() == 1 || services.isEmpty()
                    ? living
                    : living.stream()
                            .filter(program -> program.services().containsAll(services))
                            .toList();
            if (meant.size() != 1) {
                throw new Refusal("there are several; say which with -pid: " + named(living));
            }
            int code = ask(meant.getFirst().socket(), console, request);
            // Who names services got all of them; who asked for all did not.
            return code == OK && services.isEmpty() && !roll.silent().isEmpty() ? FAILED : code;
        } catch (ControlClient.Refused e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new Refusal("the socket in " + directory + " cannot be used: " + FileTrouble.of(e));
        }
    }

    private static String named(List<Program> programs) {
        return programs.stream().map(Program::toString).collect(Collectors.joining(", "));
    }

    private static int ask(Path socket, Console console, List<String> request) throws IOException {
        OptionalInt code;
        try {
            code = ControlClient.ask(socket, request, line -> console.line(Printable.lines(line)));
        } catch (ControlClient.Refused e) {
            throw e;
        } catch (IOException e) {
            if (Files.notExists(socket)) {
                throw new Refusal("the program with the number " + pid(socket)
                        + " has ended or is ending, and its services with it");
            }
            throw e;
        }
        if (code.isEmpty() && !request.getFirst().equals("logs")) {
            throw new Refusal("the program with the number " + pid(socket)
                    + " ended before it had answered; its services end with it");
        }
        return code.orElse(OK);
    }

    private static String leftOut(Path socket, String why) {
        return why + " (" + socket + "), so its services are left out; if it was stopped, 'kill -CONT " + pid(socket)
                + "' lets it go on";
    }

    /** Those that answer, by their sockets, and why others do not. Safe for use by any thread. */
    private record Roll(NavigableMap<Path, Program> living, NavigableMap<Path, String> silent) {
        static Roll of(List<Path> sockets) {
            var roll = new Roll(new ConcurrentSkipListMap<>(), new ConcurrentSkipListMap<>());
            try (var asking = Executors.newVirtualThreadPerTaskExecutor()) {
                sockets.forEach(socket -> asking.execute(() -> roll.call(socket)));
            }
            return roll;
        }

        private void call(Path socket) {
            try {
                living.put(socket, Program.at(socket));
            } catch (ConnectException e) {
                // It has ended without removing it.
            } catch (IOException e) {
                if (Files.exists(socket)) {
                    silent.put(socket, FileTrouble.of(e));
                }
                // Else its program has just ended.
            }
        }
    }

    private static String pid(Path socket) {
        return Long.toString(ControlDirectory.pid(socket));
    }
}
