package muster.agent.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import muster.agent.configuration.Durations;
import muster.agent.configuration.Suggestion;
import muster.agent.control.ControlServer;
import muster.agent.files.Json;
import muster.agent.run.LocalServices;
import muster.supervisor.ExitStatus;
import muster.supervisor.Reach;
import muster.supervisor.Signal;
import muster.supervisor.logs.LogTail;
import muster.supervisor.runner.ServiceStatus;
import muster.supervisor.runner.Supervisor;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** The other end of {@code muster svc}: on the side of the services. Words: the verb, how to print, the rest. */
record SvcAnswers(LocalServices services) implements ControlServer.Handler {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu/MM/dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    static final List<String> VERBS = List.of("status", "up", "down", "restart", "once", "signal", "logs");

    /** Before the service's name in the request of {@code logs}: whether it goes on. */
    static final String FOLLOW = "follow";

    static final String ONCE = "once";

    @Override
    public void answer(List<String> words, PrintStream out) throws IOException, InterruptedException {
        if (words.isEmpty() || words.getFirst().equals("ping")) {
            return;
        }
        boolean json = words.size() > 1 && words.get(1).equals("json");
        List<String> rest = words.subList(Math.min(2, words.size()), words.size());
        Supervisor supervisor = services.supervisor();
        switch (words.getFirst()) {
            case "status" -> status(rest.isEmpty() ? supervisor.statuses() : known(rest), json, out);
            case "up" -> {
                for (String name : named(rest)) {
                    services.held(name, false);
                    supervisor.start(name);
                }
            }
            case "down" -> {
                for (String name : named(rest)) {
                    services.held(name, true);
                    supervisor.stop(name);
                }
            }
            case "restart" -> named(rest).forEach(supervisor::restart);
            case "once" -> {
                for (String name : named(rest)) {
                    services.held(name, true);
                    supervisor.startOnce(name);
                }
            }
            case "signal" -> {
                if (rest.isEmpty()) {
                    throw new IllegalArgumentException("say which signal, and for whom: signal HUP web");
                }
                Signal signal = Signal.named(rest.getFirst());
                named(rest.subList(1, rest.size())).forEach(name -> supervisor.signal(name, signal, Reach.PROCESS));
            }
            case "logs" -> logs(rest, json, out);
            default -> throw new IllegalArgumentException("'" + words.getFirst() + "' is not known here");
        }
    }

    /** Words: whether it goes on, how many lines, the service. */
    private void logs(List<String> words, boolean json, PrintStream out) throws InterruptedException {
        if (words.size() != 3) {
            throw new IllegalArgumentException("say which service, and only one: logs web");
        }
        String name = named(words.subList(2, 3)).getFirst();
        LogTail tail = services.supervisor().logTail(name);
        if (tail == null) {
            throw new IllegalArgumentException("the output of " + name + " is not kept here: it goes where that of"
                    + " muster itself goes, or to its logger; with -log (log: in a file) its last lines are kept");
        }
        List<LogTail.Line> lines = tail.newest(Integer.parseInt(words.get(1)));
        print(lines, json, out);
        boolean follow = words.getFirst().equals(FOLLOW);
        long next = lines.isEmpty() ? 0 : lines.getLast().number() + 1;
        while (follow && !out.checkError()) {
            List<LogTail.Line> more = tail.from(next);
            if (more.isEmpty()) {
                return;
            }
            if (more.getFirst().number() > next && !json) {
                out.print("… " + (more.getFirst().number() - next) + " lines left out\n");
            }
            print(more, json, out);
            next = more.getLast().number() + 1;
        }
    }

    private static void print(List<LogTail.Line> lines, boolean json, PrintStream out) {
        for (LogTail.Line line : lines) {
            out.print(
                    json
                            ? Json.compact(document -> {
                                        document.writeStartObject();
                                        document.writeNumberProperty("number", line.number());
                                        document.writeStringProperty(
                                                "time", line.at().toString());
                                        document.writeStringProperty("line", line.text());
                                        document.writeEndObject();
                                    })
                                    + "\n"
                            : TIME.format(line.at()) + " " + line.text() + "\n");
        }
        out.flush();
    }

    private List<String> named(List<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("say which service");
        }
        return known(names).stream().map(ServiceStatus::name).toList();
    }

    private List<ServiceStatus> known(List<String> names) {
        var found = new ArrayList<ServiceStatus>();
        for (String name : names) {
            ServiceStatus status = services.supervisor().status(name);
            if (status == null) {
                List<String> all = services.supervisor().statuses().stream()
                        .map(ServiceStatus::name)
                        .toList();
                throw new IllegalArgumentException("there is no service '" + name + "'"
                        + Suggestion.didYouMean(name, "", all) + " (there are: " + String.join(", ", all) + ")");
            }
            found.add(status);
        }
        return found;
    }

    private static void status(List<ServiceStatus> statuses, boolean json, PrintStream out) {
        if (json) {
            out.print(Json.pretty(document -> {
                document.writeStartObject();
                document.writeArrayPropertyStart("services");
                statuses.forEach(status -> write(document, status));
                document.writeEndArray();
                document.writeEndObject();
            }));
            out.print("\n");
            return;
        }
        var table = new Table();
        table.row("SERVICE", "STATE", "PID", "SINCE", "RESTARTS", "LAST EXIT", "");
        Instant now = Instant.now();
        for (ServiceStatus status : statuses) {
            table.row(
                    status.name(),
                    word(status.phase()) + (status.paused() ? " (paused)" : ""),
                    status.pid() == 0 ? "-" : Long.toString(status.pid()),
                    age(status.since(), now),
                    Long.toString(status.restarts()),
                    exit(status.lastExit()),
                    Printable.of(status.reason()));
        }
        table.lines().forEach(line -> out.print(line + "\n"));
    }

    private static void write(JsonGenerator json, ServiceStatus status) {
        json.writeStartObject();
        json.writeStringProperty("name", status.name());
        json.writeStringProperty("state", word(status.phase()));
        json.writeBooleanProperty("up", status.phase().isUp());
        json.writeBooleanProperty(
                "ready", status.readySince() != null && status.phase().isUp());
        json.writeBooleanProperty("paused", status.paused());
        json.writeStringProperty("wanted", status.wanted().name().toLowerCase(Locale.ROOT));
        json.writeNumberProperty("pid", status.pid());
        json.writeStringProperty("since", status.since().toString());
        Instant ready = status.readySince();
        if (ready != null) {
            json.writeStringProperty("ready_since", ready.toString());
        }
        json.writeNumberProperty("starts", status.starts());
        json.writeNumberProperty("restarts", status.restarts());
        switch (status.lastExit()) {
            case null -> {}
            case ExitStatus.Exited exited -> json.writeNumberProperty("exit_code", exited.status());
            case ExitStatus.Killed killed -> json.writeNumberProperty("exit_signal", killed.signal());
        }
        json.writeStringProperty("reason", status.reason());
        json.writeEndObject();
    }

    private static String word(ServiceStatus.Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String exit(@Nullable ExitStatus status) {
        return switch (status) {
            case null -> "-";
            case ExitStatus.Exited exited -> "code " + exited.status();
            case ExitStatus.Killed killed -> Signal.describe(killed.signal());
        };
    }

    private static String age(Instant since, Instant now) {
        long seconds = Math.max(0, Duration.between(since, now).toSeconds());
        return Durations.format(Duration.ofSeconds(seconds));
    }
}
