package muster.supervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import muster.supervisor.ServiceAction.AskProbes;
import muster.supervisor.ServiceAction.CountConnections;
import muster.supervisor.ServiceAction.LookAtGroup;
import muster.supervisor.ServiceAction.SignalGroup;
import muster.supervisor.ServiceAction.Spawn;
import muster.supervisor.ServiceAction.TellDown;
import muster.supervisor.ServiceAction.TellDraining;
import muster.supervisor.ServiceAction.TellExited;
import muster.supervisor.ServiceAction.TellFailed;
import muster.supervisor.ServiceAction.TellNotReady;
import muster.supervisor.ServiceAction.TellReady;
import muster.supervisor.ServiceAction.TellStarted;
import muster.supervisor.ServiceState.BackingOff;
import muster.supervisor.ServiceState.Cause;
import muster.supervisor.ServiceState.Down;
import muster.supervisor.ServiceState.Draining;
import muster.supervisor.ServiceState.Failed;
import muster.supervisor.ServiceState.Next;
import muster.supervisor.ServiceState.NotReady;
import muster.supervisor.ServiceState.Ready;
import muster.supervisor.ServiceState.Run;
import muster.supervisor.ServiceState.Running;
import muster.supervisor.ServiceState.Spawning;
import muster.supervisor.ServiceState.Starting;
import muster.supervisor.ServiceState.Stopping;
import muster.supervisor.ServiceState.Sweeping;
import org.jspecify.annotations.Nullable;

/**
 * One service: events in, actions out.
 *
 * <p>There is never more than one process; a stop always ends in {@link Down}, within the drain time-out, the stop
 * time-out and {@link #SWEEP_PATIENCE}; KILL comes only after the time-out or a hurry. One thread at a time.
 */
public final class ServiceMachine {
    /** What {@link #nextDeadline()} says when nothing is waited for. */
    public static final long NEVER = Long.MAX_VALUE;

    /**
     * After KILL, how long the rest of a group is waited for: a process in an uninterruptible call, or a zombie that its
     * foreign parent does not reap, must not hold up a restart for ever.
     */
    public static final Duration SWEEP_PATIENCE = Duration.ofSeconds(2);

    /** A starting service is asked this often at first, so that it gets traffic soon after it is ready. */
    private static final long EAGER_PROBE_NANOS = Duration.ofMillis(20).toNanos();

    private static final long EAGER_FOR_NANOS = Duration.ofSeconds(5).toNanos();

    /** And this often when it turns out to be slow. */
    private static final long PATIENT_PROBE_NANOS = Duration.ofMillis(200).toNanos();

    /** How often connections are counted while it drains: each count reads a table of all connections. */
    private static final long COUNT_EVERY_NANOS = Duration.ofMillis(100).toNanos();

    private static final long LOOK_EVERY_NANOS = Duration.ofMillis(20).toNanos();

    /** More doublings than any back-off needs. */
    private static final int DOUBLINGS_MAX = 40;

    private final ServiceSpec spec;
    private final RandomGenerator random;
    private final ArrayDeque<Long> crashes = new ArrayDeque<>();
    private ServiceState state = new Down();
    private @Nullable ExitStatus last;
    private int shortRuns;
    private boolean everSpawned;

    /** When the world is asked again (probes, connections, the group); {@link #NEVER} while an answer is awaited. */
    private long nextQuestionNanos = NEVER;

    private int failedProbes;
    private List<ServiceAction> actions = new ArrayList<>();

    /**
     * A service that is down.
     *
     * @param random for the jitter of back-offs
     */
    public ServiceMachine(ServiceSpec spec, RandomGenerator random) {
        this.spec = spec;
        this.random = random;
    }

    public ServiceState state() {
        return state;
    }

    /** When it wants {@link ServiceEvent.Deadline}, or {@link #NEVER}. */
    public long nextDeadline() {
        return switch (state) {
            case Down down -> NEVER;
            case Spawning spawning -> NEVER;
            case Starting starting -> earlier(readyTimeoutNanos(starting.run()), nextQuestionNanos);
            case Ready ready -> nextQuestionNanos;
            case NotReady notReady -> nextQuestionNanos;
            case Draining draining -> earlier(draining.notAfterNanos(), nextQuestionNanos);
            case Stopping stopping -> stopping.killed() ? NEVER : stopping.killNanos();
            case Sweeping sweeping -> earlier(sweeping.killNanos(), nextQuestionNanos);
            case BackingOff backingOff -> backingOff.untilNanos();
            case Failed failed -> NEVER;
        };
    }

