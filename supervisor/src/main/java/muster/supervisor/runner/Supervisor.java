package muster.supervisor.runner;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import muster.supervisor.CannotSupervise;
import muster.supervisor.Logging;
import muster.supervisor.Reach;
import muster.supervisor.ServiceEvent;
import muster.supervisor.ServiceMachine;
import muster.supervisor.ServiceSet;
import muster.supervisor.ServiceSpec;
import muster.supervisor.SetAction;
import muster.supervisor.Signal;
import muster.supervisor.Stopping;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.Pipe;
import muster.supervisor.linux.Poller;
import muster.supervisor.logs.LogPump;
import muster.supervisor.logs.LogTail;
import org.jspecify.annotations.Nullable;

/**
 * Keeps services running: starts them in the order that they need, watches them, restarts them by their policy, and stops
 * them in the opposite order.
 *
 * <p>Threads: any may call; the work is done by one event-loop thread, which also calls the listener. Commands return at
 * once; the listener hears what follows. Not for use beside {@code ProcessBuilder}: see {@link Children}.
 */
public final class Supervisor implements AutoCloseable {
    /** What a shutdown may take when nobody says otherwise: a container is killed ten seconds after it was stopped. */
    public static final Duration SHUTDOWN_BUDGET = Duration.ofSeconds(9);

    /** What {@link #close()} allows beyond that. */
    private static final Duration CLOSE_SLACK = Duration.ofSeconds(5);

    /** For the last lines of all services, after the last one has ended. */
    private static final Duration LOGS_FLUSHED_WITHIN = Duration.ofSeconds(1);

    /** For whoever was killed just before the time was over. */
    private static final Duration LAST_LOOK = Duration.ofMillis(200);

    /** Of the event loop, which otherwise looks at descriptors only when it has nothing else to do. */
    private static final int TURNS_BETWEEN_LOOKS = 64;

    private static final System.Logger LOG = System.getLogger(Supervisor.class.getName());

    private final Children children;
    private final Listener listener;
    private final ServiceSet set;
    private final Map<String, Unit> units = new LinkedHashMap<>();

    /** What there is, as the callers know it; they hold its lock. */
    private final Map<String, ServiceSpec> registry = new LinkedHashMap<>();

    private final Map<String, ServiceStatus> statuses = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Poller poller = new Poller();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final Object rest = new Object();
    private final Thread loop;
    private long turns;
    private @Nullable Integer exitCode;
    private int commandsWaiting;
    private boolean atRest;
    private volatile boolean closed;

    private Supervisor(Listener listener, Children children, Duration budgetWhenFailed) {
        this.children = children;
        this.listener = listener;
        this.set = new ServiceSet(new Random(), budgetWhenFailed);
        this.loop = Thread.ofPlatform().name("muster-supervisor").daemon().unstarted(this::run);
    }

    /** Starts this service now. */
    public static Supervisor start(ServiceSpec service, Listener listener) {
        return start(List.of(service), listener);
    }

    /** Starts these services now; a shutdown that one of them begins by its failure has {@link #SHUTDOWN_BUDGET}. */
    public static Supervisor start(List<ServiceSpec> services, Listener listener) {
        return start(services, listener, SHUTDOWN_BUDGET);
    }

    /**
     * Starts these services now.
     *
     * @param budgetWhenFailed for a shutdown that one of them begins by its failure
     * @throws IllegalArgumentException if two have one name, or one needs one that there is not, or itself
     * @throws CannotSupervise if this machine cannot supervise; says why
     */
    public static Supervisor start(List<ServiceSpec> services, Listener listener, Duration budgetWhenFailed) {
        var supervisor = new Supervisor(listener, Children.ofThisProcess(), budgetWhenFailed);
        supervisor.add(services);
        supervisor.loop.start();
        return supervisor;
    }

    /** As {@link #add(List)}. */
    public void add(ServiceSpec service) {
        add(List.of(service));
    }

    /**
     * More services; each is started unless it says otherwise. A service and its logger belong into one call: a logger that
     * is started before somebody logs to it does not read from him.
     *
     * @throws IllegalArgumentException if there is one with such a name, or one needs one that there is not, or itself
     */
    public void add(List<ServiceSpec> services) {
        synchronized (registry) {
            var all = new ArrayList<>(registry.values());
            all.addAll(services);
            ServiceSet.check(all);
            services.forEach(service -> registry.put(service.name(), service));
            services.forEach(this::enter);
        }
    }

