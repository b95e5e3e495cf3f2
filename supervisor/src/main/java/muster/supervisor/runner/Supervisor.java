package muster.supervisor.runner;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import muster.supervisor.ExitStatus;
import muster.supervisor.Reach;
import muster.supervisor.ServiceAction;
import muster.supervisor.ServiceEvent;
import muster.supervisor.ServiceMachine;
import muster.supervisor.ServiceSpec;
import muster.supervisor.ServiceState;
import muster.supervisor.Signal;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.Command;
import muster.supervisor.linux.EstablishedConnections;
import org.jspecify.annotations.Nullable;

/**
 * Keeps services running: starts them, watches them, restarts them by their policy, and stops them in order.
 *
 * <p>Threads: any may call; the work is done by one event-loop thread, which also calls the listener. Not for use beside
 * {@code ProcessBuilder}: see {@link Children}.
 */
@SuppressWarnings("DoNotCallSuggester") // signatures first; their bodies follow
public final class Supervisor implements AutoCloseable {
    /** What {@link #close()} allows beyond the services' own time-outs. */
    private static final Duration CLOSE_SLACK = Duration.ofSeconds(5);

    private static final System.Logger LOG = System.getLogger(Supervisor.class.getName());

    /** What a shutdown may take when nobody says otherwise: a container is killed ten seconds after it was stopped. */
    public static final Duration SHUTDOWN_BUDGET = Duration.ofSeconds(9);

    private final Children children;
    private final Listener listener;
    private final List<Unit> units;
    private final LinkedBlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    private final CountDownLatch ended;
    private final Thread loop;
    private volatile boolean closed;

    private Supervisor(List<ServiceSpec> services, Listener listener, Children children, RandomGenerator random) {
        this.children = children;
        this.listener = listener;
        this.units = services.stream().map(spec -> new Unit(spec, random)).toList();
        this.ended = new CountDownLatch(units.size());
        this.loop = Thread.ofPlatform().name("muster-supervisor").daemon().unstarted(this::run);
    }

    /** Starts this service now; the listener hears what follows. */
    public static Supervisor start(ServiceSpec service, Listener listener) {
        return start(List.of(service), listener);
    }

    /** Starts these services now; the listener hears what follows. */
    public static Supervisor start(List<ServiceSpec> services, Listener listener) {
        var supervisor = new Supervisor(services, listener, Children.ofThisProcess(), new Random());
        supervisor.tellAll(new ServiceEvent.Start());
        supervisor.loop.start();
        return supervisor;
    }

    /**
     * One more service; it is started unless it says otherwise.
     *
     * @throws IllegalArgumentException if there is one with this name, or it needs one that there is not, or itself
     */
    public void add(ServiceSpec service) {
        throw new UnsupportedOperationException();
    }

    /**
     * Other settings for the service with this name. What runs goes on; they count from their next use: command and
     * launch from the next start, the time-out of a stop from the next stop.
     *
     * @throws IllegalArgumentException as {@link #add}, or if there is none with this name
     */
    public void change(ServiceSpec service) {
        throw new UnsupportedOperationException();
    }

    /**
     * Stops a service, in order, and forgets it when it is down.
     *
     * @throws IllegalArgumentException if there is none with this name, or another one needs it
     */
    public void remove(String name) {
        throw new UnsupportedOperationException();
    }

    /** Wanted up: what it needs is started first. At once, without waiting for a back-off to end. */
    public void start(String name) {
        throw new UnsupportedOperationException();
    }

    /** As {@link #start(String)}, and not started again when its process ends, whatever its restart policy says. */
    public void startOnce(String name) {
        throw new UnsupportedOperationException();
    }

    /** Not started again when its process ends. */
    public void once(String name) {
        throw new UnsupportedOperationException();
    }

    /** Wanted down. Those that depend on it go on. */
    public void stop(String name) {
        throw new UnsupportedOperationException();
    }

    /** Stopped in order, and started again at once. Nothing if it is down. */
    public void restart(String name) {
        throw new UnsupportedOperationException();
    }

    /**
     * A signal to its process, or to its group as well. Nothing if its process does not run.
     *
     * @param reach {@link Reach#MIXED} is as {@link Reach#PROCESS}
     */
    public void signal(String name, Signal signal, Reach reach) {
        throw new UnsupportedOperationException();
    }

    /** Null if there is none with this name. */
    public @Nullable ServiceStatus status(String name) {
        throw new UnsupportedOperationException();
    }

    /** All, in the order in which they were added. */
    public List<ServiceStatus> statuses() {
        throw new UnsupportedOperationException();
    }

    /**
     * Stops all, those that others need after them, within this time: what is left when most of it is over is killed. Ends
     * as soon as nobody is left. A second call hurries: no more waiting for others, stop signal now or KILL now.
     *
     * @param code with what {@link #exit} completes, unless a service that failed and says {@code EXIT} came first
     */
    public void shutdown(int code, Duration budget) {
        throw new UnsupportedOperationException();
    }

    /** Completes with the exit code when a shutdown has ended, whoever began it: all services are down. */
    public CompletableFuture<Integer> exit() {
        throw new UnsupportedOperationException();
    }

    /** Stops all in order: draining, stop signal, KILL after the timeout. Returns at once; {@code down} follows. */
    public void stop() {
        tellAll(new ServiceEvent.Stop());
    }