    /** What follows from this event. Late news about earlier processes is ignored. */
    public List<ServiceAction> on(long nowNanos, ServiceEvent event) {
        actions = new ArrayList<>();
        switch (event) {
            case ServiceEvent.Start start -> start();
            case ServiceEvent.Stop stop -> stop(nowNanos);
            case ServiceEvent.Hurry hurry -> hurry(nowNanos);
            case ServiceEvent.Spawned spawned -> spawned(nowNanos, spawned.pid());
            case ServiceEvent.SpawnFailed failed -> spawnFailed(nowNanos, failed);
            case ServiceEvent.Exited exited -> {
                if (state instanceof Running running && running.run().pid() == exited.pid()) {
                    exited(nowNanos, running, exited);
                }
            }
            case ServiceEvent.GroupGone gone -> {
                if (state instanceof Sweeping sweeping && sweeping.group() == gone.pid()) {
                    settle(nowNanos, sweeping.next());
                }
            }
            case ServiceEvent.ProbesPassed passed -> probesPassed(nowNanos, passed.pid());
            case ServiceEvent.ProbeFailed failed -> probeFailed(nowNanos, failed.pid(), failed.reason());
            case ServiceEvent.Connections connections -> counted(nowNanos, connections);
            case ServiceEvent.Deadline deadline -> deadline(nowNanos);
        }
        return actions;
    }

    private void start() {
        switch (state) {
            case Down down -> spawn();
            case Failed failed -> {
                shortRuns = 0;
                crashes.clear();
                spawn();
            }
            case Spawning spawning -> state = new Spawning(false);
            case Draining draining -> {
                // Nothing was sent to it yet: it can simply go on.
                state = new Ready(draining.run());
                nextQuestionNanos = spec.liveness().probes().isEmpty() ? NEVER : draining.notBeforeNanos();
                actions.add(new TellReady());
            }
            case Stopping stopping ->
                state = new Stopping(stopping.run(), stopping.killNanos(), stopping.killed(), Cause.RESTART);
            case Sweeping sweeping ->
                state = new Sweeping(sweeping.group(), sweeping.killNanos(), sweeping.killed(), Next.START);
            case Starting starting -> {}
            case Ready ready -> {}
            case NotReady notReady -> {}
            case BackingOff backingOff -> {}
        }
    }

    private void stop(long nowNanos) {
        switch (state) {
            case Spawning spawning -> state = new Spawning(true);
            case Starting starting -> terminate(nowNanos, starting.run(), Cause.STOP);
            case Ready ready -> drain(nowNanos, ready.run());
            // Not announced any more, but those who are connected may still be served.
            case NotReady notReady -> drain(nowNanos, notReady.run());
            case Stopping stopping ->
                state = new Stopping(stopping.run(), stopping.killNanos(), stopping.killed(), Cause.STOP);
            case Sweeping sweeping ->
                state = new Sweeping(sweeping.group(), sweeping.killNanos(), sweeping.killed(), Next.STAY_DOWN);
            case BackingOff backingOff -> down();
            case Failed failed -> down();
            case Draining draining -> {}
            case Down down -> {}
        }
    }

    private void hurry(long nowNanos) {
        switch (state) {
            case Draining draining -> terminate(nowNanos, draining.run(), Cause.STOP);
            case Ready ready -> terminate(nowNanos, ready.run(), Cause.STOP);
            case NotReady notReady -> terminate(nowNanos, notReady.run(), Cause.STOP);
            case Stopping stopping -> kill(stopping, Cause.STOP);
            case Sweeping sweeping -> killRest(nowNanos, sweeping, Next.STAY_DOWN);
            case Spawning spawning -> stop(nowNanos);
            case Starting starting -> stop(nowNanos);
            case BackingOff backingOff -> stop(nowNanos);
            case Failed failed -> stop(nowNanos);
            case Down down -> {}
        }
    }

    private void spawn() {
        become(new Spawning(false));
        actions.add(new Spawn());
    }

