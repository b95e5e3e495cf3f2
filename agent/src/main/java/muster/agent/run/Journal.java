package muster.agent.run;

import java.util.function.BooleanSupplier;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.supervisor.ExitStatus;
import muster.supervisor.Kind;
import muster.supervisor.RestartPolicy;
import muster.supervisor.ServiceSpec;
import muster.supervisor.runner.Listener;
import org.jspecify.annotations.Nullable;

/** A line in the log for each thing that happens to a service. What is expected because of a stop is no warning. */
record Journal(BooleanSupplier stopping) implements Listener {
    @Override
    public void started(ServiceSpec service, long pid) {
        line(LogLevel.INFO, service, " started pid=" + pid);
    }

    @Override
    public void ready(ServiceSpec service) {
        line(LogLevel.INFO, service, " ready");
    }

    @Override
    public void notReady(ServiceSpec service, String reason) {
        line(unlessStopping(LogLevel.WARN), service, " not ready: " + reason);
    }

    @Override
    public void sick(ServiceSpec service, String reason) {
        line(LogLevel.WARN, service, " is not well: " + reason);
    }

    @Override
    public void draining(ServiceSpec service) {
        line(LogLevel.INFO, service, " draining: no new requests, those in flight finish");
    }

    @Override
    public void exited(ServiceSpec service, long pid, ExitStatus status) {
        LogLevel level = hasDoneItsWork(service, status) ? LogLevel.INFO : unlessStopping(LogLevel.WARN);
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

    private LogLevel unlessStopping(LogLevel level) {
        return stopping.getAsBoolean() ? LogLevel.INFO : level;
    }

    private static void line(LogLevel level, ServiceSpec service, String text) {
        Log.line(level, "run: service=" + service.name() + text);
    }
}
