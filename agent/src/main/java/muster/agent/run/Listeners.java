package muster.agent.run;

import java.util.List;
import java.util.function.Consumer;
import muster.supervisor.ExitStatus;
import muster.supervisor.ServiceSpec;
import muster.supervisor.runner.Listener;
import muster.supervisor.runner.ServiceStatus;
import org.jspecify.annotations.Nullable;

/** Several listeners as one; told in their order. */
record Listeners(List<Listener> all) implements Listener {
    @Override
    public void started(ServiceSpec service, long pid) {
        tell(listener -> listener.started(service, pid));
    }

    @Override
    public void ready(ServiceSpec service) {
        tell(listener -> listener.ready(service));
    }

    @Override
    public void notReady(ServiceSpec service, String reason) {
        tell(listener -> listener.notReady(service, reason));
    }

    @Override
    public void unwell(ServiceSpec service, String reason) {
        tell(listener -> listener.unwell(service, reason));
    }

    @Override
    public void stopping(ServiceSpec service) {
        tell(listener -> listener.stopping(service));
    }

    @Override
    public void sick(ServiceSpec service, String reason) {
        tell(listener -> listener.sick(service, reason));
    }

    @Override
    public void draining(ServiceSpec service) {
        tell(listener -> listener.draining(service));
    }

    @Override
    public void exited(ServiceSpec service, long pid, ExitStatus status) {
        tell(listener -> listener.exited(service, pid, status));
    }

    @Override
    public void finished(ServiceSpec service) {
        tell(listener -> listener.finished(service));
    }

    @Override
    public void failed(ServiceSpec service, String reason, int code) {
        tell(listener -> listener.failed(service, reason, code));
    }

    @Override
    public void down(ServiceSpec service, @Nullable ExitStatus last) {
        tell(listener -> listener.down(service, last));
    }

    @Override
    public void changed(ServiceSpec service, ServiceStatus status) {
        tell(listener -> listener.changed(service, status));
    }

    @Override
    public void told() {
        tell(Listener::told);
    }

    @Override
    public void removed(ServiceSpec service) {
        tell(listener -> listener.removed(service));
    }

    private void tell(Consumer<Listener> news) {
        all.forEach(news);
    }
}