    private void spawned(long nowNanos, long pid) {
        if (!(state instanceof Spawning spawning)) {
            return;
        }
        everSpawned = true;
        var run = new Run(pid, nowNanos);
        actions.add(new TellStarted(pid));
        if (spawning.stopWanted()) {
            terminate(nowNanos, run, Cause.STOP);
            return;
        }
        become(new Starting(run));
        if (spec.readiness().delay().isZero()) {
            askOrBeReady(nowNanos, run);
        } else {
            nextQuestionNanos = nowNanos + spec.readiness().delay().toNanos();
        }
    }

    private void spawnFailed(long nowNanos, ServiceEvent.SpawnFailed failed) {
        if (!(state instanceof Spawning spawning)) {
            return;
        }
        if (spawning.stopWanted()) {
            down();
        } else if (!everSpawned || spec.restarts().policy() == RestartPolicy.NEVER) {
            fail(failed.reason(), failed.code());
        } else {
            // It worked before: a file system or memory may come back.
            shortRuns++;
            if (crashed(nowNanos)) {
                fail(failed.reason(), failed.code());
            } else {
                backOff(nowNanos);
            }
        }
    }

    private void exited(long nowNanos, Running before, ServiceEvent.Exited exited) {
        last = exited.status();
        if (before instanceof Ready || before instanceof Draining) {
            actions.add(new TellNotReady("Its process " + exited.status() + "."));
        }
        actions.add(new TellExited(exited.pid(), exited.status()));
        Next next = afterExit(nowNanos, before, exited.status());
        if (!exited.groupLeft()) {
            settle(nowNanos, next);
            return;
        }
        // Helpers that outlive their service would keep its port and files from the next one.
        Sweeping sweeping;
        if (before instanceof Stopping stopping) {
            long until = stopping.killed() ? nowNanos + SWEEP_PATIENCE.toNanos() : stopping.killNanos();
            sweeping = new Sweeping(exited.pid(), until, stopping.killed(), next);
        } else {
            signalToStop(exited.pid());
            sweeping = new Sweeping(
                    exited.pid(), nowNanos + spec.stopping().timeout().toNanos(), false, next);
        }
        become(sweeping);
        nextQuestionNanos = nowNanos + LOOK_EVERY_NANOS;
    }

    private Next afterExit(long nowNanos, Running before, ExitStatus status) {
        return switch (before) {
            case Draining draining -> asked(Next.STAY_DOWN);
            case Stopping stopping ->
                switch (stopping.cause()) {
                    case STOP -> asked(Next.STAY_DOWN);
                    case RESTART -> asked(Next.START);
                    case NEVER_READY -> byPolicy(nowNanos, before.run(), true);
                };
            case Starting starting ->
                byPolicy(nowNanos, before.run(), !spec.restarts().isSuccess(status));
            case Ready ready ->
                byPolicy(nowNanos, before.run(), !spec.restarts().isSuccess(status));
            case NotReady notReady ->
                byPolicy(nowNanos, before.run(), !spec.restarts().isSuccess(status));
        };
    }

    private Next asked(Next next) {
        shortRuns = 0;
        return next;
    }

    private Next byPolicy(long nowNanos, Run run, boolean failure) {
        long ranNanos = nowNanos - run.startedNanos();
        shortRuns = ranNanos
                        < (spec.restarts().pace() instanceof Pace.BackOff pace
                                ? pace.resetAfter().toNanos()
                                : 0)
                ? shortRuns + 1
                : 0;
        boolean again = switch (spec.restarts().policy()) {
            case ALWAYS -> true;
            case ON_FAILURE -> failure;
            case NEVER -> false;
        };
        if (!again) {
            return Next.STAY_DOWN;
        }
        return failure && crashed(nowNanos) ? Next.GIVE_UP : Next.RESTART;
    }

    /** Counts a failure; true when it is one too many. */
    private boolean crashed(long nowNanos) {
        int max = spec.restarts().crashesMax();
        if (max == 0) {
            return false;
        }
        crashes.addLast(nowNanos);
        if (crashes.size() > max) {
            crashes.removeFirst();
        }
        return crashes.size() == max
                && nowNanos - crashes.getFirst()
                        <= spec.restarts().crashesWithin().toNanos();
    }

