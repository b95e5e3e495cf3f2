package muster.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ten thousand random lives of random sets of services, with commands, failures and shutdowns at any moment. */
class ServiceSetModelTest {
    private static final int LIVES = 10_000;
    private static final int STEPS = 150;
    private static final long MILLI = 1_000_000;

    @Test
    void ten_thousand_random_sets_keep_the_promises() {
        var seen = new TreeMap<String, Integer>();
        for (long seed = 0; seed < LIVES; seed++) {
            try {
                new World(seed, seen).live();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
        assertThat(seen.keySet())
                .contains(
                        "ended",
                        "failed-exit",
                        "asked-again-and-earlier",
                        "asked-again-and-later",
                        "killed-at-the-end",
                        "end-of-file",
                        "removed",
                        "gave-up",
                        "waited",
                        "unchanged");
    }

    private record Later(long atNanos, long order, Runnable what) implements Comparable<Later> {
        @Override
        public int compareTo(Later other) {
            return atNanos == other.atNanos ? Long.compare(order, other.order) : Long.compare(atNanos, other.atNanos);
        }
    }

    private static final class World {
        private static final Duration BUDGET_WHEN_FAILED = Duration.ofSeconds(3);

        private final Random random;
        private final Map<String, Integer> seen;
        private final ServiceSet set;
        private final Map<String, ServiceSpec> specs = new TreeMap<>();
        private final Map<String, Long> running = new TreeMap<>();
        private final Map<String, Boolean> ready = new TreeMap<>();
        private final PriorityQueue<Later> agenda = new PriorityQueue<>();
        private long now;
        private long order;
        private long nextPid = 100;
        private boolean shutdown;

        private boolean hurried;
        private final Set<Long> told = new HashSet<>();
        private final Map<String, Looks> looks = new TreeMap<>();

        /** Also of services that are removed: they may still be on their way down. */
        private final Set<String> loggers = new HashSet<>();

        private boolean orderBroken;
        private long shutdownNanos;
        private Duration budget = Duration.ZERO;
        private int expectedCode;
        private boolean ended;

        World(long seed, Map<String, Integer> seen) {
            this.random = new Random(seed);
            this.seen = seen;
            this.now = random.nextLong() / 4;
            this.set = new ServiceSet(random, BUDGET_WHEN_FAILED);
        }

        void live() {
            int count = 1 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                add("s" + i);
            }
            for (int step = 0; step < STEPS && !ended; step++) {
                if (random.nextInt(10) == 0) {
                    command();
                } else {
                    step();
                }
            }
            if (!shutdown) {
                beginShutdown(random.nextInt(200), Duration.ofMillis(random.nextInt(6_000)));
            }
            int steps = 0;
            while (!ended) {
                step();
                assertThat(++steps).isLessThan(100_000);
                assertThat(now - shutdownNanos)
                        .as("a shutdown within its budget")
                        .isLessThanOrEqualTo(budget.plusMillis(5).toNanos());
            }
        }

        private void add(String name) {
            var needs = new ArrayList<String>();
            for (String other : specs.keySet()) {
                if (random.nextInt(3) == 0) {
                    needs.add(other);
                }
            }
            var spec = (random.nextInt(5) == 0
                            ? ServiceSpec.oneshot(name, List.of("do"))
                            : ServiceSpec.of(name, List.of("serve")))
                    .withDependsOn(needs)
                    .with(OnFailed.values()[random.nextInt(12) == 0 ? 2 : random.nextInt(2)])
                    .withStartDown(random.nextInt(5) == 0)
                    .with(Restarts.DEFAULTS
                            .withPolicy(RestartPolicy.values()[random.nextInt(3)])
                            .withCrashLimit(random.nextInt(4), Duration.ofMinutes(1)))
                    .with(Stopping.DEFAULTS.withTimeout(Duration.ofMillis(random.nextInt(8_000))));
            if (spec.kind() == Kind.LONGRUN && random.nextBoolean()) {
                spec = spec.with(Readiness.onDescriptor(3));
            }
            if (!needs.isEmpty() && random.nextInt(4) == 0) {
                spec = spec.with(new Logging.ToService(needs.getFirst())).withDependsOn(needs.subList(1, needs.size()));
            }
            specs.put(name, spec);
            ServiceSet.check(specs.values());
            if (spec.logging() instanceof Logging.ToService to) {
                loggers.add(to.name());
            }
            carryOut(set.add(now, spec));
        }

        private void command() {
            String name = "s" + random.nextInt(7);
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> on(name, new ServiceEvent.Start());
                case 4, 5 -> {
                    orderBroken |= shutdown;
                    on(name, new ServiceEvent.Stop());
                }
                case 6 -> on(name, new ServiceEvent.Restart());
                case 7 -> on(name, new ServiceEvent.Once());
                case 8 -> on(name, new ServiceEvent.StartOnce());
                case 9 -> {
                    boolean needed = specs.values().stream()
                            .anyMatch(other -> other.needs().contains(name));
                    if (specs.containsKey(name) && !needed) {
                        specs.remove(name);
                        orderBroken |= shutdown;
                        carryOut(set.remove(now, name));
                    }
                }
                case 10 -> {
                    if (random.nextInt(4) == 0) {
                        beginShutdown(random.nextInt(200), Duration.ofMillis(random.nextInt(6_000)));
                    }
                }
                default -> {
                    if (shutdown && !hurried) {
                        hurried = true;
                        orderBroken = true;
                        carryOut(set.hurry(now, 77, Duration.ofDays(1)));
                    }
                }
            }
        }

        private void beginShutdown(int code, Duration within) {
            if (!shutdown) {
                shutdown = true;
                shutdownNanos = now;
                budget = within;
                expectedCode = code;
            } else {
                Duration fromTheBegin = within.plusNanos(now - shutdownNanos);
                boolean earlier = fromTheBegin.compareTo(budget) < 0;
                seen.merge(earlier ? "asked-again-and-earlier" : "asked-again-and-later", 1, Integer::sum);
                budget = earlier ? fromTheBegin : budget;
            }
            carryOut(set.shutdown(now, code, within));
        }

        private void step() {
            long deadline = set.nextDeadline();
            Later next = agenda.peek();
            if (deadline != ServiceMachine.NEVER && (next == null || deadline - next.atNanos <= 0)) {
                now = Math.max(now, deadline);
                carryOut(set.onDeadline(now));
            } else if (next != null) {
                agenda.remove();
                now = Math.max(now, next.atNanos);
                next.what.run();
            } else {
                now += 50 * MILLI;
                command();
            }
        }

        private void on(String name, ServiceEvent event) {
            carryOut(set.on(now, name, event));
        }

        private void later(long millis, Runnable what) {
            agenda.add(new Later(now + millis * MILLI, order++, what));
        }

        private void carryOut(List<SetAction> actions) {
            for (SetAction action : actions) {
                assertThat(ended).as("nothing follows the end").isFalse();
                switch (action) {
                    case SetAction.Of of -> carryOut(of.name(), of.action());
                    case SetAction.CloseInput close -> {
                        seen.merge("end-of-file", 1, Integer::sum);
                        assertThat(shutdown).isTrue();
                        long pid = running.getOrDefault(close.name(), 0L);
                        later(random.nextInt(3_000), () -> exit(close.name(), pid, 0));
                    }
                    case SetAction.Removed removed -> {
                        seen.merge("removed", 1, Integer::sum);
                        assertThat(running).doesNotContainKey(removed.service().name());
                    }
                    case SetAction.Ended end -> {
                        seen.merge("ended", 1, Integer::sum);
                        ended = true;
                        assertThat(end.code()).isEqualTo(expectedCode);
                        if (!running.isEmpty()) {
                            seen.merge("gave-up", 1, Integer::sum);
                            assertThat(now - shutdownNanos).isGreaterThanOrEqualTo(budget.toNanos());
                        }
                    }
                }
            }
            nobodyLooksDifferentUnsaid();
        }

        /** All that can be seen of one. */
        private record Looks(
                ServiceState state, @Nullable ExitStatus last, boolean paused, Wanted wanted, List<String> waitsFor) {}

        private void nobodyLooksDifferentUnsaid() {
            Set<String> changed = set.takeChanged();
            for (String name : specs.keySet()) {
                ServiceMachine machine = set.machine(name);
                assertThat(machine).isNotNull();
                var now = new Looks(
                        machine.state(), machine.last(), machine.paused(), set.wanted(name), set.waitsFor(name));
                Looks before = looks.put(name, now);
                if (!changed.contains(name)) {
                    assertThat(now).as("nothing was said of " + name).isEqualTo(before);
                    seen.merge("unchanged", 1, Integer::sum);
                }
            }
        }

        private void carryOut(String name, ServiceAction action) {
            ServiceSpec spec = specs.get(name);
            switch (action) {
                case ServiceAction.Spawn _ -> {
                    assertThat(shutdown && !hurried && now != shutdownNanos)
                            .as("nothing is started in a shutdown")
                            .isFalse();
                    ServiceMachine machine = set.machine(name);
                    if (spec != null && machine != null && !ready.containsKey(name)) {
                        for (String need : spec.dependsOn()) {
                            assertThat(ready.getOrDefault(need, false))
                                    .as("%s is first started when %s is ready", name, need)
                                    .isTrue();
                        }
                    }
                    ready.putIfAbsent(name, false);
                    later(1 + random.nextInt(5), () -> spawned(name));
                }
                case ServiceAction.SignalGroup sent -> signalled(name, sent);
                case ServiceAction.TellReady _ -> ready.put(name, true);
                case ServiceAction.TellNotReady _, ServiceAction.TellUnwell _, ServiceAction.TellStopping _ ->
                    ready.put(name, false);
                case ServiceAction.TellFailed failed -> {
                    ready.remove(name);
                    if (spec != null && spec.onFailed() == OnFailed.EXIT && !shutdown) {
                        seen.merge("failed-exit", 1, Integer::sum);
                        shutdown = true;
                        shutdownNanos = now;
                        budget = BUDGET_WHEN_FAILED;
                        expectedCode = failed.code();
                    }
                }
                case ServiceAction.TellDown _ -> ready.remove(name);
                case ServiceAction _ -> {}
            }
            if (!set.waitsFor(name).isEmpty()) {
                seen.merge("waited", 1, Integer::sum);
            }
        }

        private void spawned(String name) {
            if (random.nextInt(15) == 0) {
                on(name, new ServiceEvent.SpawnFailed("no.", 127));
                return;
            }
            long pid = nextPid++;
            running.put(name, pid);
            on(name, new ServiceEvent.Spawned(pid));
            later(random.nextInt(100), () -> on(name, new ServiceEvent.Notified(pid)));
            if (random.nextInt(3) == 0
                    || (specs.containsKey(name) && specs.get(name).kind() == Kind.ONESHOT)) {
                int status = random.nextInt(3) == 0 ? 3 : 0;
                later(random.nextInt(2_000), () -> exit(name, pid, status));
            }
        }

        private void exit(String name, long pid, int status) {
            if (running.getOrDefault(name, 0L) == pid) {
                running.remove(name);
                on(name, new ServiceEvent.Exited(pid, new ExitStatus.Exited(status), false));
            }
        }

        private void signalled(String name, ServiceAction.SignalGroup sent) {
            if (sent.signal() == Signal.TERM) {
                told.add(sent.pid());
            }
            if (sent.signal() == Signal.TERM && shutdown && !orderBroken && !inTheLastThird()) {
                for (ServiceSpec other : specs.values()) {
                    boolean needsIt = other.needs().contains(name);
                    assertThat(needsIt && running.containsKey(other.name()) && startedStopBefore(name))
                            .as("%s is stopped before %s, which needs it", name, other.name())
                            .isFalse();
                }
            }
            if (sent.signal() == Signal.KILL) {
                if (shutdown && atTheEnd()) {
                    seen.merge("killed-at-the-end", 1, Integer::sum);
                    assertThat(loggers.contains(name) || hurried || orderBroken || told.contains(sent.pid()))
                            .as("%s had its stop signal before it is killed", name)
                            .isTrue();
                }
                if (random.nextInt(40) > 0) {
                    later(random.nextInt(3), () -> exit(name, sent.pid(), 0));
                }
            } else if (sent.signal() == Signal.TERM && random.nextInt(4) > 0) {
                later(random.nextInt(1_500), () -> exit(name, sent.pid(), 0));
            }
        }

        /** Only a stop that the shutdown ordered has an order. */
        private boolean startedStopBefore(String name) {
            return ready.containsKey(name) && now != shutdownNanos;
        }

        /** Then those that wait for their turn are told, too. */
        private boolean inTheLastThird() {
            return now - shutdownNanos >= (budget.toNanos() - reservedNanos()) / 3 * 2;
        }

        private long reservedNanos() {
            return Math.min(budget.toNanos() / 5, Duration.ofSeconds(1).toNanos());
        }

        private boolean atTheEnd() {
            return now - shutdownNanos >= budget.toNanos() - reservedNanos();
        }
    }
}
