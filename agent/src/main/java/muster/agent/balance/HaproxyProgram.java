package muster.agent.balance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.haproxy.ProcessState;
import muster.haproxy.Program;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.Logging;
import muster.supervisor.Pace;
import muster.supervisor.Reach;
import muster.supervisor.Restarts;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Stopping;
import muster.supervisor.logs.LogTail;
import muster.supervisor.runner.Listener;
import muster.supervisor.runner.ServiceStatus;
import muster.supervisor.runner.Supervisor;
import muster.templating.target.Commands;
import org.jspecify.annotations.Nullable;

/** HAProxy as a supervised service: a master that starts its workers, in the foreground. Safe for use by any thread. */
final class HaproxyProgram implements Program, Listener, AutoCloseable {
    private static final String NAME = "haproxy";

    /** Requests are refused while it is away. */
    private static final Pace PACE =
            new Pace.BackOff(Duration.ofMillis(50), Duration.ofMillis(500), 0.1, Duration.ofSeconds(10));

    /** For what takes no time unless something hangs. */
    private static final Duration AT_ONCE = Duration.ofSeconds(10);

    private static final long POLL_NANOS = 10_000_000;

    private final String program;
    private final SortedMap<String, String> environment;
    private final Commands shell;
    private final Supervisor supervisor;
    private volatile @Nullable String trouble;
    private volatile boolean stopping;
    private volatile @Nullable ProcessHandle left; // by one before us

    /**
     * Prepares it.
     *
     * @param program its path
     * @param environment all that it sees
     * @param shell sends signals
     */
    HaproxyProgram(String program, SortedMap<String, String> environment, Commands shell) {
        this.program = program;
        this.environment = environment;
        this.shell = shell;
        this.supervisor = Supervisor.start(List.of(), this);
    }

    @Override
    public synchronized void start(Path file, Path socket) {
        ProcessHandle found = left;
        if (stopping || !supervisor.names().isEmpty() || (found != null && ProcessState.runs(found))) {
            return;
        }
        supervisor.add(ServiceSpec.of(
                        NAME,
                        // -db: in the foreground, whatever the file says
                        List.of(program, "-W", "-db", "-S", socket + ",mode,600", "-f", file.toString()))
                .with(Launch.DEFAULTS
                        .withEnvironment(environment)
                        .with(Launch.Input.NOTHING)
                        .with(Launch.Session.DETACHED))
                .with(Restarts.DEFAULTS.withPace(PACE))
                .with(Logging.to(new Logging.Sink.Console(false)))
                .with(Stopping.DEFAULTS.withReach(Reach.MIXED)));
    }

    @Override
    public void found(long master) {
        left = ProcessHandle.of(master).orElse(null);
    }

    @Override
    public @Nullable String trouble() {
        return trouble;
    }

    @Override
    public List<String> lastWords(int most) {
        LogTail tail = supervisor.names().isEmpty() ? null : supervisor.logTail(NAME);
        return tail == null
                ? List.of()
                : tail.newest(most).stream().map(LogTail.Line::text).toList();
    }

    @Override
    public void finish(long worker, long parent) {
        stopping = true; // with its last worker the master ends too
        if (!supervisor.names().isEmpty()) {
            supervisor.once(NAME);
        }
        signal("USR1", worker, parent);
    }

    @Override
    public void end(long worker, long parent) {
        signal("TERM", worker, parent);
    }

    @Override
    public void kill(long worker, long parent) {
        signal("KILL", worker, parent);
    }

    @Override
    public void kill(long master) {
        masters().filter(each -> each.pid() == master).forEach(each -> {
            // They outlive it if they hang too, and would keep their part of the connections.
            each.descendants().forEach(ProcessHandle::destroyForcibly);
            each.destroyForcibly();
        });
    }

    /** Those that we started or found, and that run. */
    private Stream<ProcessHandle> masters() {
        ServiceStatus status = supervisor.status(NAME);
        return Stream.concat(
                        Stream.ofNullable(left),
                        status == null ? Stream.empty() : ProcessHandle.of(status.pid()).stream())
                .filter(ProcessState::runs);
    }

    @Override
    public void renew(long master) {
        if (masters().anyMatch(each -> each.pid() == master)) {
            signal("USR2", master);
        }
    }

    private void signal(String signal, long worker, long parent) {
        boolean isIts = ProcessHandle.of(worker)
                .flatMap(ProcessHandle::parent)
                .filter(master -> master.pid() == parent)
                .isPresent();
        if (isIts) {
            signal(signal, worker);
        }
    }

    private void signal(String signal, long pid) {
        try {
            shell.run("kill -" + signal + " " + pid, new TreeMap<>(), AT_ONCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it and does not start it again. Waits for its end. */
    void stop() {
        stopping = true;
        endWhatWasLeft();
        supervisor.stop();
        if (!supervisor.names().isEmpty()) {
            supervisor
                    .exit()
                    .orTimeout(AT_ONCE.toMillis(), TimeUnit.MILLISECONDS)
                    .handle((_, _) -> 0)
                    .join();
        }
    }

    @Override
    public void close() {
        stopping = true;
        endWhatWasLeft();
        supervisor.close();
    }

    private void endWhatWasLeft() {
        ProcessHandle master = left;
        if (master == null || !ProcessState.runs(master)) {
            return;
        }
        master.destroy();
        long deadlineNanos = System.nanoTime() + AT_ONCE.toNanos();
        // Its end is told to its parent only, and that one may not listen.
        while (ProcessState.runs(master) && System.nanoTime() - deadlineNanos < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        if (ProcessState.runs(master)) {
            master.destroyForcibly();
        }
    }

    @Override
    public void started(ServiceSpec service, long pid) {
        trouble = null;
        Log.line(LogLevel.INFO, "haproxy: started pid=" + pid);
    }

    @Override
    public void exited(ServiceSpec service, long pid, ExitStatus status) {
        trouble = "it " + status;
        Log.line(stopping ? LogLevel.INFO : LogLevel.WARN, "haproxy: pid=" + pid + " " + status);
    }

    @Override
    public void failed(ServiceSpec service, String reason, int code) {
        trouble = reason;
        Log.line(LogLevel.ERR, "haproxy: " + reason);
    }
}