    /** Process and group are gone. */
    private void settle(long nowNanos, Next next) {
        switch (next) {
            case STAY_DOWN -> down();
            case START -> spawn();
            case RESTART -> backOff(nowNanos);
            case GIVE_UP ->
                fail(
                        "It failed " + spec.restarts().crashesMax() + " times within "
                                + spec.restarts().crashesWithin().toSeconds() + " s; the last time it "
                                + (last == null ? "could not be started" : last)
                                + ". See what it wrote, then start it again.",
                        last == null ? 1 : last.code());
        }
    }

    private void backOff(long nowNanos) {
        if (!(spec.restarts().pace() instanceof Pace.BackOff pace)) {
            become(new BackingOff(nowNanos + Duration.ofSeconds(1).toNanos()));
            return;
        }
        long min = pace.min().toNanos();
        long max = pace.max().toNanos();
        int doublings = Math.clamp(shortRuns - 1L, 0, DOUBLINGS_MAX);
        long base = doublings >= Long.numberOfLeadingZeros(min) - 1 ? max : Math.min(max, min << doublings);
        become(new BackingOff(nowNanos + base + (long) (base * pace.jitter() * random.nextDouble())));
    }

    private void down() {
        become(new Down());
        actions.add(new TellDown(last));
    }

    private void fail(String reason, int code) {
        become(new Failed(reason));
        actions.add(new TellFailed(reason, code));
    }

    private void drain(long nowNanos, Run run) {
        if (!spec.stopping().drains()) {
            terminate(nowNanos, run, Cause.STOP);
            return;
        }
        long notBefore = nowNanos + spec.stopping().drainAtLeast().toNanos();
        become(new Draining(
                run, notBefore, nowNanos + spec.stopping().drainAtMost().toNanos()));
        nextQuestionNanos = notBefore;
        actions.add(new TellDraining());
    }

    private void terminate(long nowNanos, Run run, Cause cause) {
        if (state instanceof Ready || state instanceof Draining) {
            actions.add(new TellNotReady("It is being stopped."));
        }
        signalToStop(run.pid());
        become(new Stopping(
                run,
                nowNanos + spec.stopping().timeout().toNanos(),
                spec.stopping().signals().getFirst() == Signal.KILL,
                cause));
    }

    private void signalToStop(long group) {
        Signal signal = spec.stopping().signals().getFirst();
        actions.add(new SignalGroup(group, signal));
        if (signal != Signal.KILL) {
            // A stopped process would not see its signal before it goes on.
            actions.add(new SignalGroup(group, Signal.CONT));
        }
    }

    private void kill(Stopping stopping, Cause cause) {
        if (!stopping.killed()) {
            actions.add(new SignalGroup(stopping.run().pid(), Signal.KILL));
        }
        state = new Stopping(stopping.run(), stopping.killNanos(), true, cause);
    }

    private void killRest(long nowNanos, Sweeping sweeping, Next next) {
        if (sweeping.killed()) {
            state = new Sweeping(sweeping.group(), sweeping.killNanos(), true, next);
            return;
        }
        actions.add(new SignalGroup(sweeping.group(), Signal.KILL));
        state = new Sweeping(sweeping.group(), nowNanos + SWEEP_PATIENCE.toNanos(), true, next);
    }

    private void askOrBeReady(long nowNanos, Run run) {
        if (spec.readiness().probes().isEmpty()) {
            beReady(nowNanos, run);
        } else {
            ask(run, spec.readiness().probes());
        }
    }

    private void ask(Run run, List<Probe> probes) {
        nextQuestionNanos = NEVER;
        actions.add(new AskProbes(run.pid(), probes));
    }

    private void beReady(long nowNanos, Run run) {
        failedProbes = 0;
        become(new Ready(run));
        scheduleRecheck(nowNanos);
        actions.add(new TellReady());
    }

    private void scheduleRecheck(long nowNanos) {
        nextQuestionNanos = spec.liveness().probes().isEmpty()
                ? NEVER
                : nowNanos + spec.liveness().every().toNanos();
    }

    private void probesPassed(long nowNanos, long pid) {
        switch (state) {
            case Starting starting when starting.run().pid() == pid -> beReady(nowNanos, starting.run());
            case NotReady notReady when notReady.run().pid() == pid -> beReady(nowNanos, notReady.run());
            case Ready ready
            when ready.run().pid() == pid -> {
                failedProbes = 0;
                scheduleRecheck(nowNanos);
            }
            // Late: asked before the state changed.
            case ServiceState other -> {}
        }
    }

