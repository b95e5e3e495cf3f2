package muster.supervisor.runner;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import muster.supervisor.ExitStatus;
import muster.supervisor.Finish;
import muster.supervisor.Launch;
import muster.supervisor.Logging;
import muster.supervisor.ServiceAction;
import muster.supervisor.ServiceEvent;
import muster.supervisor.ServiceMachine;
import muster.supervisor.ServiceSpec;
import muster.supervisor.ServiceState;
import muster.supervisor.Wanted;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.Command;
import muster.supervisor.linux.EstablishedConnections;
import muster.supervisor.linux.FileTrouble;
import muster.supervisor.linux.Nowhere;
import muster.supervisor.linux.Pipe;
import muster.supervisor.linux.Poller;
import muster.supervisor.logs.LogPump;
import muster.supervisor.logs.LogTail;
import org.jspecify.annotations.Nullable;

/** What one service has of the world: its pipes, its notification, its stamps. Touched by the event loop only. */
final class Unit {
    private static final System.Logger LOG = System.getLogger(Supervisor.class.getName());

    private final String name;
    private final Supervisor supervisor;
    private final Children children;
    private final Listener listener;
    private ServiceSpec spec;
    private @Nullable Pipe input;
    private @Nullable LogPump pump;
    private Instant since = Instant.now();
    private @Nullable Instant readySince = since;
    private long starts;
    private String reason = "";
    /** Replaced at each start, and asked by the probes' threads. */
    private volatile Squatters squatters = Squatters.NONE;

    Unit(ServiceSpec spec, Supervisor supervisor, Children children, Listener listener) {
        this.name = spec.name();
        this.spec = spec;
        this.supervisor = supervisor;
        this.children = children;
        this.listener = listener;
    }

    void use(ServiceSpec other) {
        if (!other.logging().equals(spec.logging())) {
            // What runs goes on writing to it, and it ends with the last that does.
            closePump(Duration.ZERO);
        }
        spec = other;
    }

    void carryOut(ServiceAction action) {
        switch (action) {
            case ServiceAction.Spawn _ -> spawn();
            case ServiceAction.SpawnFinish finish -> spawnFinish(finish);
            case ServiceAction.SignalGroup sent -> children.signalGroup(sent.pid(), sent.signal());
            case ServiceAction.SignalProcess sent -> children.signalProcess(sent.pid(), sent.signal());
            case ServiceAction.LookAtGroup look -> {
                if (!children.groupExists(look.pid())) {
                    tell(new ServiceEvent.GroupGone(look.pid()));
                }
            }
            case ServiceAction.AskProbes ask -> Thread.startVirtualThread(() -> ask(ask));
            case ServiceAction.CountConnections count -> Thread.startVirtualThread(() -> count(count));
            case ServiceAction.TellStarted told -> {
                starts++;
                since = Instant.now();
                readySince = null;
                reason = "";
                listener.started(spec, told.pid());
            }
            case ServiceAction.TellReady _ -> {
                readySince = Instant.now();
                reason = "";
                listener.ready(spec);
            }
            case ServiceAction.TellNotReady told -> {
                readySince = null;
                reason = told.reason();
                listener.notReady(spec, told.reason());
            }
            case ServiceAction.TellUnwell told -> {
                readySince = null;
                reason = told.reason();
                listener.unwell(spec, told.reason());
            }
            case ServiceAction.TellStopping _ -> {
                readySince = null;
                reason = Listener.BEING_STOPPED;
                listener.stopping(spec);
            }
            case ServiceAction.TellSick told -> {
                reason = told.reason();
                listener.sick(spec, told.reason());
            }
            case ServiceAction.TellDraining _ -> listener.draining(spec);
            case ServiceAction.TellExited told -> {
                since = Instant.now();
                readySince = null;
                listener.exited(spec, told.pid(), told.status());
            }
            case ServiceAction.TellFinished _ -> {
                readySince = Instant.now();
                listener.finished(spec);
            }
            case ServiceAction.TellFailed told -> {
                reason = told.reason();
                listener.failed(spec, told.reason(), told.code());
            }
            case ServiceAction.TellDown told -> {
                reason = "";
                listener.down(spec, told.last());
            }
        }
    }

    ServiceStatus status(ServiceMachine machine, Wanted wanted, List<String> waitsFor) {
        ServiceState state = machine.state();
        long pid = switch (state) {
            case ServiceState.Running running -> running.run().pid();
            case ServiceState.Finishing finishing -> finishing.pid();
            case ServiceState _ -> 0;
        };
        ServiceStatus.Phase phase = switch (state) {
            case ServiceState.Down _ -> ServiceStatus.Phase.DOWN;
            case ServiceState.Spawning _ -> ServiceStatus.Phase.BACKING_OFF;
            case ServiceState.Starting _ -> ServiceStatus.Phase.STARTING;
            case ServiceState.Ready _ -> ServiceStatus.Phase.READY;
            case ServiceState.NotReady _ -> ServiceStatus.Phase.NOT_READY;
            case ServiceState.Draining _ -> ServiceStatus.Phase.DRAINING;
            case ServiceState.Stopping _ -> ServiceStatus.Phase.STOPPING;
            case ServiceState.Ending _ -> ServiceStatus.Phase.FINISHING;
            case ServiceState.BackingOff _ -> ServiceStatus.Phase.BACKING_OFF;
            case ServiceState.Done _ -> ServiceStatus.Phase.DONE;
            case ServiceState.Failed _ -> ServiceStatus.Phase.FAILED;
        };
        boolean waits = !waitsFor.isEmpty();
        return new ServiceStatus(
                name,
                waits ? ServiceStatus.Phase.WAITING : phase,
                pid,
                pid,
                since,
                readySince,
                machine.last(),
                wanted,
                machine.paused(),
                starts,
                waits ? "It waits for " + String.join(", ", waitsFor) + "." : reason);
    }

