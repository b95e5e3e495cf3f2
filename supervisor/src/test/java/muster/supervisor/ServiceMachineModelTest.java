package muster.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import muster.supervisor.ServiceState.BackingOff;
import muster.supervisor.ServiceState.Down;
import muster.supervisor.ServiceState.Failed;
import muster.supervisor.ServiceState.NotReady;
import muster.supervisor.ServiceState.Ready;
import org.junit.jupiter.api.Test;

/**
 * Ten thousand random lives in a small world model: processes that end when they like, ignore signals, leave helpers
 * behind, pass and fail probes; commands at any moment; answers that come late.
 */
class ServiceMachineModelTest {
    private static final int LIVES = 10_000;
    private static final int STEPS = 120;
    private static final long MILLI = 1_000_000;
    private static final List<List<Signal>> STOP_SIGNALS = List.of(
            List.of(Signal.TERM),
            List.of(Signal.TERM),
            List.of(Signal.INT, Signal.TERM),
            List.of(Signal.TERM, Signal.QUIT, Signal.INT),
            List.of(Signal.KILL));

    @Test
    void ten_thousand_random_lives_keep_the_promises() {
        var seen = new java.util.TreeMap<String, Integer>();
        for (long seed = 0; seed < LIVES; seed++) {
            try {
                new World(seed).live(seen);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
        // The model is worth something only if it gets everywhere.
        assertThat(seen.keySet())
                .contains(
                        "Down",
                        "Spawning",
                        "Starting",
                        "Ready",
                        "NotReady",
                        "Draining",
                        "Stopping",
                        "Sweeping",
                        "Finishing",
                        "BackingOff",
                        "Done",
                        "Failed",
                        "finish-killed",
                        "said-so",
                        "kill",
                        "kill-rest",
                        "hurried-kill",
                        "patience");
    }

    private record Later(long atNanos, long order, Runnable what) implements Comparable<Later> {
        @Override
        public int compareTo(Later other) {
            return atNanos == other.atNanos ? Long.compare(order, other.order) : Long.compare(atNanos, other.atNanos);
        }
    }

    private static final class World {
        private final Random random;
        private final ServiceSpec spec;
        private final ServiceMachine machine;
        private final PriorityQueue<Later> agenda = new PriorityQueue<>();
        private final ArrayDeque<ServiceEvent> inbox = new ArrayDeque<>();
        private long now;
        private long order;
        private long nextPid = 100;

        private long runningPid;
        private boolean spawnAsked;
        private long leftGroup;
        private long groupKilledNanos;
        private boolean stuck;
        private long signalledNanos = -1;
        private boolean killed;
        private boolean hurried;
        private final boolean saysSo;
        private boolean saidSo;
        private long finishPid;
        private boolean finishAsked;
        private int exits;
        private int finishes;
        private boolean probedOk;
        private boolean announced;
        private long stopNanos = -1;
        private boolean commanded;
        private java.util.Map<String, Integer> seen = new java.util.TreeMap<>();

        World(long seed) {
            random = new Random(seed);
            boolean oneshot = random.nextInt(5) == 0;
            var probes = oneshot || random.nextInt(3) == 0
                    ? List.<Probe>of()
                    : List.<Probe>of(new Probe.Http("127.0.0.1", 1_000, "/"));
            saysSo = !oneshot && random.nextInt(3) == 0;
            var atLeast = Duration.ofMillis(random.nextInt(3) * 200L);
            var base = oneshot ? ServiceSpec.oneshot("web", List.of("serve")) : ServiceSpec.of("web", List.of("serve"));
            spec = base.with(new Restarts(
                            RestartPolicy.values()[random.nextInt(3)],
                            List.of(0),
                            random.nextInt(3) == 0
                                    ? new Pace.SinceStart(
                                            Duration.ofMillis(1 + random.nextInt(1_000)),
                                            Duration.ofMillis(1 + random.nextInt(3_000)))
                                    : new Pace.BackOff(
                                            Duration.ofMillis(1 + random.nextInt(100)),
                                            Duration.ofMillis(100 + random.nextInt(3_000)),
                                            random.nextDouble(),
                                            Duration.ofMillis(random.nextInt(2_000))),
                            random.nextInt(4),
                            Duration.ofMillis(1 + random.nextInt(20_000))))
                    .with(new Readiness(
                            saysSo ? Notification.DESCRIPTOR : Notification.NONE,
                            saysSo ? 3 : 0,
                            probes,
                            Duration.ofMillis(oneshot ? 0 : random.nextInt(2) * 50L),
                            Duration.ofMillis(random.nextInt(2) * 1_000L),
                            Duration.ofMillis(100)))
                    .with(new Liveness(
                            random.nextBoolean() ? probes : List.of(),
                            Duration.ofMillis(300),
                            Duration.ofMillis(100),
                            1 + random.nextInt(3),
                            Liveness.Action.values()[random.nextInt(3)]))
                    .with(
                            random.nextBoolean()
                                    ? Finish.NONE
                                    : Finish.by(List.of("tidy"))
                                            .withTimeout(Duration.ofMillis(100 + random.nextInt(400))))
                    .with(new Stopping(
                            STOP_SIGNALS.get(random.nextInt(STOP_SIGNALS.size())),
                            Duration.ofMillis(random.nextInt(3) * 500L),
                            Reach.values()[random.nextInt(3)],
                            atLeast,
                            atLeast.plusMillis(random.nextInt(3) * 500L),
                            random.nextBoolean() ? List.of(1_000) : List.of()));
            machine = new ServiceMachine(spec, random);
            now = random.nextLong() / 4;
        }

        void live(java.util.Map<String, Integer> counts) {
            seen = counts;
            tell(new ServiceEvent.Start());
            for (int step = 0; step < STEPS; step++) {
                if (random.nextInt(12) == 0) {
                    command();
                }
                step();
            }
            // The end of every life: a stop, within its budget.
            tell(new ServiceEvent.Stop());
            stopNanos = now;
            hurried = false;
            commanded = true;
            long budget = spec.stopping()
                    .drainAtMost()
                    .plus(spec.stopping()
                            .timeout()
                            .multipliedBy(spec.stopping().signals().size()))
                    .plus(ServiceMachine.SWEEP_PATIENCE)
                    .plus(spec.finish().timeout())
                    .plusMillis(200) // what the model takes to report a kill or a spawn
                    .toNanos();
            int steps = 0;
            while (!(machine.state() instanceof Down)) {
                step();
                assertThat(now - stopNanos)
                        .as("stop within its budget, in " + machine.state())
                        .isLessThan(budget);
                assertThat(++steps).isLessThan(100_000);
            }
            assertThat(runningPid).isZero();
            assertThat(finishPid).isZero();
            assertThat(finishes).as("finish commands").isEqualTo(spec.finish().isNothing() ? 0 : exits);
            assertThat(machine.wanted()).isEqualTo(Wanted.DOWN);
            assertThat(machine.nextDeadline()).isEqualTo(ServiceMachine.NEVER);
            assertThat(announced).isFalse();
        }

        private void command() {
            switch (random.nextInt(11)) {
                case 0, 1, 2 -> tell(new ServiceEvent.Start());
                case 3 -> tell(new ServiceEvent.StartOnce());
                case 4 -> tell(new ServiceEvent.Once());
                case 5 -> tell(new ServiceEvent.Stop());
                case 6 -> tell(new ServiceEvent.Restart());
                case 7 ->
                    tell(new ServiceEvent.Send(
                            random.nextBoolean() ? Signal.STOP : Signal.CONT, Reach.values()[random.nextInt(3)]));
                case 8 -> tell(new ServiceEvent.StopNow());
                case 9 -> {
                    hurried = true;
                    tell(new ServiceEvent.Kill(false));
                }
                default -> {
                    hurried = true;
                    tell(new ServiceEvent.Hurry());
                }
            }
        }

        /** The next thing that happens anywhere. */
        private void step() {
            long deadline = machine.nextDeadline();
            Later next = agenda.peek();
            boolean timer = deadline != ServiceMachine.NEVER && (next == null || deadline - next.atNanos <= 0);
            if (timer) {
                now = Math.max(now, deadline + (random.nextInt(4) == 0 ? random.nextInt(3) * MILLI : 0));
                tell(new ServiceEvent.Deadline());
            } else if (next != null) {
                agenda.remove();
                now = Math.max(now, next.atNanos);
                next.what.run();
            } else if (machine.state() instanceof Down || machine.state() instanceof Failed) {
                tell(random.nextBoolean() ? new ServiceEvent.Start() : new ServiceEvent.Stop());
            } else {
                now += 50 * MILLI;
                if (runningPid != 0 && !commanded) {
                    exit(runningPid);
                }
            }
        }

        private void later(long millis, Runnable what) {
            agenda.add(new Later(now + millis * MILLI, order++, what));
        }

        private void tell(ServiceEvent event) {
            inbox.add(event);
            while (!inbox.isEmpty()) {
                ServiceEvent next = inbox.remove();
                ServiceState before = machine.state();
                List<ServiceAction> actions = machine.on(now, next);
                seen.merge(machine.state().getClass().getSimpleName(), 1, Integer::sum);
                check(before, next, actions);
                List.copyOf(actions).forEach(this::carryOut);
            }
        }

        private void check(ServiceState before, ServiceEvent event, List<ServiceAction> actions) {
            if (machine.state() instanceof NotReady && before instanceof Ready) {
                probedOk = false;
            }
            if (machine.state() instanceof Ready && !(before instanceof Ready)) {
                assertThat(probedOk).as("ready only after a probe passed").isTrue();
            }
            if (machine.state() instanceof Ready && saysSo) {
                assertThat(saidSo).as("ready only after it said so").isTrue();
            }
            if (machine.state() instanceof BackingOff off
                    && !(before instanceof BackingOff)
                    && spec.restarts().pace() instanceof Pace.SinceStart pace) {
                assertThat(off.untilNanos() - now)
                        .as("pace")
                        .isPositive()
                        .isLessThanOrEqualTo(Math.max(
                                pace.apart().toNanos(), pace.afterNoStart().toNanos()));
            }
            if (machine.state() instanceof BackingOff off
                    && !(before instanceof BackingOff)
                    && spec.restarts().pace() instanceof Pace.BackOff pace) {
                assertThat(off.untilNanos() - now)
                        .as("back-off")
                        .isGreaterThanOrEqualTo(pace.min().toNanos())
                        .isLessThanOrEqualTo(2
                                        * ((Pace.BackOff) spec.restarts().pace())
                                                .max()
                                                .toNanos()
                                + 2 * MILLI * 100);
            }
            if (before instanceof Down
                    && !(event instanceof ServiceEvent.Start)
                    && !(event instanceof ServiceEvent.StartOnce)) {
                assertThat(actions).as("down means down").isEmpty();
            }
            for (ServiceAction action : actions) {
                if (action instanceof ServiceAction.TellReady) {
                    announced = true;
                } else if (action instanceof ServiceAction.TellNotReady
                        || action instanceof ServiceAction.TellStopping) {
                    announced = false;
                }
            }
            if (machine.state() instanceof Down) {
                assertThat(announced).as("announced while down").isFalse();
            }
        }

        private void carryOut(ServiceAction action) {
            switch (action) {
                case ServiceAction.Spawn spawn -> {
                    assertThat(runningPid).as("two processes").isZero();
                    assertThat(spawnAsked).as("two spawns").isFalse();
                    assertThat(finishPid).as("a process beside a finish").isZero();
                    assertThat(finishAsked).as("a process beside a finish").isFalse();
                    if (leftGroup != 0 && spec.stopping().reach() == Reach.GROUP) {
                        assertThat(stuck && now - groupKilledNanos >= ServiceMachine.SWEEP_PATIENCE.toNanos())
                                .as("a process beside the rest of the last one")
                                .isTrue();
                        seen.merge("patience", 1, Integer::sum);
                        leftGroup = 0;
                    }
                    spawnAsked = true;
                    later(random.nextInt(5), this::spawnAnswer);
                }
                case ServiceAction.SpawnFinish finish -> {
                    assertThat(runningPid).as("a finish beside a process").isZero();
                    assertThat(finishPid).as("two finishes").isZero();
                    finishes++;
                    finishAsked = true;
                    later(random.nextInt(5), this::finishAnswer);
                }
                case ServiceAction.SignalGroup sent
                when sent.pid() == finishPid -> {
                    assertThat(sent.signal()).isEqualTo(Signal.KILL);
                    seen.merge("finish-killed", 1, Integer::sum);
                    later(random.nextInt(20), () -> finishEnds(sent.pid()));
                }
                case ServiceAction.SignalGroup sent -> signalled(sent.pid(), sent.signal());
                case ServiceAction.SignalProcess sent -> {
                    assertThat(sent.pid()).as("a signal to a stranger").isEqualTo(runningPid);
                    signalled(sent.pid(), sent.signal());
                }
                case ServiceAction.LookAtGroup look -> {
                    if (leftGroup != look.pid()) {
                        inbox.add(new ServiceEvent.GroupGone(look.pid()));
                    }
                }
                case ServiceAction.AskProbes ask ->
                    later(random.nextInt(60), () -> {
                        boolean passes = random.nextInt(3) > 0;
                        probedOk |= passes && ask.pid() == runningPid;
                        tell(
                                passes
                                        ? new ServiceEvent.ProbesPassed(ask.pid())
                                        : new ServiceEvent.ProbeFailed(ask.pid(), "no."));
                    });
                case ServiceAction.CountConnections count ->
                    later(random.nextInt(5), () -> tell(new ServiceEvent.Connections(count.pid(), random.nextInt(3))));
                case ServiceAction.TellStarted told -> {}
                case ServiceAction.TellReady told -> {}
                case ServiceAction.TellNotReady told -> {}
                case ServiceAction.TellUnwell told -> assertThat(announced).isTrue();
                case ServiceAction.TellStopping told -> {}
                case ServiceAction.TellDraining told -> {}
                case ServiceAction.TellSick told -> {}
                case ServiceAction.TellFinished told -> assertThat(runningPid).isZero();
                case ServiceAction.TellExited told -> assertThat(told.pid()).isNotEqualTo(runningPid);
                case ServiceAction.TellFailed told -> {}
                case ServiceAction.TellDown told -> {
                    assertThat(runningPid).as("down with a process").isZero();
                    hurried = false;
                }
            }
        }

        private void finishAnswer() {
            finishAsked = false;
            if (random.nextInt(15) == 0) {
                tell(new ServiceEvent.FinishEnded(false));
                return;
            }
            long pid = nextPid++;
            finishPid = pid;
            tell(new ServiceEvent.FinishSpawned(pid));
            if (random.nextInt(3) > 0) {
                later(random.nextInt(400), () -> finishEnds(pid));
            }
        }

        private void finishEnds(long pid) {
            if (finishPid == pid) {
                finishPid = 0;
                tell(new ServiceEvent.FinishEnded(random.nextInt(10) == 0));
            }
        }

        private void spawnAnswer() {
            spawnAsked = false;
            if (random.nextInt(15) == 0) {
                tell(new ServiceEvent.SpawnFailed("no.", 127));
                return;
            }
            long pid = nextPid++;
            runningPid = pid;
            probedOk = spec.readiness().probes().isEmpty();
            saidSo = false;
            killed = false;
            signalledNanos = -1;
            tell(new ServiceEvent.Spawned(pid));
            if (saysSo && random.nextInt(4) > 0) {
                later(random.nextInt(300), () -> {
                    seen.merge("said-so", 1, Integer::sum);
                    saidSo |= pid == runningPid;
                    tell(new ServiceEvent.Notified(pid));
                });
            }
            if (random.nextInt(3) > 0) {
                later(random.nextInt(4_000), () -> exit(pid));
            }
        }

        private void exit(long pid) {
            if (runningPid != pid) {
                return;
            }
            runningPid = 0;
            exits++;
            boolean left = random.nextInt(4) == 0;
            leftGroup = left ? pid : 0;
            // KILL went to the whole group: who is left then is stuck in the kernel.
            stuck = killed;
            groupKilledNanos = now;
            if (left && random.nextBoolean()) {
                later(random.nextInt(300), () -> {
                    if (leftGroup == pid && !stuck) {
                        leftGroup = 0;
                    }
                });
            }
            ExitStatus status = killed ? new ExitStatus.Killed(9, false) : new ExitStatus.Exited(random.nextInt(3) % 2);
            tell(new ServiceEvent.Exited(pid, status, left));
        }

        private void signalled(long pid, Signal signal) {
            boolean leader = pid == runningPid;
            assertThat(leader || pid == leftGroup || leftGroup == 0)
                    .as("a signal to a stranger")
                    .isTrue();
            if (signal == Signal.KILL) {
                boolean first = spec.stopping().signals().getFirst() == Signal.KILL && signalledNanos < 0;
                if (!hurried && !first && signalledNanos >= 0) {
                    assertThat(now - signalledNanos)
                            .as("KILL before the time-out")
                            .isGreaterThanOrEqualTo(spec.stopping().timeout().toNanos());
                }
                seen.merge(leader ? hurried ? "hurried-kill" : "kill" : "kill-rest", 1, Integer::sum);
                signalledNanos = now;
                if (leader) {
                    killed = true;
                    later(random.nextInt(20), () -> exit(pid));
                } else if (random.nextInt(4) > 0) {
                    leftGroup = 0;
                } else {
                    // A zombie that nobody reaps: it must not be waited for for ever.
                    groupKilledNanos = now;
                    stuck = true;
                }
            } else if (spec.stopping().signals().contains(signal)) {
                signalledNanos = now;
                if (leader && random.nextInt(4) > 0) {
                    later(random.nextInt(600), () -> exit(pid));
                }
            }
        }
    }
}