    private void probeFailed(long nowNanos, long pid, String reason) {
        switch (state) {
            case Starting starting
            when starting.run().pid() == pid -> {
                boolean eager = nowNanos - starting.run().startedNanos() < EAGER_FOR_NANOS;
                nextQuestionNanos = nowNanos + (eager ? EAGER_PROBE_NANOS : PATIENT_PROBE_NANOS);
            }
            case NotReady notReady when notReady.run().pid() == pid -> scheduleRecheck(nowNanos);
            case Ready ready
            when ready.run().pid() == pid -> {
                failedProbes++;
                if (failedProbes >= spec.liveness().failuresMax()) {
                    become(new NotReady(ready.run()));
                    actions.add(new TellNotReady(failedProbes + " checks in a row failed, the last one: " + reason));
                }
                scheduleRecheck(nowNanos);
            }
            case ServiceState other -> {}
        }
    }

    private void counted(long nowNanos, ServiceEvent.Connections connections) {
        if (state instanceof Draining draining && draining.run().pid() == connections.pid()) {
            if (connections.open() == 0) {
                terminate(nowNanos, draining.run(), Cause.STOP);
            } else {
                nextQuestionNanos = nowNanos + COUNT_EVERY_NANOS;
            }
        }
    }

    private void deadline(long nowNanos) {
        boolean questionDue = due(nowNanos, nextQuestionNanos);
        switch (state) {
            case Starting starting -> {
                if (due(nowNanos, readyTimeoutNanos(starting.run()))) {
                    actions.add(new TellNotReady("It was not ready within "
                            + spec.readiness().timeout().toSeconds() + " s and is stopped."));
                    terminate(nowNanos, starting.run(), Cause.NEVER_READY);
                } else if (questionDue) {
                    askOrBeReady(nowNanos, starting.run());
                }
            }
            case Ready ready -> {
                if (questionDue) {
                    ask(ready.run(), spec.liveness().probes());
                }
            }
            case NotReady notReady -> {
                if (questionDue) {
                    ask(notReady.run(), spec.liveness().probes());
                }
            }
            case Draining draining -> {
                boolean nobodyToCount = spec.stopping().drainPorts().isEmpty();
                if (due(nowNanos, draining.notAfterNanos()) || (questionDue && nobodyToCount)) {
                    terminate(nowNanos, draining.run(), Cause.STOP);
                } else if (questionDue) {
                    nextQuestionNanos = NEVER;
                    actions.add(new CountConnections(
                            draining.run().pid(), spec.stopping().drainPorts()));
                }
            }
            case Stopping stopping -> {
                if (!stopping.killed() && due(nowNanos, stopping.killNanos())) {
                    kill(stopping, stopping.cause());
                }
            }
            case Sweeping sweeping -> {
                boolean over = due(nowNanos, sweeping.killNanos());
                if (over && sweeping.killed()) {
                    settle(nowNanos, sweeping.next());
                } else if (over) {
                    killRest(nowNanos, sweeping, sweeping.next());
                } else if (questionDue) {
                    nextQuestionNanos = nowNanos + LOOK_EVERY_NANOS;
                    actions.add(new LookAtGroup(sweeping.group()));
                }
            }
            case BackingOff backingOff -> {
                if (due(nowNanos, backingOff.untilNanos())) {
                    spawn();
                }
            }
            case Spawning spawning -> {}
            case Down down -> {}
            case Failed failed -> {}
        }
    }

    private void become(ServiceState next) {
        state = next;
        nextQuestionNanos = NEVER;
    }

    private long readyTimeoutNanos(Run run) {
        Duration timeout = spec.readiness().timeout();
        return timeout.isZero() ? NEVER : run.startedNanos() + timeout.toNanos();
    }

    private static boolean due(long nowNanos, long deadlineNanos) {
        return deadlineNanos != NEVER && nowNanos - deadlineNanos >= 0;
    }

    private static long earlier(long a, long b) {
        if (a == NEVER || b == NEVER) {
            return a == NEVER ? b : a;
        }
        return a - b < 0 ? a : b;
    }
}
