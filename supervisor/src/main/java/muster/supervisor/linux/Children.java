package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import muster.supervisor.CannotSupervise;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.Signal;
import org.jspecify.annotations.Nullable;

/**
 * All child processes of this JVM: starts them, reaps them, signals their groups. Also adopts and reaps the orphans of
 * its children, as PID 1 or as a subreaper.
 *
 * <p>One lock covers "start and register", "decide whose it is and reap" and "signal": so no exit is seen before its
 * process is known, and no signal can hit a stranger that got a recycled pid. Two threads that live as long as the
 * JVM: one starts every process (a child may ask to be killed when the thread that started it ends), one waits.
 *
 * <p>Threads: any may call. Handlers run under the lock on those two threads: they hand over and return.
 */
public final class Children {
    private static final long PID_1_POLL_MILLIS = 1_000;

    /** How soon the last act sees that nobody is left. */
    private static final long LOOK_EVERY_MILLIS = 10;

    /** A process in an uninterruptible call must not hold up the end for ever. */
    private static final Duration AFTER_KILL = Duration.ofSeconds(2);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition mayHaveChildren = lock.newCondition();
    private final Map<Long, Handler> handlers = new HashMap<>();
    private final LinkedBlockingQueue<Runnable> orders = new LinkedBlockingQueue<>();
    private final AtomicLong orphans = new AtomicLong();
    private final boolean pid1 = ProcessHandle.current().pid() == 1;
    private final boolean subreaper;
    private final Guard guard = new Guard(this);
    private volatile boolean endHurried;
    private long spawns;

    /** Hears what becomes of one process: either {@code notSpawned}, or {@code spawned} and later {@code exited}. */
    public interface Handler {
        void spawned(long pid);

        /**
         * It could not be started.
         *
         * @param reason a sentence that says what to do
         * @param code as a shell would exit: 127 not found, 126 not executable, else 1
         */
        void notSpawned(String reason, int code);

        /**
         * It is reaped.
         *
         * @param groupLeft others of its process group are still there
         */
        void exited(long pid, ExitStatus status, boolean groupLeft);
    }

    private static final Handler NOBODY = new Handler() {
        @Override
        public void spawned(long pid) {}

        @Override
        public void notSpawned(String reason, int code) {}

        @Override
        public void exited(long pid, ExitStatus status, boolean groupLeft) {}
    };

    /** One run that somebody waits for. */
    private static final class Awaited implements Handler {
        private final CompletableFuture<ExitStatus> end = new CompletableFuture<>();
        private volatile long pid; // 0 before it is started
        private volatile boolean givenUp;

        @Override
        public void spawned(long spawned) {
            pid = spawned;
        }

        @Override
        public void notSpawned(String reason, int code) {
            end.completeExceptionally(new IOException(reason));
        }

        @Override
        public void exited(long exited, ExitStatus status, boolean groupLeft) {
            end.complete(status);
        }
    }

    private static final class TheOne {
        static final Children CHILDREN = new Children();
    }

    private Children() {
        CompilerThreads.stepBack();
        subreaper =
                !pid1 && Libc.call(Libc.PRCTL, Libc.PR_SET_CHILD_SUBREAPER, 1).asInt() == 0;
        Thread.ofPlatform().name("muster-spawner").daemon().start(this::spawnForEver);
        Thread.ofPlatform().name("muster-reaper").daemon().start(this::reapForEver);
    }

    /**
     * The children of this JVM; from the first call on it adopts orphans and nobody else may wait for children.
     *
     * @throws CannotSupervise if this machine's libc lacks what is needed; says what to use
     */
    public static Children ofThisProcess() {
        try {
            return TheOne.CHILDREN;
        } catch (ExceptionInInitializerError e) {
            if (e.getCause() instanceof CannotSupervise known) {
                throw known;
            }
            throw e;
        }
    }

    /** Starts it on the spawner thread; the handler hears the result. */
    public void spawn(Command command, Handler handler) {
        orders.add(() -> start(command, handler));
    }

