package muster.agent.run;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import muster.agent.Agent;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.supervisor.ExitStatus;
import muster.supervisor.Kind;
import muster.supervisor.OnFailed;
import muster.supervisor.ServiceSpec;
import muster.supervisor.linux.Children;
import muster.supervisor.runner.Listener;
import muster.supervisor.runner.ServiceStatus;
import muster.supervisor.runner.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * The supervised services of this node: announced while they are ready, if this node is a member, and announced as
 * draining before they are stopped. Safe for use by any thread.
 */
public final class LocalServices implements AutoCloseable {
    /** For what services left behind, also when they took all of their time-out, while the budget lasts: it hears of the stop after them. */
    private static final Duration REST_AT_LEAST = Duration.ofSeconds(1);

    /** For the supervisor to notice that nobody is there, where nobody is waited for. */
    private static final Duration NOBODY_LEFT_WITHIN = Duration.ofMillis(500);

    private static final long NOT_BEGUN = Long.MIN_VALUE;

    private final Supervisor supervisor;
    private final List<Plan> plans;
    private final StopBudget budget;
    private final boolean programEndsWithThem;
    private final AtomicLong endBegunNanos = new AtomicLong(NOT_BEGUN);
    private final Ends ends = new Ends();
    private volatile boolean stopAsked;
    private volatile boolean nobodyIsWaitedFor;

    private LocalServices(
            List<Plan> plans,
            @Nullable Agent agent,
            List<Listener> more,
            StopBudget budget,
            boolean programEndsWithThem) {
        this.plans = List.copyOf(plans);
        this.budget = budget;
        this.programEndsWithThem = programEndsWithThem;
        var listeners = new ArrayList<Listener>(more);
        var journal = new Journal(() -> stopAsked);
        listeners.add(journal);
        if (agent != null) {
            listeners.add(new Announcer(agent, plans, journal));
        }
        listeners.add(ends);
        this.supervisor = Supervisor.start(List.of(), new Listeners(List.copyOf(listeners)), budget.forServices());
    }

    /**
     * Prepares them; they are started by {@link #startAll}.
     *
     * @param agent announces them; null: nobody does
     * @param more hear what happens to them, too
     * @param budget for their end, whoever begins it
     * @param programEndsWithThem when none of them is left, that is the end; else the program goes on without them
     * @throws IllegalArgumentException with the remedy when the settings do not fit together
     */
    public static LocalServices of(
            List<Plan> plans,
            @Nullable Agent agent,
            List<Listener> more,
            StopBudget budget,
            boolean programEndsWithThem) {
        var services = new LocalServices(plans, agent, more, budget, programEndsWithThem);
        // A service that takes all others with it ends them without us.
        CompletableFuture<Void> _ = services.supervisor.exit().thenAccept(services.ends.end::complete);
        if (agent != null) {
            agent.beforeLeaving(() -> {
                services.stop();
                services.ends.end.join();
            });
        }
        return services;
    }

    /** Throws {@link IllegalArgumentException} when no order fits. Before {@link #startAll}, where nothing is started by others. */
    public void checkOrder() {
        inOrder();
    }

    /** Starts them, whom others need first. Throws {@link IllegalArgumentException} before that when no order fits. */
    public void startAll() {
        List<Plan> order = inOrder();
        for (Plan plan : plans) {
            ends.running.add(plan.service().name());
        }
        // In one call: a logger that is started before somebody is known who logs to it does not read from him.
        supervisor.add(order.stream().map(Plan::service).toList());
    }

    private List<Plan> inOrder() {
        Set<String> there = new TreeSet<>(supervisor.names());
        var order = new ArrayList<Plan>();
        var left = new ArrayList<>(plans);
        while (!left.isEmpty()) {
            Plan next = left.stream()
                    .filter(plan -> there.containsAll(plan.service().needs()))
                    .findFirst()
                    .orElseThrow(() -> noOrder(left, there));
            order.add(next);
            there.add(next.service().name());
            left.remove(next);
        }
        return order;
    }

    /** What is wrong with those that nobody can start. */
    private static IllegalArgumentException noOrder(List<Plan> left, Set<String> there) {
        Set<String> known = new TreeSet<>(there);
        left.forEach(plan -> known.add(plan.service().name()));
        for (Plan plan : left) {
            for (String need : plan.service().needs()) {
                if (!known.contains(need)) {
                    return new IllegalArgumentException(
                            plan.needsFrom() + ": service " + plan.service().name() + " needs " + need
                                    + ", which is not there; known are " + String.join(", ", known));
                }
            }
        }
        return new IllegalArgumentException("services must not wait for each other, none can be the first: "
                + left.stream()
                        .map(plan -> plan.service().name() + " needs "
                                + String.join(" and ", plan.service().needs()) + " (" + plan.needsFrom() + ")")
                        .collect(Collectors.joining(", ")));
    }

    public Supervisor supervisor() {
        return supervisor;
    }

    /** Whether any of them is drained before it stops. */
    public boolean anyDrains() {
        return plans.stream().anyMatch(plan -> !plan.announced().isEmpty());
    }

    /** Drains, stops them in order, and ends, each within its own time-outs and all within the budget. Returns at once. */
    public void stop() {
        stopAsked = true;
        endBegins();
        supervisor.shutdown(0, left(budget.forServices()));
    }

    /** A stop that cannot wait. Returns at once. */
    public void hurry() {
        stopAsked = true;
        endBegins();
        supervisor.hurry();
        Children.ofThisProcess().hurryEnd();
    }

    /** What follows for these is expected; the caller stops them by the supervisor. */
    public void endExpected() {
        stopAsked = true;
    }