    private void enter(ServiceSpec service) {
        command(() -> {
            units.put(service.name(), new Unit(service, this, children, listener));
            return set.add(System.nanoTime(), service);
        });
    }

    /**
     * Other settings for the service with this name. What runs goes on; they count from their next use: command and
     * launch from the next start, the time-out of a stop from the next stop.
     *
     * @throws IllegalArgumentException as {@link #add}, or if there is none with this name
     */
    public void change(ServiceSpec service) {
        synchronized (registry) {
            known(service.name());
            var all = new LinkedHashMap<>(registry);
            all.put(service.name(), service);
            ServiceSet.check(all.values());
            registry.put(service.name(), service);
        }
        command(() -> {
            Unit unit = units.get(service.name());
            if (unit != null) {
                unit.use(service);
            }
            return set.change(System.nanoTime(), service);
        });
    }

    /**
     * Stops a service, in order, and forgets it when it is down. Its name is free at once, but {@link #add} it again only
     * when {@link Listener#removed} was heard.
     *
     * @throws IllegalArgumentException if there is none with this name, or another one needs it
     */
    public void remove(String name) {
        synchronized (registry) {
            known(name);
            var rest = new LinkedHashMap<>(registry);
            rest.remove(name);
            ServiceSet.check(rest.values());
            registry.remove(name);
        }
        command(() -> set.remove(System.nanoTime(), name));
    }

    /** Wanted up: what it needs is started first. At once, without waiting for a back-off to end. */
    public void start(String name) {
        command(name, new ServiceEvent.Start());
    }

    /** As {@link #start(String)}, and not started again when its process ends, whatever its restart policy says. */
    public void startOnce(String name) {
        command(name, new ServiceEvent.StartOnce());
    }

    /** Not started again when its process ends. */
    public void once(String name) {
        command(name, new ServiceEvent.Once());
    }

    /** Wanted down. Those that need it go on. */
    public void stop(String name) {
        command(name, new ServiceEvent.Stop());
    }

    /** Stopped in order, and started again at once. Nothing if its process does not run. */
    public void restart(String name) {
        command(name, new ServiceEvent.Restart());
    }

    /**
     * A signal to its process, or to its group as well. Nothing if its process neither runs nor is being started.
     *
     * @param reach {@link Reach#MIXED} is as {@link Reach#PROCESS}
     */
    public void signal(String name, Signal signal, Reach reach) {
        command(name, new ServiceEvent.Send(signal, reach));
    }

    /** Null if there is none with this name. A command that was just given may not show yet. */
    public @Nullable ServiceStatus status(String name) {
        return statuses.get(name);
    }

    /** As it is set now. Null if there is none with this name. */
    public @Nullable ServiceSpec service(String name) {
        synchronized (registry) {
            return registry.get(name);
        }
    }

    /** Of all, in the order in which they were added, from the moment in which they are. */
    public List<String> names() {
        synchronized (registry) {
            return List.copyOf(registry.keySet());
        }
    }

    /** All, in the order in which they were added; one that was just added has none yet. */
    public List<ServiceStatus> statuses() {
        synchronized (registry) {
            return registry.keySet().stream()
                    .map(statuses::get)
                    .filter(Objects::nonNull)
                    .toList();
        }
    }

    /** Null while its output is not captured. Waits for the event loop: not for the listener. */
    public LogPump.@Nullable Counters logCounters(String name) {
        return askUnit(name, Unit::logCounters);
    }

    /** Null while its output is not captured. Waits for the event loop: not for the listener. */
    public @Nullable LogTail logTail(String name) {
        return askUnit(name, Unit::logTail);
    }

    private <T> @Nullable T askUnit(String name, Function<Unit, @Nullable T> question) {
        var answer = new CompletableFuture<@Nullable T>();
        post(() -> {
            Unit unit = units.get(name);
            answer.complete(unit == null ? null : question.apply(unit));
        });
        return answer.join();
    }

