package muster.agent.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import muster.agent.configuration.Durations;
import muster.agent.configuration.Suggestion;
import muster.agent.control.ControlServer;
import muster.agent.files.Json;
import muster.agent.run.LocalServices;
import muster.supervisor.ExitStatus;
import muster.supervisor.Reach;
import muster.supervisor.Signal;
import muster.supervisor.Wanted;
import muster.supervisor.logs.LogTail;
import muster.supervisor.runner.ServiceStatus;
import muster.supervisor.runner.Supervisor;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * The other end of {@code muster svc}: on the side of the services. Words: the verb, how to print, the rest. Throws {@link IllegalArgumentException}
 * when what was asked for cannot be, or has not come.
 *
 * @param node the name of the member beside them, "" without one
 */
record SvcAnswers(String node, LocalServices services) implements ControlServer.Handler {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu/MM/dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    static final List<String> VERBS = List.of("status", "up", "down", "restart", "once", "signal", "logs");

    /** Which program is this? Its node and its services, a line each. */
    static final String WHO = "who";

    /** Before the service's name in the request of {@code logs}: whether it goes on. */
    static final String FOLLOW = "follow";

    static final String ONCE = "once";

    @Override
    public int answer(List<String> words, PrintStream out) throws IOException, InterruptedException {
        if (words.isEmpty()) {
            return 0;
        }
        boolean json = words.size() > 1 && words.get(1).equals("json");
        List<String> rest = words.subList(Math.min(2, words.size()), words.size());
        Supervisor supervisor = services.supervisor();
        switch (words.getFirst()) {
            case WHO -> {
                out.print(node + "\n");
                supervisor.statuses().forEach(status -> out.print(status.name() + "\n"));
            }
            case "status" -> status(rest.isEmpty() ? supervisor.statuses() : known(rest), json, out);
            case "up", "down", "restart", "once" -> {
                return steer(words.getFirst(), rest, json, out);
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
        return 0;
    }

    /** Words: how many milliseconds it is waited for, 0 for none; the services. */
    private int steer(String verb, List<String> words, boolean json, PrintStream out) throws InterruptedException {
        List<String> names = named(words.subList(Math.min(1, words.size()), words.size()));
        SvcAim aim = SvcAim.of(verb, known(names), services.supervisor());
        for (String name : names) {
            switch (verb) {
                case "up" -> start(name);
                case "down" -> {
                    services.held(name, true);
                    services.supervisor().stop(name);
                }
                case "once" -> once(known(List.of(name)).getFirst());
                default -> restart(known(List.of(name)).getFirst());
            }
        }
        Duration atMost = Duration.ofMillis(Long.parseLong(words.getFirst()));
        if (atMost.isZero()) {
            return 0;
        }
        out.flush(); // the client knows from now on that it was heard
        return await(aim, names, atMost, json, out);
    }

    private void once(ServiceStatus status) {
        services.held(status.name(), true);
        if (status.phase() == ServiceStatus.Phase.DONE) {
            services.supervisor().stop(status.name());
        }
        services.supervisor().startOnce(status.name());
    }

    private void start(String name) {
        services.held(name, false);
        services.supervisor().start(name);
    }

    /** What does not run is started: that is what people mean. */
    private void restart(ServiceStatus status) {
        switch (status.phase()) {
            case DOWN, FAILED, BACKING_OFF, WAITING -> start(status.name());
            case DONE -> {
                services.supervisor().stop(status.name());
                start(status.name());
            }
            case STARTING, READY, NOT_READY, DRAINING, STOPPING, FINISHING -> {
                if (status.wanted() != Wanted.UP) {
                    start(status.name()); // else it would only end
                }
                services.supervisor().restart(status.name());
            }
        }
    }

    private int await(SvcAim aim, List<String> names, Duration atMost, boolean json, PrintStream out)
            throws InterruptedException {
        boolean decided = awaitDecision(aim, names, System.nanoTime() + atMost.toNanos());
        var missed = new ArrayList<String>();
        var there = new ArrayList<ServiceStatus>();
        for (String name : names) {
            ServiceStatus status = services.supervisor().status(name);
            if (status != null) {
                there.add(status);
            }
            SvcAim.Progress progress = aim.progress(name, status);
            // What runs well so far has not failed because another one has.
            if (progress != SvcAim.Progress.REACHED && !(decided && progress == SvcAim.Progress.BEGUN)) {
                missed.add(aim.missed(name, status) + ", it " + (status == null ? "is gone" : state(status)));
            }
        }
        status(there, json, out);
        if (!missed.isEmpty()) {
            throw new IllegalArgumentException((decided ? "" : "after " + Durations.format(atMost) + ": ")
                    + String.join("; ", missed)
                    + (decided ? "" : " (a longer -timeout waits longer; 'muster svc status' shows how it goes on)"));
        }
        return aim.code(there);
    }

    /** False when it took too long. */
    private boolean awaitDecision(SvcAim aim, List<String> names, long deadlineNanos) throws InterruptedException {
        Supervisor supervisor = services.supervisor();
        boolean begun = supervisor.await(
                () -> names.stream().noneMatch(name -> is(aim, name, SvcAim.Progress.NOT_YET)), left(deadlineNanos));
        Duration still = names.stream()
                .filter(name -> is(aim, name, SvcAim.Progress.BEGUN))
                .map(supervisor::status)
                .filter(Objects::nonNull)
                .map(SvcAim::stillToStayUp)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        if (!begun || still.isZero()) {
            return begun;
        }
        Duration left = left(deadlineNanos);
        boolean inTime = still.compareTo(left) <= 0;
        boolean oneEnded = supervisor.await(
                () -> names.stream().anyMatch(name -> is(aim, name, SvcAim.Progress.GIVEN_UP)), inTime ? still : left);
        return oneEnded || inTime;
    }

    private boolean is(SvcAim aim, String name, SvcAim.Progress progress) {
        return aim.progress(name, services.supervisor().status(name)) == progress;
    }

    private static Duration left(long deadlineNanos) {
        return Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
    }

    private static String state(ServiceStatus status) {
        String last = status.lastExit() == null ? "" : ", last ended with " + exit(status.lastExit());
        return "is " + word(status.phase()) + last
                + (status.reason().isEmpty() ? "" : ": " + Printable.of(status.reason()));
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
        long next = tail.next(); // who wants none of those that there are wants those after them
        List<LogTail.Line> lines = tail.newest(Integer.parseInt(words.get(1)));
        print(lines, json, out);
        boolean follow = words.getFirst().equals(FOLLOW);
        if (!lines.isEmpty()) {
            next = lines.getLast().number() + 1;
        }
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
