package muster.supervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import muster.supervisor.ServiceAction.AskProbes;
import muster.supervisor.ServiceAction.CountConnections;
import muster.supervisor.ServiceAction.LookAtGroup;
import muster.supervisor.ServiceAction.SignalGroup;
import muster.supervisor.ServiceAction.SignalProcess;
import muster.supervisor.ServiceAction.Spawn;
import muster.supervisor.ServiceAction.SpawnFinish;
import muster.supervisor.ServiceAction.TellDown;
import muster.supervisor.ServiceAction.TellDraining;
import muster.supervisor.ServiceAction.TellExited;
import muster.supervisor.ServiceAction.TellFailed;
import muster.supervisor.ServiceAction.TellFinished;
import muster.supervisor.ServiceAction.TellNotReady;
import muster.supervisor.ServiceAction.TellReady;
import muster.supervisor.ServiceAction.TellSick;
import muster.supervisor.ServiceAction.TellStarted;
import muster.supervisor.ServiceAction.TellStopping;
import muster.supervisor.ServiceAction.TellUnwell;
import muster.supervisor.ServiceState.BackingOff;
import muster.supervisor.ServiceState.Cause;
import muster.supervisor.ServiceState.Done;
import muster.supervisor.ServiceState.Down;
import muster.supervisor.ServiceState.Draining;
import muster.supervisor.ServiceState.End;
import muster.supervisor.ServiceState.Ending;
import muster.supervisor.ServiceState.Failed;
import muster.supervisor.ServiceState.Finishing;
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
 * time-out for each stop signal, {@link #SWEEP_PATIENCE} and the finish time-out; KILL comes only after the time-out or a
 * hurry; each end is followed by the finish command once, before anything else is started. One thread at a time.
 */
public final class ServiceMachine {
    /** What {@link #nextDeadline()} says when nothing is waited for. */
    public static final long NEVER = Long.MAX_VALUE;

    /**
     * After KILL, how long the rest of a group is waited for: a process in an uninterruptible call, or a zombie that its
     * foreign parent does not reap, must not hold up a restart for ever.
     */
    public static final Duration SWEEP_PATIENCE = Duration.ofSeconds(2);

    /** A run that lasted is followed by the next at once, if it lasted this long too: else there could be a busy loop. */
    private static final long LASTED_NANOS = Duration.ofSeconds(1).toNanos();

    /** A starting service is asked this often at first, so that it gets traffic soon after it is ready. */
    private static final long EAGER_PROBE_NANOS = Duration.ofMillis(20).toNanos();

    private static final long EAGER_FOR_NANOS = Duration.ofSeconds(5).toNanos();

    /** And this often when it turns out to be slow. */
    private static final long PATIENT_PROBE_NANOS = Duration.ofMillis(200).toNanos();

    /** How often connections are counted while it drains: each count reads a table of all connections. */
    private static final long COUNT_EVERY_NANOS = Duration.ofMillis(100).toNanos();

    /** What a finish command has after a hurry: enough to remove a file. */
    private static final Duration FINISH_HURRIED = Duration.ofMillis(500);

    private static final long LOOK_EVERY_NANOS = Duration.ofMillis(20).toNanos();

    /** More doublings than any back-off needs. */
    private static final int DOUBLINGS_MAX = 40;

    private final RandomGenerator random;
    private final ArrayDeque<Long> crashes = new ArrayDeque<>();
    private ServiceSpec spec;
    private ServiceState state = new Down();
    private Wanted wanted = Wanted.DOWN;
    private @Nullable ExitStatus last;
    private int shortRuns;
    private boolean lastedBefore;
    private boolean everSpawned;
    private boolean paused;

    /** Sent while its process was being started; each once, as the kernel keeps what a process has not taken yet. */
    private final Set<ServiceEvent.Send> early = new LinkedHashSet<>();

    /** Somebody who stops this run waits no more. */
    private boolean hurried;

    /** Somebody said start after the end of this run had begun. */
    private boolean startAsked;

    private long lastStartNanos;

    /** When the world is asked again (probes, connections, the group); {@link #NEVER} while an answer is awaited. */
    private long nextQuestionNanos = NEVER;

    private int failedProbes;
    /** What the last failed check of a service that is not ready yet said; null before that. */
    private @Nullable String notReadyBecause;

    private boolean slownessTold;
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

    public ServiceSpec spec() {
        return spec;
    }

    /** Other settings, from their next use on. */
    public void use(ServiceSpec other) {
        spec = other;
    }

    public ServiceState state() {
        return state;
    }

    public Wanted wanted() {
        return wanted;
    }

    /** It was sent STOP and no CONT yet. */
    public boolean paused() {
        return paused;
    }

    /** How its last process ended, null before the first one has. */
    public @Nullable ExitStatus last() {
        return last;
    }

    /** When it wants {@link ServiceEvent.Deadline}, or {@link #NEVER}. */
    public long nextDeadline() {
        return switch (state) {
            case Down _, Spawning _, Done _, Failed _ -> NEVER;
            case Starting starting -> earlier(readyTimeoutNanos(starting.run()), nextQuestionNanos);
            case Ready _, NotReady _ -> nextQuestionNanos;
            case Draining draining -> earlier(draining.notAfterNanos(), nextQuestionNanos);
            case Stopping stopping -> stopping.killed() ? NEVER : stopping.nextNanos();
            case Sweeping sweeping -> earlier(sweeping.nextNanos(), nextQuestionNanos);
            case Finishing finishing -> finishing.killed() ? NEVER : finishing.killNanos();
            case BackingOff backingOff -> backingOff.untilNanos();
        };
    }

    /** What follows from this event. Late news about earlier processes is ignored. */
    public List<ServiceAction> on(long nowNanos, ServiceEvent event) {
        actions = new ArrayList<>();
        switch (event) {
            case ServiceEvent.Start _ -> start(Wanted.UP);
            case ServiceEvent.StartOnce _ -> start(Wanted.ONCE);
            case ServiceEvent.Once _ -> once();
            case ServiceEvent.Stop _ -> stop(nowNanos);
            case ServiceEvent.StopNow _ -> stopNow(nowNanos);
            case ServiceEvent.Restart _ -> restart(nowNanos);
            case ServiceEvent.Hurry _ -> hurry(nowNanos);
            case ServiceEvent.Kill kill -> {
                if (kill.again() && state instanceof Sweeping sweeping && sweeping.killed()) {
                    finish(nowNanos, sweeping.end());
                } else {
                    killNow(nowNanos);
                }
            }
            case ServiceEvent.Send send -> send(send);
            case ServiceEvent.Spawned spawned -> spawned(nowNanos, spawned.pid());
            case ServiceEvent.SpawnFailed failed -> spawnFailed(nowNanos, failed);
            case ServiceEvent.Notified notified -> {
                if (state instanceof Starting starting && starting.run().pid() == notified.pid()) {
                    saidSo(nowNanos, starting);
                }
            }
            case ServiceEvent.Exited exited -> {
                if (state instanceof Running running && running.run().pid() == exited.pid()) {
                    exited(nowNanos, running, exited);
                }
            }
            case ServiceEvent.GroupGone gone -> {
                if (state instanceof Sweeping sweeping && sweeping.end().group() == gone.pid()) {
                    finish(nowNanos, sweeping.end());
                }
            }
            case ServiceEvent.FinishSpawned spawned -> finishSpawned(spawned.pid());
            case ServiceEvent.FinishEnded ended -> {
                if (state instanceof Finishing finishing) {
                    settle(nowNanos, finishing.end(), ended.permanent());
                }
            }
            case ServiceEvent.ProbesPassed passed -> probesPassed(nowNanos, passed.pid());
            case ServiceEvent.ProbeFailed failed -> probeFailed(nowNanos, failed.pid(), failed.reason());
            case ServiceEvent.Connections connections -> counted(nowNanos, connections);
            case ServiceEvent.Deadline _ -> deadline(nowNanos);
        }
        return actions;
    }

    // What somebody wants.

    private void start(Wanted how) {
        wanted = how;
        startAsked = state instanceof Stopping || state instanceof Ending;
        switch (state) {
            case Down _ -> spawn();
            case BackingOff _ -> spawn();
            case Failed _ -> {
                shortRuns = 0;
                crashes.clear();
                spawn();
            }
            case Draining draining -> {
                // Nothing was sent to it yet: it can simply go on, as what it was.
                if (draining.wasReady()) {
                    failedProbes = 0;
                    become(new Ready(draining.run()));
                    nextQuestionNanos = spec.liveness().probes().isEmpty() ? NEVER : draining.notBeforeNanos();
                    actions.add(new TellReady());
                } else {
                    become(new NotReady(draining.run()));
                    nextQuestionNanos = draining.notBeforeNanos();
                    actions.add(new TellUnwell(
                            "Its checks failed before it was to be stopped, and none has passed since."));
                }
            }
            case Spawning _, Starting _, Ready _, NotReady _, Stopping _, Ending _, Done _ -> {}
        }
    }

    private void once() {
        startAsked = false;
        switch (state) {
            case BackingOff _ -> down();
            case Ending _, Spawning _, Running _ -> wanted = wanted == Wanted.DOWN ? Wanted.DOWN : Wanted.ONCE;
            case Down _, Done _, Failed _ -> {}
        }
    }

    private void stop(long nowNanos) {
        if (state instanceof Down) {
            return;
        }
        wanted = Wanted.DOWN;
        switch (state) {
            case Starting starting -> terminate(nowNanos, starting.run(), Cause.ASKED);
            case Ready ready -> drain(nowNanos, ready);
            // Those who are connected may still be served.
            case NotReady notReady -> drain(nowNanos, notReady);
            case Stopping stopping -> asked(stopping);
            case Done _ -> {
                actions.add(new TellStopping());
                down();
            }
            case BackingOff _, Failed _ -> down();
            case Down _, Draining _, Spawning _, Ending _ -> {}
        }
    }

    private void stopNow(long nowNanos) {
        switch (state) {
            case Draining draining -> terminate(nowNanos, draining.run(), Cause.ASKED);
            case Ready ready -> terminate(nowNanos, ready.run(), Cause.ASKED);
            case NotReady notReady -> terminate(nowNanos, notReady.run(), Cause.ASKED);
            case Down _, Spawning _, Starting _, Stopping _, Ending _, BackingOff _, Done _, Failed _ -> stop(nowNanos);
        }
        wanted = Wanted.DOWN;
    }

    private void restart(long nowNanos) {
        switch (state) {
            case Starting starting -> terminate(nowNanos, starting.run(), Cause.ASKED);
            case Ready ready -> drain(nowNanos, ready);
            case NotReady notReady -> drain(nowNanos, notReady);
            case Stopping stopping -> asked(stopping);
            case Down _, Spawning _, Draining _, Ending _, BackingOff _, Done _, Failed _ -> {}
        }
    }

    private void hurry(long nowNanos) {
        hurried = true;
        switch (state) {
            case Draining draining -> terminate(nowNanos, draining.run(), Cause.ASKED);
            case Ready ready -> terminate(nowNanos, ready.run(), Cause.ASKED);
            case NotReady notReady -> terminate(nowNanos, notReady.run(), Cause.ASKED);
            case Stopping _, Ending _ -> killNow(nowNanos);
            case Down _, Spawning _, Starting _, BackingOff _, Done _, Failed _ -> stop(nowNanos);
        }
        wanted = Wanted.DOWN;
    }

    private void killNow(long nowNanos) {
        hurried = true;
        switch (state) {
            case Stopping stopping -> kill(stopping, Cause.ASKED);
            case Running running -> {
                actions.add(new TellStopping());
                var stopping =
                        new Stopping(running.run(), spec.stopping().signals().size(), nowNanos, false, Cause.ASKED);
                become(stopping);
                kill(stopping, Cause.ASKED);
            }
            case Sweeping sweeping -> killRest(nowNanos, sweeping);
            case Finishing finishing -> killFinish(finishing);
            case Down _, Spawning _, BackingOff _, Done _, Failed _ -> stop(nowNanos);
        }
        wanted = Wanted.DOWN;
    }

    private void asked(Stopping stopping) {
        state = new Stopping(stopping.run(), stopping.sent(), stopping.nextNanos(), stopping.killed(), Cause.ASKED);
    }

    private void send(ServiceEvent.Send send) {
        if (state instanceof Spawning) {
            early.add(send); // it may run already, and have said so to whoever sends this
        } else if (state instanceof Running running) {
            long pid = running.run().pid();
            actions.add(
                    send.reach() == Reach.GROUP
                            ? new SignalGroup(pid, send.signal())
                            : new SignalProcess(pid, send.signal()));
            switch (send.signal()) {
                case STOP -> paused = true;
                case CONT -> paused = false;
                default -> {}
            }
        }
    }

    // How a run begins.

    private void spawn() {
        hurried = false;
        early.clear();
        become(new Spawning());
        actions.add(new Spawn());
    }

    private void spawned(long nowNanos, long pid) {
        if (!(state instanceof Spawning)) {
            return;
        }
        everSpawned = true;
        paused = false;
        startAsked = false;
        lastStartNanos = nowNanos;
        var run = new Run(pid, nowNanos);
        notReadyBecause = null;
        slownessTold = false;
        actions.add(new TellStarted(pid));
        if (wanted == Wanted.DOWN) {
            terminate(nowNanos, run, Cause.ASKED);
            return;
        }
        boolean saysSo = spec.readiness().notification() != Notification.NONE;
        become(new Starting(run, !saysSo));
        early.forEach(this::send);
        if (!saysSo && spec.kind() == Kind.LONGRUN) {
            askAfterDelay(nowNanos, run);
        }
    }

    private void saidSo(long nowNanos, Starting starting) {
        if (!starting.saidSo()) {
            become(new Starting(starting.run(), true));
            askAfterDelay(nowNanos, starting.run());
        }
    }

    private void askAfterDelay(long nowNanos, Run run) {
        long firstNanos = run.startedNanos() + spec.readiness().delay().toNanos();
        if (nowNanos - firstNanos >= 0) {
            askOrBeReady(nowNanos, run);
        } else {
            nextQuestionNanos = firstNanos;
        }
    }

    private void spawnFailed(long nowNanos, ServiceEvent.SpawnFailed failed) {
        if (!(state instanceof Spawning)) {
            return;
        }
        if (wanted == Wanted.DOWN) {
            down();
            return;
        }
        boolean again = wanted == Wanted.UP
                && spec.restarts().policy() != RestartPolicy.NEVER
                && switch (spec.restarts().pace()) {
                    // Somebody looks at the terminal when it is tried the first time. If it worked before, a file
                    // system or
                    // memory may come back.
                    case Pace.BackOff _ -> everSpawned;
                    case Pace.SinceStart _ -> true;
                };
        shortRuns++;
        if (!again || crashed(nowNanos)) {
            fail(failed.reason(), failed.code());
            return;
        }
        actions.add(new TellSick(failed.reason()));
        switch (spec.restarts().pace()) {
            case Pace.BackOff pace -> backOff(nowNanos, pace);
            case Pace.SinceStart pace ->
                become(new BackingOff(nowNanos + pace.afterNoStart().toNanos()));
        }
    }

    // How a run ends: exit, the rest of its group, the finish command, and what follows.

    private void exited(long nowNanos, Running before, ServiceEvent.Exited exited) {
        last = exited.status();
        paused = false;
        if (before instanceof Ready || before instanceof NotReady || before instanceof Draining) {
            actions.add(new TellNotReady("Its process " + exited.status() + "."));
        }
        actions.add(new TellExited(exited.pid(), exited.status()));
        End end = endOf(nowNanos, before, exited.status());
        // Helpers that outlive their service would keep its port and files from the next one.
        if (!exited.groupLeft() || spec.stopping().reach() != Reach.GROUP) {
            finish(nowNanos, end);
            return;
        }
        if (before instanceof Stopping stopping) {
            become(new Sweeping(
                    end,
                    stopping.killed() ? nowNanos + SWEEP_PATIENCE.toNanos() : stopping.nextNanos(),
                    stopping.killed()));
        } else {
            sendStopSignal(exited.pid(), 0);
            become(new Sweeping(end, nowNanos + spec.stopping().timeout().toNanos(), false));
        }
        nextQuestionNanos = nowNanos + LOOK_EVERY_NANOS;
    }

    private End endOf(long nowNanos, Running before, ExitStatus status) {
        boolean unwell = before instanceof Stopping stopping && stopping.cause() == Cause.UNWELL;
        boolean asked = wanted == Wanted.DOWN || before instanceof Draining || (before instanceof Stopping && !unwell);
        long ranNanos = nowNanos - before.run().startedNanos();
        long resetNanos = spec.restarts().pace() instanceof Pace.BackOff pace
                ? pace.resetAfter().toNanos()
                : 0;
        shortRuns = asked || ranNanos >= resetNanos ? 0 : shortRuns + 1;
        lastedBefore = ranNanos >= Math.max(resetNanos, LASTED_NANOS);
        boolean failure = !asked && (unwell || !spec.restarts().isSuccess(status));
        return new End(before.run().pid(), status, asked, failure, failure && crashed(nowNanos));
    }

    /** Counts a failure; true when it is one too many. */
    private boolean crashed(long nowNanos) {
        int max = spec.restarts().crashesMax();
        if (max == 0) {
            return false;
        }
        crashes.addLast(nowNanos);
        while (crashes.size() > max) {
            crashes.removeFirst();
        }
        return crashes.size() == max
                && nowNanos - crashes.getFirst()
                        <= spec.restarts().crashesWithin().toNanos();
    }

    /** Process and group are gone. */
    private void finish(long nowNanos, End end) {
        if (spec.finish().isNothing()) {
            settle(nowNanos, end, false);
            return;
        }
        Duration own = spec.finish().timeout();
        boolean cutShort = hurried && (own.isZero() || own.compareTo(FINISH_HURRIED) > 0);
        Duration timeout = cutShort ? FINISH_HURRIED : own;
        become(new Finishing(end, 0, timeout.isZero() ? NEVER : nowNanos + timeout.toNanos(), false));
        actions.add(new SpawnFinish(end.group(), end.status()));
    }

    private void finishSpawned(long pid) {
        if (state instanceof Finishing finishing) {
            state = new Finishing(finishing.end(), pid, finishing.killNanos(), finishing.killed());
            if (finishing.killed()) {
                actions.add(new SignalGroup(pid, Signal.KILL));
            }
        }
    }

    private void killFinish(Finishing finishing) {
        if (!finishing.killed() && finishing.pid() != 0) {
            actions.add(new SignalGroup(finishing.pid(), Signal.KILL));
        }
        state = new Finishing(finishing.end(), finishing.pid(), finishing.killNanos(), true);
    }

    /** All that follows an end has ended: what now? */
    private void settle(long nowNanos, End end, boolean permanent) {
        actions.add(new TellFinished());
        if (wanted == Wanted.DOWN) {
            down();
        } else if (permanent) {
            fail(
                    "Its finish command says that it must not be started again (exit status " + Finish.PERMANENT
                            + "); the service " + end.status() + ".",
                    end.status().code());
        } else if (startAsked || (end.asked() && wanted == Wanted.UP)) {
            startAgain(nowNanos);
        } else if (end.asked()) {
            down();
        } else if (spec.kind() == Kind.ONESHOT && !end.failure()) {
            become(new Done());
            actions.add(new TellReady());
        } else if (wanted == Wanted.UP && wantsAgain(end.failure())) {
            if (end.tooMany()) {
                fail(
                        "It failed " + spec.restarts().crashesMax() + " times within "
                                + spec.restarts().crashesWithin().toSeconds() + " s; the last time it " + end.status()
                                + ". See what it wrote, then start it again.",
                        end.status().code());
            } else {
                backOffAsPaced(nowNanos);
            }
        } else if (end.failure()) {
            fail(
                    "It " + end.status() + " and is not to be started again. See what it wrote.",
                    end.status().code());
        } else {
            down();
        }
    }

    private boolean wantsAgain(boolean failure) {
        return switch (spec.restarts().policy()) {
            case ALWAYS -> true;
            case ON_FAILURE -> failure;
            case NEVER -> false;
        };
    }

    private void startAgain(long nowNanos) {
        switch (spec.restarts().pace()) {
            case Pace.BackOff _ -> spawn();
            case Pace.SinceStart _ -> backOffAsPaced(nowNanos);
        }
    }

    private void backOffAsPaced(long nowNanos) {
        switch (spec.restarts().pace()) {
            case Pace.BackOff pace -> {
                if (lastedBefore) {
                    spawn();
                } else {
                    backOff(nowNanos, pace);
                }
            }
            case Pace.SinceStart pace -> {
                long untilNanos = lastStartNanos + pace.apart().toNanos();
                if (due(nowNanos, untilNanos)) {
                    spawn();
                } else {
                    become(new BackingOff(untilNanos));
                }
            }
        }
    }

    private void backOff(long nowNanos, Pace.BackOff pace) {
        long min = pace.min().toNanos();
        long max = pace.max().toNanos();
        int doublings = Math.clamp(shortRuns - 1L, 0, DOUBLINGS_MAX);
        long base = doublings >= Long.numberOfLeadingZeros(min) - 1 ? max : Math.min(max, min << doublings);
        become(new BackingOff(nowNanos + base + (long) (base * pace.jitter() * random.nextDouble())));
    }

    private void down() {
        wanted = Wanted.DOWN;
        become(new Down());
        actions.add(new TellDown(last));
    }

    private void fail(String reason, int code) {
        wanted = Wanted.DOWN;
        become(new Failed(reason));
        actions.add(new TellFailed(reason, code));
    }

    // How a run is stopped.

    private void drain(long nowNanos, Running before) {
        Run run = before.run();
        if (!spec.stopping().drains()) {
            terminate(nowNanos, run, Cause.ASKED);
            return;
        }
        long notBefore = nowNanos + spec.stopping().drainAtLeast().toNanos();
        long notAfter = nowNanos + spec.stopping().drainAtMost().toNanos();
        become(new Draining(run, notBefore, notAfter, before instanceof Ready));
        nextQuestionNanos = notBefore;
        actions.add(new TellDraining());
    }

    private void terminate(long nowNanos, Run run, Cause cause) {
        if (cause == Cause.ASKED) {
            actions.add(new TellStopping());
        }
        sendStopSignal(run.pid(), 0);
        become(new Stopping(
                run,
                1,
                nowNanos + spec.stopping().timeout().toNanos(),
                spec.stopping().signals().getFirst() == Signal.KILL,
                cause));
    }

    private void sendStopSignal(long pid, int index) {
        Signal signal = spec.stopping().signals().get(index);
        signal(pid, signal);
        if (signal != Signal.KILL) {
            // A stopped process would not see its signal before it goes on.
            signal(pid, Signal.CONT);
            paused = false;
        }
    }

    private void signal(long pid, Signal signal) {
        boolean group = switch (spec.stopping().reach()) {
            case GROUP -> true;
            case MIXED -> signal == Signal.KILL;
            case PROCESS -> false;
        };
        actions.add(group ? new SignalGroup(pid, signal) : new SignalProcess(pid, signal));
    }

    private void nextStopSignal(long nowNanos, Stopping stopping) {
        // The list may have become shorter meanwhile.
        if (stopping.sent() >= spec.stopping().signals().size()) {
            kill(stopping, stopping.cause());
            return;
        }
        sendStopSignal(stopping.run().pid(), stopping.sent());
        state = new Stopping(
                stopping.run(),
                stopping.sent() + 1,
                nowNanos + spec.stopping().timeout().toNanos(),
                spec.stopping().signals().get(stopping.sent()) == Signal.KILL,
                stopping.cause());
    }

    private void kill(Stopping stopping, Cause cause) {
        if (!stopping.killed()) {
            signal(stopping.run().pid(), Signal.KILL);
        }
        state = new Stopping(stopping.run(), stopping.sent(), stopping.nextNanos(), true, cause);
    }

    private void killRest(long nowNanos, Sweeping sweeping) {
        if (!sweeping.killed()) {
            actions.add(new SignalGroup(sweeping.end().group(), Signal.KILL));
            state = new Sweeping(sweeping.end(), nowNanos + SWEEP_PATIENCE.toNanos(), true);
        }
    }

    // How it is asked.

    private void askOrBeReady(long nowNanos, Run run) {
        if (spec.readiness().probes().isEmpty()) {
            beReady(nowNanos, run);
        } else {
            ask(run, spec.readiness().probes(), spec.readiness().probeTimeout());
        }
    }

    private void ask(Run run, List<Probe> probes, Duration timeout) {
        nextQuestionNanos = NEVER;
        actions.add(new AskProbes(run.pid(), probes, timeout));
    }

    private void beReady(long nowNanos, Run run) {
        failedProbes = 0;
        become(new Ready(run));
        scheduleLiveness(nowNanos);
        actions.add(new TellReady());
    }

    private void scheduleLiveness(long nowNanos) {
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
                scheduleLiveness(nowNanos);
            }
            // Late: asked before the state changed.
            case ServiceState _ -> {}
        }
    }

    private void probeFailed(long nowNanos, long pid, String reason) {
        switch (state) {
            case Starting starting
            when starting.run().pid() == pid -> {
                boolean eager = nowNanos - starting.run().startedNanos() < EAGER_FOR_NANOS;
                nextQuestionNanos = nowNanos + (eager ? EAGER_PROBE_NANOS : PATIENT_PROBE_NANOS);
                notReadyBecause = reason;
                if (!eager && !slownessTold) {
                    // An app that listens elsewhere than it is looked for is the commonest fault of all.
                    slownessTold = true;
                    actions.add(new TellNotReady(
                            "It was started " + EAGER_FOR_NANOS / 1_000_000_000 + " s ago; " + reason));
                }
            }
            case NotReady notReady when notReady.run().pid() == pid -> scheduleLiveness(nowNanos);
            case Ready ready
            when ready.run().pid() == pid -> {
                failedProbes++;
                scheduleLiveness(nowNanos);
                // More than that when it has become less meanwhile.
                if (failedProbes >= spec.liveness().failuresMax()) {
                    sick(nowNanos, ready.run(), failedProbes + " checks in a row failed, the last one: " + reason);
                }
            }
            case ServiceState _ -> {}
        }
    }

    private void sick(long nowNanos, Run run, String reason) {
        switch (spec.liveness().action()) {
            case WITHDRAW -> {
                become(new NotReady(run));
                actions.add(new TellUnwell(reason));
                scheduleLiveness(nowNanos);
            }
            case RESTART -> {
                actions.add(new TellNotReady(reason));
                become(new NotReady(run));
                terminate(nowNanos, run, Cause.UNWELL);
            }
            case NOTHING -> {
                // Told once, as it stays ready and is asked again.
                if (failedProbes == spec.liveness().failuresMax()) {
                    actions.add(new TellSick(reason));
                }
            }
        }
    }

    private void counted(long nowNanos, ServiceEvent.Connections connections) {
        if (state instanceof Draining draining && draining.run().pid() == connections.pid()) {
            if (connections.open() == 0) {
                terminate(nowNanos, draining.run(), Cause.ASKED);
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
                            + spec.readiness().timeout().toSeconds() + " s and is stopped"
                            + (notReadyBecause == null ? "." : "; " + notReadyBecause)));
                    terminate(nowNanos, starting.run(), Cause.UNWELL);
                } else if (questionDue) {
                    askOrBeReady(nowNanos, starting.run());
                }
            }
            case Ready ready -> {
                if (questionDue) {
                    askLiveness(ready.run());
                }
            }
            case NotReady notReady -> {
                if (questionDue) {
                    askLiveness(notReady.run());
                }
            }
            case Draining draining -> {
                boolean nobodyToCount = spec.stopping().drainPorts().isEmpty();
                if (due(nowNanos, draining.notAfterNanos()) || (questionDue && nobodyToCount)) {
                    terminate(nowNanos, draining.run(), Cause.ASKED);
                } else if (questionDue) {
                    nextQuestionNanos = NEVER;
                    actions.add(new CountConnections(
                            draining.run().pid(), spec.stopping().drainPorts()));
                }
            }
            case Stopping stopping -> {
                if (!stopping.killed() && due(nowNanos, stopping.nextNanos())) {
                    nextStopSignal(nowNanos, stopping);
                }
            }
            case Sweeping sweeping -> {
                boolean over = due(nowNanos, sweeping.nextNanos());
                if (over && sweeping.killed()) {
                    finish(nowNanos, sweeping.end());
                } else if (over) {
                    killRest(nowNanos, sweeping);
                } else if (questionDue) {
                    nextQuestionNanos = nowNanos + LOOK_EVERY_NANOS;
                    actions.add(new LookAtGroup(sweeping.end().group()));
                }
            }
            case Finishing finishing -> {
                if (!finishing.killed() && due(nowNanos, finishing.killNanos())) {
                    killFinish(finishing);
                }
            }
            case BackingOff backingOff -> {
                if (due(nowNanos, backingOff.untilNanos())) {
                    spawn();
                }
            }
            case Spawning _, Down _, Done _, Failed _ -> {}
        }
    }

    private void askLiveness(Run run) {
        ask(run, spec.liveness().probes(), spec.liveness().probeTimeout());
    }

    private void become(ServiceState next) {
        state = next;
        nextQuestionNanos = NEVER;
    }

    private long readyTimeoutNanos(Run run) {
        Duration timeout = spec.readiness().timeout();
        return timeout.isZero() ? NEVER : run.startedNanos() + timeout.toNanos();
    }

    static boolean due(long nowNanos, long deadlineNanos) {
        return deadlineNanos != NEVER && nowNanos - deadlineNanos >= 0;
    }

    static long earlier(long a, long b) {
        if (a == NEVER || b == NEVER) {
            return a == NEVER ? b : a;
        }
        return a - b < 0 ? a : b;
    }
}