    /**
     * Stops all, those that others need after them, within this time: what is left when most of it is over is killed. Ends
     * as soon as nobody is left. What a failed service or another call has begun goes on, with the earlier instants of both.
     *
     * @param code with what {@link #exit} completes, unless a service that failed and says {@code EXIT} came first
     */
    public void shutdown(int code, Duration budget) {
        command(() -> set.shutdown(System.nanoTime(), code, budget));
    }

    /** A {@link #shutdown} with code 0 that takes as long as the services' own time-outs say. */
    public void stop() {
        shutdown(0, Stopping.NEVER);
    }

    /**
     * A {@link #stop()} that cannot wait: no draining, all at once, and KILL where the stop signal was sent already.
     */
    public void hurry() {
        command(() -> set.hurry(System.nanoTime(), 0, Stopping.NEVER));
    }

    /** Completes with the exit code when a shutdown has ended, whoever began it: all services are down. */
    public CompletableFuture<Integer> exit() {
        return exit.copy();
    }

    /** Waits until nothing runs and nothing will by itself. False if that took longer. */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        synchronized (rest) {
            while (!atRest || commandsWaiting > 0) {
                long leftNanos = deadline - System.nanoTime();
                if (leftNanos <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(rest, leftNanos);
            }
            return true;
        }
    }

