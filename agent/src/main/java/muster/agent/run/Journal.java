package muster.agent.run;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.supervisor.ExitStatus;
import muster.supervisor.Kind;
import muster.supervisor.RestartPolicy;
import muster.supervisor.ServiceSpec;
import muster.supervisor.runner.Listener;
import org.jspecify.annotations.Nullable;

/**
 * A line in the log for each thing that happens to a service. What is expected because of a stop is no warning.
 *
 * <p>Written when all others have heard and every status shows it: a log is read by people, and writing it takes a core from those who wait. Who sees
 * a line finds its service so.
 */
final class Journal implements Listener {
    private final BooleanSupplier allAreStopped;
    private final Set<String> stopped = new HashSet<>(); // their process is to end; on the supervisor's loop
    private final List<Runnable> lines = new ArrayList<>(); // to be written; on the supervisor's loop

    /** {@code allAreStopped}: whether all services are being stopped. */
    Journal(BooleanSupplier allAreStopped) {
        this.allAreStopped = allAreStopped;
    }

    @Override
    public void started(ServiceSpec service, long pid) {
        stopped.remove(service.name());
        line(LogLevel.INFO, service, " started pid=" + pid);
    }

    @Override
    public void ready(ServiceSpec service) {
        stopped.remove(service.name()); // while it was draining somebody changed his mind
        line(LogLevel.INFO, service, " ready");
    }

    @Override
    public void notReady(ServiceSpec service, String reason) {
        line(unlessExpected(service), service, " not ready: " + reason);
    }

    @Override
    public void unwell(ServiceSpec service, String reason) {
        stopped.remove(service.name()); // as above
        notReady(service, reason);
    }

    @Override
    public void stopping(ServiceSpec service) {
        stopped.add(service.name());
        line(LogLevel.INFO, service, " is being stopped");
    }

    @Override
    public void sick(ServiceSpec service, String reason) {
        line(LogLevel.WARN, service, " is not well: " + reason);
    }

    @Override
    public void draining(ServiceSpec service) {
        stopped.add(service.name());
        line(LogLevel.INFO, service, " draining: no new requests, those in flight finish");
    }

    @Override
    public void exited(ServiceSpec service, long pid, ExitStatus status) {
        LogLevel level = hasDoneItsWork(service, status) ? LogLevel.INFO : unlessExpected(service);
        line(level, service, " pid=" + pid + " " + status);
    }

    /** What is to run always has not, whatever its exit status. */
    private static boolean hasDoneItsWork(ServiceSpec service, ExitStatus status) {
        boolean mayEnd = service.kind() == Kind.ONESHOT || service.restarts().policy() != RestartPolicy.ALWAYS;
        return mayEnd
                && status instanceof ExitStatus.Exited
                && service.restarts().successStatuses().contains(status.code());
    }

    @Override
    public void failed(ServiceSpec service, String reason, int code) {
        line(LogLevel.ERR, service, " failed: " + reason);
    }

    @Override
    public void down(ServiceSpec service, @Nullable ExitStatus last) {
        line(LogLevel.INFO, service, " is down");
    }

    @Override
    public void removed(ServiceSpec service) {
        stopped.remove(service.name());
    }

    private LogLevel unlessExpected(ServiceSpec service) {
        return allAreStopped.getAsBoolean() || stopped.contains(service.name()) ? LogLevel.INFO : LogLevel.WARN;
    }

    /** After the line of the news that led to it. On the supervisor's loop. */
    void line(LogLevel level, ServiceSpec service, String text) {
        lines.add(() -> Log.line(level, "run: service=" + service.name() + text));
    }

    @Override
    public void told() {
        lines.forEach(Runnable::run);
        lines.clear();
    }
}