    /**
     * To every process in the group that this child leads or led. A child that is gone with its whole group is no error.
     *
     * @return whether anybody was there to get it
     */
    public boolean signalGroup(long pid, Signal signal) {
        return signalled(-pid, signal.number());
    }

    /** To this child only. Nothing if it has ended. */
    public void signalProcess(long pid, Signal signal) {
        lock.lock();
        try {
            if (handlers.containsKey(pid)) {
                Libc.call(Libc.KILL, pid, signal.number());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether anybody is in the group that this child leads or led; zombies that nobody reaped count. */
    public boolean groupExists(long pid) {
        return signalled(-pid, 0);
    }

    /**
     * Starts it and waits for its end. When the time is over its group is killed, or it is not started any more.
     *
     * @param atMost zero for as long as it takes
     * @throws IOException if it cannot be started, or not in time, or not be killed; says what to do
     */
    public ExitStatus run(Command command, Duration atMost) throws IOException, InterruptedException {
        var awaited = new Awaited();
        orders.add(() -> {
            if (!awaited.givenUp) {
                start(command, awaited);
            }
        });
        try {
            if (atMost.isZero()) {
                return awaited.end.get();
            }
            try {
                return awaited.end.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException tooLong) {
                return giveUp(awaited);
            }
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        }
    }

    private ExitStatus giveUp(Awaited awaited) throws IOException, ExecutionException, InterruptedException {
        lock.lock();
        try {
            awaited.givenUp = true;
            if (awaited.pid == 0 && !awaited.end.isDone()) {
                throw new IOException(
                        "It was not started in time: this machine is busy, or a file that it needs is slow.");
            }
        } finally {
            lock.unlock();
        }
        if (awaited.pid != 0) {
            signalGroup(awaited.pid, Signal.KILL);
        }
        try {
            return awaited.end.get(AFTER_KILL.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException stuck) {
            throw new IOException(
                    "Its process " + awaited.pid + " was killed and is still there: it hangs in a call of the kernel.",
                    stuck);
        }
    }

    /**
     * The last act: TERM to everybody who is left, HUP after half of the time, and KILL when it is over; it ends as soon
     * as nobody is left. As PID 1 that is every process of the namespace, otherwise our descendants that were not started here.
     *
     * @return whether nobody is left
     */
    public boolean endAll(Duration budget) throws InterruptedException {
        long begun = System.nanoTime();
        signalRest(Signal.TERM.number());
        signalRest(Signal.CONT.number());
        if (awaitNobodyLeft(begun + budget.toNanos() / 2, true)) {
            return true;
        }
        // Interactive shells heed this one only; others may die of it before they have heeded the first.
        signalRest(Signal.HUP.number());
        if (awaitNobodyLeft(begun + budget.toNanos(), true)) {
            return true;
        }
        signalRest(Signal.KILL.number());
        return awaitNobodyLeft(System.nanoTime() + AFTER_KILL.toNanos(), false);
    }

    /** From now on {@link #endAll} waits for nobody to heed a signal, also one that waits already. */
    public void hurryEnd() {
        endHurried = true;
    }

    private boolean awaitNobodyLeft(long deadlineNanos, boolean hurries) throws InterruptedException {
        while (signalRest(0)) {
            if (System.nanoTime() - deadlineNanos >= 0 || (hurries && endHurried)) {
                return false;
            }
            Thread.sleep(LOOK_EVERY_MILLIS);
        }
        return true;
    }

    /** Whether anybody was there to get it. */
    private boolean signalRest(int signal) {
        lock.lock();
        try {
            if (pid1) {
                return Libc.call(Libc.KILL, -1, signal).asInt() == 0;
            }
            boolean anybody = false;
            for (long pid : Descendants.without(handlers.keySet())) {
                anybody |= Libc.call(Libc.KILL, pid, signal).asInt() == 0;
            }
            return anybody;
        } catch (IOException e) {
            System.getLogger(Children.class.getName())
                    .log(System.Logger.Level.WARNING, "who is left cannot be seen: {0}", FileTrouble.of(e));
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Processes that were not started here and ended as our children. */
    public long orphansReaped() {
        return orphans.get();
    }

    /** Whether orphans come to us: as PID 1 or as a subreaper. */
    public boolean adoptsOrphans() {
        return pid1 || subreaper;
    }

    private boolean signalled(long target, int signal) {
        if (target >= -1) {
            throw new IllegalArgumentException("process group " + -target + " is not one of a child");
        }
        lock.lock();
        try {
            return Libc.call(Libc.KILL, target, signal).asInt() == 0;
        } finally {
            lock.unlock();
        }
    }

    private void spawnForEver() {
        while (true) {
            try {
                orders.take().run();
            } catch (InterruptedException e) {
                return; // nobody has a reason to interrupt it; daemon threads end with the JVM
            } catch (RuntimeException | Error e) {
                report(e);
            }
        }
    }

    private void start(Command command, Handler handler) {
        if (!pid1) {
            ensureGuard();
        }
        startNow(command, handler);
    }

    /** On the spawner's thread. */
    void startNow(Command ordered, Handler handler) {
        try (Arena arena = Arena.ofConfined()) {
            Command command = withWholeEnvironment(ordered);
            switch (Programs.find(command)) {
                case Programs.Found.Nothing nothing -> handler.notSpawned(nothing.reason(), nothing.code());
                case Programs.Found.Program program ->
                    start(arena, program.path(), Chain.before(program.path(), command), command, handler);
            }
        } catch (IOException e) {
            handler.notSpawned(FileTrouble.of(e), 1);
        } catch (IllegalStateException e) {
            handler.notSpawned(String.valueOf(e.getMessage()), 1);
        } catch (RuntimeException e) {
            // A bug. Without an answer, whoever ordered it would wait for it for ever.
            System.getLogger(Children.class.getName())
                    .log(System.Logger.Level.ERROR, "a process broke as it was made", e);
            handler.notSpawned("It cannot be started: " + e + ".", 1);
        }
    }

    private static Command withWholeEnvironment(Command command) throws IOException {
        Launch launch = command.launch();
        if (launch.environmentFiles().isEmpty() && launch.ownVariables().isEmpty()) {
            return command;
        }
        var environment = new TreeMap<>(launch.environment());
        for (String file : launch.environmentFiles()) {
            EnvironmentFile.readInto(Path.of(launch.directory()).resolve(file), environment);
        }
        environment.putAll(launch.ownVariables());
        return new Command(command.words(), launch.withEnvironment(environment), command.descriptors());
    }

    private void start(Arena arena, String path, Chain chain, Command command, Handler handler) throws IOException {
        MemorySegment pidPlace = arena.allocate(ValueLayout.JAVA_INT);
        MemorySegment argv = Libc.texts(arena, chain.words(), chain.words().size());
        MemorySegment environment = Libc.texts(
                arena,
                command.launch().environment().entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList(),
                command.launch().environment().size());
        MemorySegment file = Libc.text(arena, chain.program());
        var descriptors = new TreeMap<>(command.descriptors());
        lock.lock();
        try (@Nullable Pipe gate = chain.gate() == 0 ? null : Pipe.open();
                var plan = new SpawnPlan(arena)) {
            if (gate != null) {
                descriptors.put(chain.gate(), gate.readEnd());
            }
            plan.prepare(command.launch(), descriptors);
            int error = Libc.call(
                            Libc.SPAWN,
                            pidPlace.address(),
                            file.address(),
                            plan.actions().address(),
                            plan.attributes().address(),
                            argv.address(),
                            environment.address())
                    .asInt();
            if (error != 0) {
                Programs.Found.Nothing refused = Programs.refused(path, error);
                handler.notSpawned(refused.reason(), refused.code());
                return;
            }
            long pid = pidPlace.get(ValueLayout.JAVA_INT, 0);
            spawns++;
            mayHaveChildren.signal();
            begun(arena, pid, command.launch(), handler);
        } finally {
            lock.unlock();
        }
    }

    private void begun(Arena arena, long pid, Launch launch, Handler handler) {
        if (handler != guard && launch.session() != Launch.Session.DETACHED) {
            guard.add(pid);
        }
        try {
            Adjustments.make(arena, pid, launch);
        } catch (IOException | RuntimeException e) {
            // It stands at its gate, or has just begun; it must not go on as what it should not be.
            handlers.put(pid, NOBODY);
            Libc.call(Libc.KILL, pid, Signal.KILL.number());
            handler.notSpawned(String.valueOf(e.getMessage()), 1);
            return;
        }
        handlers.put(pid, handler);
        try {
            handler.spawned(pid);
            // Only now: whoever waits for the news that it runs waits for as little as can be.
            Adjustments.asCourtesy(pid, launch);
        } catch (RuntimeException e) {
            report(e); // it runs, and nobody must hear that it could not be started
        }
    }

    /** A guard has ended that was of use. */
    void replaceGuard() {
        orders.add(this::ensureGuard);
    }

    private void ensureGuard() {
        lock.lock();
        try {
            guard.ensure();
        } finally {
            lock.unlock();
        }
    }

    private void reapForEver() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(Libc.SIGINFO_BYTES, 8);
            while (true) {
                try {
                    reapOne(info);
                } catch (InterruptedException e) {
                    return; // as above
                } catch (RuntimeException | Error e) {
                    report(e);
                }
            }
        }
    }

    private void reapOne(MemorySegment info) throws InterruptedException {
        long before = spawnsSoFar();
        // Looks without reaping, so that the decision whose child it is can be made under the lock.
        Libc.Result seen = Libc.call(Libc.WAITID, Libc.P_ALL, 0, info.address(), Libc.WEXITED | Libc.WNOWAIT);
        if (seen.asInt() != 0) {
            if (seen.errno() == Libc.ECHILD) {
                awaitChildren(before);
            }
            return; // EINTR: look again
        }
        long pid = info.get(ValueLayout.JAVA_INT, Libc.SIGINFO_PID);
        lock.lock();
        try {
            info.fill((byte) 0);
            Libc.Result reaped = Libc.call(Libc.WAITID, Libc.P_PID, pid, info.address(), Libc.WEXITED | Libc.WNOHANG);
            if (reaped.asInt() != 0 || info.get(ValueLayout.JAVA_INT, Libc.SIGINFO_PID) != pid) {
                return;
            }
            Handler handler = handlers.remove(pid);
            guard.remove(pid);
            if (handler == null) {
                orphans.incrementAndGet();
            } else {
                handler.exited(pid, status(info), Libc.call(Libc.KILL, -pid, 0).asInt() == 0);
            }
        } finally {
            lock.unlock();
        }
    }

    private static ExitStatus status(MemorySegment info) {
        int code = info.get(ValueLayout.JAVA_INT, Libc.SIGINFO_CODE);
        int status = info.get(ValueLayout.JAVA_INT, Libc.SIGINFO_STATUS);
        return code == Libc.CLD_EXITED
                ? new ExitStatus.Exited(status)
                : new ExitStatus.Killed(status, code == Libc.CLD_DUMPED);
    }

    private long spawnsSoFar() {
        lock.lock();
        try {
            return spawns;
        } finally {
            lock.unlock();
        }
    }

    /** Without children waitid fails at once. As PID 1 an orphan may come from outside, without a spawn of ours. */
    private void awaitChildren(long spawnsBefore) throws InterruptedException {
        lock.lock();
        try {
            while (spawns == spawnsBefore) {
                if (!pid1) {
                    mayHaveChildren.await();
                } else if (!mayHaveChildren.await(PID_1_POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static void report(Throwable e) {
        // These two threads must outlive any bug of a handler: without them nothing is started or reaped any more.
        System.getLogger(Children.class.getName()).log(System.Logger.Level.ERROR, "a handler of a child failed", e);
    }
}
