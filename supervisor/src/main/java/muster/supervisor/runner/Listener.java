package muster.supervisor.runner;

import muster.supervisor.ExitStatus;
import muster.supervisor.ServiceSpec;
import org.jspecify.annotations.Nullable;

/**
 * Hears what happens to services. Called by the supervisor's event loop, one call at a time: return soon, and do not
 * throw. It may give commands to the supervisor; they are carried out after it has returned.
 */
public interface Listener {
    /** As a reason. */
    String BEING_STOPPED = "It is being stopped.";

    /** Its process runs. */
    default void started(ServiceSpec service, long pid) {}

    /** Announce it. For a oneshot: it has succeeded. */
    default void ready(ServiceSpec service) {}

    /**
     * Announce it no more; it is not ready, or its process is gone.
     *
     * @param reason a sentence
     */
    default void notReady(ServiceSpec service, String reason) {}

    /**
     * Not ready, though it was and its process runs: it fails its liveness probes. {@link #ready} follows when it passes them,
     * {@link #notReady} or {@link #stopping} when it does not.
     *
     * @param reason a sentence
     */
    default void unwell(ServiceSpec service, String reason) {
        notReady(service, reason);
    }

    /** Announce it no more: it is being stopped because somebody wants it down, or a new process. Its end is expected. */
    default void stopping(ServiceSpec service) {
        notReady(service, BEING_STOPPED);
    }

    /**
     * It fails its liveness probes, and its policy says to do nothing about it; or it could not be started and is tried again.
     *
     * @param reason a sentence
     */
    default void sick(ServiceSpec service, String reason) {}

    /** It will be stopped; announce that no new work should come. */
    default void draining(ServiceSpec service) {}

    /** Its process ended; {@link #finished} follows. */
    default void exited(ServiceSpec service, long pid, ExitStatus status) {}

    /** Its finish command, if any, has ended too; {@link #down}, {@link #failed} or another {@link #started} follows. */
    default void finished(ServiceSpec service) {}

    /**
     * It will not be started again by itself: it cannot be started, it failed too often, or it ended badly and is not to
     * be restarted.
     *
     * @param reason a sentence that says what to do
     * @param code what a command that ran it should exit with: 127 not found, 126 not executable, else the last code
     */
    default void failed(ServiceSpec service, String reason, int code) {}

    /**
     * It is down as it should be: stopped on request, or ended well and its policy says so.
     *
     * @param last how its last process ended; null if there was none
     */
    default void down(ServiceSpec service, @Nullable ExitStatus last) {}

    /** Something of its status is new. Called after the other methods, also for what they do not tell. */
    default void changed(ServiceSpec service, ServiceStatus status) {}

    /** All of this moment's news is told and every status shows it: time for what nobody waits for, lines of a log say. */
    default void told() {}

    /** It was removed; nothing more is heard of it. */
    default void removed(ServiceSpec service) {}
}
