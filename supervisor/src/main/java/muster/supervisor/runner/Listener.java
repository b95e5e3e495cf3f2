package muster.supervisor.runner;

import muster.supervisor.ExitStatus;
import muster.supervisor.ServiceSpec;
import org.jspecify.annotations.Nullable;

/**
 * Hears what happens to services. Called by the supervisor's event loop, one call at a time: return soon, and do not
 * throw.
 */
public interface Listener {
    /** Its process runs. */
    default void started(ServiceSpec service, long pid) {}

    /** Announce it. */
    void ready(ServiceSpec service);

    /**
     * Announce it no more; it is not ready, or its process is gone.
     *
     * @param reason a sentence
     */
    void notReady(ServiceSpec service, String reason);

    /** It will be stopped; announce that no new work should come. */
    void draining(ServiceSpec service);

    /** Its process ended; {@link #down}, {@link #failed} or another {@link #started} follows. */
    void exited(ServiceSpec service, long pid, ExitStatus status);

    /**
     * It will not be started again by itself: it cannot be started, or it failed too often.
     *
     * @param reason a sentence that says what to do
     * @param code what a command that ran it should exit with: 127 not found, 126 not executable, else the last code
     */
    void failed(ServiceSpec service, String reason, int code);

    /**
     * It is down as it should be: stopped on request, or ended and its policy says so.
     *
     * @param last how its last process ended; null if there was none
     */
    void down(ServiceSpec service, @Nullable ExitStatus last);
}