    /**
     * Waits until this holds, which looks at statuses; commands that were given before show in them. Not for the listener.
     *
     * @return false if that took longer
     */
    public boolean await(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        var commandsShow = new CompletableFuture<Void>();
        post(() -> commandsShow.complete(null));
        try {
            commandsShow.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing fails it", e);
        }
        synchronized (rest) {
            while (!condition.getAsBoolean()) {
                long leftNanos = deadline - System.nanoTime();
                if (leftNanos <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(rest, leftNanos);
            }
            return true;
        }
    }

    /** Stops all without draining, waits for the end, writes the last lines of their logs, and ends the event loop. */
    @Override
    public void close() {
        close(SHUTDOWN_BUDGET.plus(ServiceMachine.SWEEP_PATIENCE).plus(CLOSE_SLACK));
    }

    /** As {@link #close()}, waiting no longer than this for services that do not end. */
    public void close(Duration atMost) {
        if (closed) {
            return;
        }
        boolean over = exit.isDone(); // whoever is left had his time, and KILL
        command(() -> set.hurry(System.nanoTime(), 0, SHUTDOWN_BUDGET));
        try {
            boolean ended = awaitEnd(over && atMost.compareTo(LAST_LOOK) > 0 ? LAST_LOOK : atMost);
            if (!ended) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "a service did not end although it was killed: " + String.join(", ", whoIsThere()));
            }
            post(() -> {
                Duration forLogs = ended ? LOGS_FLUSHED_WITHIN : LAST_LOOK; // whose process lives may have no end
                long deadline = System.nanoTime() + forLogs.toNanos();
                units.values().forEach(unit -> unit.close(Duration.ofNanos(Math.max(1, deadline - System.nanoTime()))));
                closed = true;
            });
            loop.join(LOGS_FLUSHED_WITHIN.plus(CLOSE_SLACK));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Those with a process, and which it is, and those whose group or finish command is there, for people. */
    public List<String> whoIsThere() {
        return statuses().stream()
                .filter(status -> status.phase().isUp() || status.phase() == ServiceStatus.Phase.FINISHING)
                .map(status -> status.name()
                        + (status.phase().isUp() ? " (pid " + status.pid() + ")" : " (what follows its end)"))
                .toList();
    }

    private void known(String name) {
        if (!registry.containsKey(name)) {
            throw new IllegalArgumentException(
                    "there is no service called \"" + name + "\"; known are " + String.join(", ", registry.keySet()));
        }
    }

    private void command(String name, ServiceEvent.Command command) {
        synchronized (registry) {
            known(name);
        }
        command(() -> set.on(System.nanoTime(), name, command));
    }

    private void command(Supplier<List<SetAction>> what) {
        synchronized (rest) {
            commandsWaiting++;
        }
        post(() -> {
            try {
                carryOut(what.get());
            } finally {
                synchronized (rest) {
                    commandsWaiting--;
                    atRest = set.isAtRest();
                    rest.notifyAll();
                }
            }
        });
    }

    private void post(Runnable what) {
        inbox.add(what);
        if (Thread.currentThread() != loop && woken.compareAndSet(false, true)) {
            poller.wakeUp();
        }
    }

    /** Of the event loop: who is told by it is on the loop already. */
    Poller poller() {
        return poller;
    }

    /** From any thread: the world's answer to what a service's machine asked for. */
    void tell(String name, ServiceEvent event) {
        post(() -> carryOut(set.on(System.nanoTime(), name, event)));
    }

    /** Whether another service writes to its standard input. */
    boolean isLogger(String name) {
        synchronized (registry) {
            return registry.values().stream()
                    .anyMatch(service -> service.logging() instanceof Logging.ToService logger
                            && logger.name().equals(name));
        }
    }

    /** On the event loop. */
    Pipe inputOf(String name) throws IOException {
        Unit unit = units.get(name);
        if (unit == null) {
            throw new IOException("its logger " + name + " is not there");
        }
        return unit.input();
    }

    private void run() {
        while (!closed) {
            try {
                woken.set(false); // whoever posts from here on wakes us
                Runnable next = nextBefore(set.nextDeadline());
                if (next != null) {
                    next.run();
                }
                long now = System.nanoTime();
                long deadline = set.nextDeadline();
                if (deadline != ServiceMachine.NEVER && now - deadline >= 0) {
                    carryOut(set.onDeadline(now));
                }
                publish();
            } catch (IOException | RuntimeException | Error e) {
                // A bug, but the other services and the next event must still be served.
                LOG.log(System.Logger.Level.ERROR, "an event of a service failed", e);
            }
        }
        poller.close();
    }

    /** Looks at the descriptors too when there is always something to do. */
    private @Nullable Runnable nextBefore(long deadlineNanos) throws IOException {
        Runnable next = ++turns % TURNS_BETWEEN_LOOKS == 0 ? null : inbox.poll();
        if (next == null) {
            poller.await(
                    !inbox.isEmpty()
                            ? 0
                            : deadlineNanos == ServiceMachine.NEVER
                                    ? Long.MAX_VALUE
                                    : Math.max(0, deadlineNanos - System.nanoTime()));
            next = inbox.poll();
        }
        return next;
    }

    private void carryOut(List<SetAction> actions) {
        for (SetAction action : actions) {
            try {
                carryOut(action);
            } catch (RuntimeException e) {
                // A listener that throws must not leave a process without a supervisor.
                LOG.log(System.Logger.Level.ERROR, action + " failed", e);
            }
        }
    }

    private void carryOut(SetAction action) {
        switch (action) {
            case SetAction.Of of -> {
                Unit unit = units.get(of.name());
                if (unit != null) {
                    unit.carryOut(of.action());
                }
            }
            case SetAction.CloseInput close -> {
                Unit unit = units.get(close.name());
                if (unit != null) {
                    unit.closeInput();
                }
            }
            case SetAction.Removed removed -> {
                Unit unit = units.remove(removed.service().name());
                statuses.remove(removed.service().name());
                if (unit != null) {
                    // Not here: the last lines may have to wait for somebody to read them.
                    Thread.startVirtualThread(() -> unit.close(LOGS_FLUSHED_WITHIN));
                }
                listener.removed(removed.service());
            }
            case SetAction.Ended ended -> exitCode = ended.code();
        }
    }

    /** After every event: what is new of anybody's status, and whether all are at rest. */
    private void publish() {
        for (String name : set.takeChanged()) {
            ServiceMachine machine = set.machine(name);
            Unit unit = units.get(name);
            if (machine == null || unit == null) {
                continue;
            }
            ServiceStatus status = unit.status(machine, set.wanted(name), set.waitsFor(name));
            if (!status.equals(statuses.put(name, status))) {
                try {
                    listener.changed(machine.spec(), status);
                } catch (RuntimeException | Error e) { // the others' news must not be lost with it
                    LOG.log(System.Logger.Level.ERROR, "service=" + name + " a listener failed", e);
                }
            }
        }
        try {
            listener.told();
        } catch (RuntimeException | Error e) { // who waits for the end waits below
            LOG.log(System.Logger.Level.ERROR, "a listener failed", e);
        }
        synchronized (rest) {
            atRest = set.isAtRest();
            rest.notifyAll();
        }
        Integer code = exitCode;
        if (code != null) {
            exit.complete(code); // those who wait for it see the last statuses
        }
    }
}