    /** Whoever is still there does not end: {@link #close} does not wait for him. */
    public void waitForNobody() {
        nobodyIsWaitedFor = true;
    }

    /** This one's end is none of ours: somebody said that it shall be down, or up again. */
    public void held(String name, boolean down) {
        if (down) {
            ends.heldDown.add(name);
        } else {
            ends.heldDown.remove(name);
        }
    }

    /** From now on the time of the budget runs. */
    private void endBegins() {
        endBegunNanos.compareAndSet(NOT_BEGUN, System.nanoTime());
    }

    /** What a member has for its leave, when the services are down. */
    public Duration leftForLeave() {
        return left(budget.whole().minus(budget.forTheRest()));
    }

    /** Of so much since the end has begun; all of it before. */
    private Duration left(Duration of) {
        long begun = endBegunNanos.get();
        Duration left = begun == NOT_BEGUN ? of : of.minusNanos(System.nanoTime() - begun);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** {@code action} runs when all have ended for good. It must not block. */
    public void whenEnded(Runnable action) {
        CompletableFuture<Void> _ = ends.end.thenRun(action);
    }

    public boolean hasEnded() {
        return ends.end.isDone();
    }

    /** With what the program exits: the code of what ended, or 0 after a stop that was asked for. Waits for the end. */
    public int exitCode() {
        return ends.end.join();
    }

    /**
     * Ends them, and then what they left behind outside their groups, daemons say: those share the longest stop time-out
     * of a service, and are killed when it, or the budget, is over. {@link #hurry} hurries this too.
     */
    @Override
    public void close() {
        if (nobodyIsWaitedFor) {
            supervisor.close(NOBODY_LEFT_WITHIN);
            return;
        }
        supervisor.close();
        try {
            if (!Children.ofThisProcess().endAll(leftForTheRest())) {
                Log.line(LogLevel.WARN, "run: a process that a service left behind did not end although it was killed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration leftForTheRest() {
        Duration longest = plans.stream()
                .map(plan -> plan.service().stopping().timeout())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        Long told = ends.lastToldNanos;
        Duration own = told == null ? longest : longest.minusNanos(System.nanoTime() - told);
        Duration wanted = own.compareTo(REST_AT_LEAST) < 0 ? REST_AT_LEAST : own;
        Duration allowed = left(budget.whole());
        return wanted.compareTo(allowed) < 0 ? wanted : allowed;
    }

    /**
     * The address that balancers will use, where it is one of this host's: an app that listens on another one only is not
     * ready for them. Behind address translation it is not ours, and then any address of ours must do.
     */
    public static String probeHost(@Nullable Agent agent) {
        if (agent == null) {
            return InetAddress.getLoopbackAddress().getHostAddress();
        }
        String advertised = agent.node().advertised().host();
        InetAddress bound = agent.node().bound().getAddress();
        try {
            if (NetworkInterface.getByInetAddress(InetAddress.getByName(advertised)) != null
                    || InetAddress.getByName(advertised).isLoopbackAddress()) {
                return advertised;
            }
        } catch (SocketException | UnknownHostException e) {
            Log.line(LogLevel.DEBUG, "run: is " + advertised + " ours? " + e.getMessage());
        }
        return bound.isAnyLocalAddress() ? InetAddress.getLoopbackAddress().getHostAddress() : bound.getHostAddress();
    }

    /** Notices when nothing is left to run; on the supervisor's loop. */
    private final class Ends implements Listener {
        final CompletableFuture<Integer> end = new CompletableFuture<>();
        final Set<String> running = ConcurrentHashMap.newKeySet();
        final Set<String> heldDown = ConcurrentHashMap.newKeySet();
        private final Map<String, Integer> codes =
                new LinkedHashMap<>(); // of those that have ended, the first one first
        private volatile @Nullable Long lastToldNanos;
        private @Nullable Integer codeOfAll; // of one that takes all others with it

        @Override
        public void started(ServiceSpec service, long pid) {
            String name = service.name();
            boolean ours = plans.stream().anyMatch(plan -> plan.service().name().equals(name));
            if (ours && !heldDown.contains(name)) {
                running.add(name); // somebody has brought it back
                codes.remove(name);
            }
        }

        @Override
        public void changed(ServiceSpec service, ServiceStatus status) {
            if (status.phase() == ServiceStatus.Phase.STOPPING) {
                lastToldNanos = System.nanoTime();
            }
        }

        @Override
        public void ready(ServiceSpec service) {
            if (service.kind() == Kind.ONESHOT) {
                ended(service, 0);
            }
        }

        @Override
        public void failed(ServiceSpec service, String reason, int failure) {
            if (service.onFailed() == OnFailed.EXIT && !stopAsked && codeOfAll == null) {
                codeOfAll = failure;
                endBegins();
            }
            ended(service, failure);
        }

        @Override
        public void down(ServiceSpec service, @Nullable ExitStatus last) {
            ended(service, last == null ? 0 : last.code());
        }

        private void ended(ServiceSpec service, int itsCode) {
            if (!heldDown.contains(service.name()) && running.remove(service.name())) {
                codes.put(service.name(), itsCode);
                if (running.isEmpty() && (programEndsWithThem || stopAsked)) {
                    endBegins();
                    end.complete(code());
                }
            }
        }

        private int code() {
            if (codeOfAll != null) {
                return codeOfAll;
            }
            return stopAsked
                    ? 0
                    : codes.values().stream()
                            .filter(each -> each != 0)
                            .findFirst()
                            .orElse(0);
        }
    }
}