    /** Counted only while its output is captured. */
    LogPump.@Nullable Counters logCounters() {
        LogPump open = pump;
        return open == null ? null : open.counters();
    }

    /** Kept only while its output is captured. */
    @Nullable
    LogTail logTail() {
        LogPump open = pump;
        return open == null ? null : open.tail();
    }

    /** What its producers write to, and it reads. */
    Pipe input() throws IOException {
        Pipe open = input;
        if (open == null) {
            open = Pipe.open();
            input = open;
        }
        return open;
    }

    void closeInput() {
        Pipe open = input;
        if (open != null) {
            open.closeWriteEnd();
        }
    }

    /** It is down for good. */
    void close(Duration atMost) {
        closePump(atMost);
        Pipe open = input;
        if (open != null) {
            open.close();
        }
    }

    private void closePump(Duration atMost) {
        LogPump open = pump;
        pump = null;
        if (open != null) {
            open.close(atMost);
        }
    }

    void tell(ServiceEvent event) {
        supervisor.tell(name, event);
    }

    /** That of the event loop. */
    Poller poller() {
        return supervisor.poller();
    }

    private void spawn() {
        try {
            Map<Integer, Integer> descriptors = descriptors();
            var next = new Attempt(this, spec.readiness());
            descriptors.putAll(next.descriptors());
            squatters = Squatters.at(spec.readiness().probes());
            if (!squatters.isEmpty()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "service={0} {1}: it is not announced while that is so",
                        name,
                        squatters);
            }
            var own = new TreeMap<>(spec.launch().ownVariables());
            own.putAll(next.variables());
            children.spawn(new Command(spec.command(), spec.launch().withOwnVariables(own), descriptors), next);
        } catch (IOException e) {
            tell(new ServiceEvent.SpawnFailed("It cannot be started: " + FileTrouble.of(e) + ".", 1));
        }
    }

    private void spawnFinish(ServiceAction.SpawnFinish finish) {
        boolean killed = finish.status() instanceof ExitStatus.Killed;
        Stream<String> facts = Stream.of(
                killed ? "256" : Integer.toString(finish.status().code()),
                finish.status() instanceof ExitStatus.Killed by ? Integer.toString(by.signal()) : "0",
                name,
                Long.toString(finish.group()));
        try {
            children.spawn(
                    new Command(
                            Stream.concat(spec.finish().command().stream(), facts)
                                    .toList(),
                            launchBeside(),
                            descriptors()),
                    new FinishRun());
        } catch (IOException e) {
            new FinishRun().notSpawned(FileTrouble.of(e), 1);
        }
    }

    /** For its checks and its finish command: in the foreground they would take the terminal away from it. */
    private Launch launchBeside() {
        return spec.launch().with(Launch.Session.OWN);
    }

    private Map<Integer, Integer> descriptors() throws IOException {
        var descriptors = new HashMap<Integer, Integer>();
        // Once it has read from its pipe, there may be lines in it.
        if (input != null || supervisor.isLogger(name)) {
            descriptors.put(0, input().readEnd());
        }
        switch (spec.logging()) {
            case Logging.Inherited _ -> {}
            case Logging.ToService logger ->
                descriptors.put(1, supervisor.inputOf(logger.name()).writeEnd());
            case Logging.Captured captured -> {
                LogPump open = pump;
                if (open == null) {
                    open = LogPump.start(name, captured);
                    pump = open;
                }
                descriptors.put(1, open.descriptor());
                descriptors.put(2, open.descriptor());
            }
        }
        return descriptors;
    }

    private void ask(ServiceAction.AskProbes ask) {
        String squatted = squatters.objection(ask.probes());
        if (squatted != null) {
            tell(new ServiceEvent.ProbeFailed(ask.pid(), squatted));
            return;
        }
        String failure;
        try {
            failure = Prober.ask(
                    ask.probes(),
                    ask.timeout(),
                    spec.launch().directory(),
                    (words, atMost) -> children.run(
                            new Command(
                                    words,
                                    launchBeside(),
                                    Map.of(0, Nowhere.descriptor(), 1, Nowhere.descriptor(), 2, Nowhere.descriptor())),
                            atMost));
        } catch (RuntimeException | Error e) {
            // A bug or too little memory. Without an answer the service would wait for it for ever.
            LOG.log(System.Logger.Level.ERROR, "a check of service=" + name + " broke", e);
            failure = "broke: " + e;
        }
        tell(
                failure == null
                        ? new ServiceEvent.ProbesPassed(ask.pid())
                        : new ServiceEvent.ProbeFailed(ask.pid(), failure));
    }

    private void count(ServiceAction.CountConnections count) {
        int open = 0;
        try {
            for (int port : count.ports()) {
                open += EstablishedConnections.toPort(port);
            }
        } catch (IOException e) {
            // Not known: then the drain time-out decides, which is the safe side.
            LOG.log(System.Logger.Level.WARNING, "service={0} connections cannot be counted: {1}", name, e);
            open = 1;
        }
        tell(new ServiceEvent.Connections(count.pid(), open));
    }

    private final class FinishRun implements Children.Handler {
        @Override
        public void spawned(long pid) {
            tell(new ServiceEvent.FinishSpawned(pid));
        }

        @Override
        public void notSpawned(String why, int code) {
            LOG.log(System.Logger.Level.WARNING, "service={0} its finish command: {1}", name, why);
            tell(new ServiceEvent.FinishEnded(false));
        }

        @Override
        public void exited(long pid, ExitStatus status, boolean groupLeft) {
            tell(new ServiceEvent.FinishEnded(status.equals(new ExitStatus.Exited(Finish.PERMANENT))));
        }
    }
}
