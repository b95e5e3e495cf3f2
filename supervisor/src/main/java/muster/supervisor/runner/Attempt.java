package muster.supervisor.runner;

import java.io.IOException;
import java.util.Map;
import muster.supervisor.ExitStatus;
import muster.supervisor.Notification;
import muster.supervisor.Readiness;
import muster.supervisor.ServiceEvent;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.NotifySocket;
import muster.supervisor.linux.Pipe;
import muster.supervisor.linux.Poller;
import org.jspecify.annotations.Nullable;

/** One start of a service's process, with the means by which it can say that it is ready. */
final class Attempt implements Children.Handler {
    private final Unit unit;
    private final Readiness readiness;
    private final @Nullable Pipe pipe;
    private final @Nullable NotifySocket socket;
    private Poller.@Nullable Watched watch;

    Attempt(Unit unit, Readiness readiness) throws IOException {
        this.unit = unit;
        this.readiness = readiness;
        this.pipe = readiness.notification() == Notification.DESCRIPTOR ? Pipe.open() : null;
        this.socket = readiness.notification() == Notification.SYSTEMD ? NotifySocket.open() : null;
    }

    Map<Integer, Integer> descriptors() {
        return pipe == null ? Map.of() : Map.of(readiness.descriptor(), pipe.writeEnd());
    }

    Map<String, String> variables() {
        return socket == null ? Map.of() : Map.of("NOTIFY_SOCKET", socket.address());
    }

    @Override
    public void spawned(long pid) {
        unit.tell(new ServiceEvent.Spawned(pid));
        // Watched only from here on: no notification is told before its process.
        if (pipe != null) {
            pipe.closeWriteEnd();
            watch(pipe.readEnd(), new Newline(pid, pipe));
        } else if (socket != null) {
            watch(socket.descriptor(), new Messages(pid, socket));
        }
    }

    private void watch(int descriptor, Poller.Watched one) {
        watch = one;
        unit.poller().watch(descriptor, one);
    }

    @Override
    public void notSpawned(String reason, int code) {
        if (pipe != null) {
            pipe.close();
        } else if (socket != null) {
            socket.close();
        }
        unit.tell(new ServiceEvent.SpawnFailed(reason, code));
    }

    @Override
    public void exited(long pid, ExitStatus status, boolean groupLeft) {
        Poller.Watched watched = watch;
        if (watched != null) {
            int descriptor = pipe != null ? pipe.readEnd() : socket != null ? socket.descriptor() : -1;
            unit.poller().forget(descriptor, watched);
        }
        unit.tell(new ServiceEvent.Exited(pid, status, groupLeft));
    }

    /** Any newline on the descriptor. */
    private final class Newline implements Poller.Watched {
        private final long pid;
        private final Pipe from;

        Newline(long pid, Pipe from) {
            this.pid = pid;
            this.from = from;
        }

        @Override
        public boolean read() throws IOException {
            var bytes = new byte[64];
            int count = from.read(bytes);
            for (int i = 0; i < count; i++) {
                if (bytes[i] == '\n') {
                    unit.tell(new ServiceEvent.Notified(pid));
                    return false;
                }
            }
            return count > 0;
        }

        @Override
        public void forgotten() {
            from.closeReadEnd();
        }
    }

    /** Messages of sd_notify; {@code READY=1} is the one that we look for. */
    private final class Messages implements Poller.Watched {
        private final long pid;
        private final NotifySocket from;

        Messages(long pid, NotifySocket from) {
            this.pid = pid;
            this.from = from;
        }

        @Override
        public boolean read() {
            if (from.receive().lines().anyMatch("READY=1"::equals)) {
                unit.tell(new ServiceEvent.Notified(pid));
            }
            return true;
        }

        @Override
        public void forgotten() {
            from.close();
        }
    }
}