    /** A stop that cannot wait: ends draining now, and sends KILL where the stop signal was sent already. */
    public void hurry() {
        tellAll(new ServiceEvent.Hurry());
    }

    /** Waits until each service is down or failed. False if that took longer. */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        return ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Stops all without draining, waits for the end, and ends the event loop. */
    @Override
    public void close() {
        hurry();
        Duration longest = units.stream()
                .map(unit -> unit.spec.stopping().timeout())
                .reduce(Duration.ZERO, (a, b) -> a.compareTo(b) > 0 ? a : b);
        try {
            if (!awaitEnd(longest.plus(ServiceMachine.SWEEP_PATIENCE).plus(CLOSE_SLACK))) {
                LOG.log(System.Logger.Level.WARNING, "a service did not end although it was killed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closed = true;
        inbox.add(() -> {});
    }

    private void tellAll(ServiceEvent event) {
        inbox.add(() -> units.forEach(unit -> unit.on(event)));
    }

    private void run() {
        while (!closed) {
            try {
                Runnable next = nextBefore(nextDeadline());
                if (next != null) {
                    next.run();
                }
                long now = System.nanoTime();
                for (Unit unit : units) {
                    unit.wakeIfDue(now);
                }
            } catch (InterruptedException e) {
                return; // nobody interrupts it; without a loop there is nothing left to do right
            } catch (RuntimeException e) {
                // A bug, but the other services and the next event must still be served.
                LOG.log(System.Logger.Level.ERROR, "an event of a service failed", e);
            }
        }
    }

    private @Nullable Runnable nextBefore(long deadlineNanos) throws InterruptedException {
        return deadlineNanos == ServiceMachine.NEVER
                ? inbox.take()
                : inbox.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private long nextDeadline() {
        long next = ServiceMachine.NEVER;
        for (Unit unit : units) {
            long deadline = unit.machine.nextDeadline();
            if (next == ServiceMachine.NEVER || (deadline != ServiceMachine.NEVER && deadline - next < 0)) {
                next = deadline;
            }
        }
        return next;
    }

    /** One service with its machine; only the event loop touches it, answers come through the inbox. */
    private final class Unit implements Children.Handler {
        private final ServiceSpec spec;
        private final ServiceMachine machine;
        private boolean hasEnded;

        Unit(ServiceSpec spec, RandomGenerator random) {
            this.spec = spec;
            this.machine = new ServiceMachine(spec, random);
        }

        void on(ServiceEvent event) {
            for (ServiceAction action : machine.on(System.nanoTime(), event)) {
                try {
                    carryOut(action);
                } catch (RuntimeException e) {
                    // A listener that throws must not leave a process without a supervisor.
                    LOG.log(System.Logger.Level.ERROR, "service=" + spec.name() + " " + action + " failed", e);
                }
            }
            if (!hasEnded
                    && (machine.state() instanceof ServiceState.Down
                            || machine.state() instanceof ServiceState.Failed)) {
                hasEnded = true;
                ended.countDown();
            }
        }

        private void tell(ServiceEvent event) {
            inbox.add(() -> on(event));
        }

        void wakeIfDue(long nowNanos) {
            long deadline = machine.nextDeadline();
            if (deadline != ServiceMachine.NEVER && nowNanos - deadline >= 0) {
                on(new ServiceEvent.Deadline());
            }
        }

        @Override
        public void spawned(long pid) {
            tell(new ServiceEvent.Spawned(pid));
        }

        @Override
        public void notSpawned(String reason, int code) {
            tell(new ServiceEvent.SpawnFailed(reason, code));
        }

        @Override
        public void exited(long pid, ExitStatus status, boolean groupLeft) {
            tell(new ServiceEvent.Exited(pid, status, groupLeft));
        }

        private void carryOut(ServiceAction action) {
            switch (action) {
                case ServiceAction.Spawn spawn -> children.spawn(command(), this);
                case ServiceAction.SignalGroup sent -> children.signalGroup(sent.pid(), sent.signal());
                case ServiceAction.LookAtGroup look -> {
                    if (!children.groupExists(look.pid())) {
                        tell(new ServiceEvent.GroupGone(look.pid()));
                    }
                }
                case ServiceAction.AskProbes ask -> Thread.startVirtualThread(() -> ask(ask));
                case ServiceAction.CountConnections count -> Thread.startVirtualThread(() -> count(count));
                case ServiceAction.TellStarted told -> listener.started(spec, told.pid());
                case ServiceAction.TellReady told -> listener.ready(spec);
                case ServiceAction.TellNotReady told -> listener.notReady(spec, told.reason());
                case ServiceAction.TellDraining told -> listener.draining(spec);
                case ServiceAction.TellExited told -> listener.exited(spec, told.pid(), told.status());
                case ServiceAction.TellFailed told -> listener.failed(spec, told.reason(), told.code());
                case ServiceAction.TellDown told -> listener.down(spec, told.last());
            }
        }

        private Command command() {
            return new Command(
                    spec.command(), spec.launch().environment(), spec.launch().directory());
        }

        private void ask(ServiceAction.AskProbes ask) {
            String failure = Prober.ask(ask.probes(), spec.readiness().probeTimeout());
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
                LOG.log(System.Logger.Level.WARNING, "service={0} connections cannot be counted: {1}", spec.name(), e);
                open = 1;
            }
            tell(new ServiceEvent.Connections(count.pid(), open));
        }
    }
}
