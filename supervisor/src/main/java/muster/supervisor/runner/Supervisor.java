package muster.supervisor.runner;

import java.time.Duration;
import muster.supervisor.ServiceSpec;

/**
 * Keeps services running: starts them, watches them, restarts them by their policy, and stops them in order.
 *
 * <p>Threads: any may call; the work is done by one event-loop thread. Not for use beside {@code ProcessBuilder}.
 */
public final class Supervisor implements AutoCloseable {
    private Supervisor() {}

    /** Starts this service now; the listener hears what follows. */
    public static Supervisor start(ServiceSpec service, Listener listener) {
        listener.failed(service, "Nothing is started yet.", 1);
        return new Supervisor();
    }

    /** Stops it in order: draining, stop signal, KILL after the timeout. Returns at once; {@code down} follows. */
    public void stop() {}

    /** A stop that cannot wait: ends draining now, and sends KILL if the stop signal was sent already. */
    public void hurry() {}

    /** Waits until it is down or failed for good. False if that took longer. */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        return atMost.isZero();
    }

    /** Stops without draining, waits for the end, and ends the event loop. */
    @Override
    public void close() {}
}
