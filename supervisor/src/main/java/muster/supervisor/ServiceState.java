package muster.supervisor;

/**
 * Where a service is.
 *
 * <pre>
 *   Down ──► Spawning ──► Starting ──► Ready ⇄ NotReady
 *    ▲          ▲                        │
 *    │          │                     Draining
 *    │          │                        ▼
 *    │       BackingOff ◄── Sweeping ◄── Stopping        (an exit goes from any of them to Sweeping or past it)
 *    └───────── Failed
 * </pre>
 */
public sealed interface ServiceState {
    /** A process that we spawned and that has not been reaped. */
    sealed interface Running extends ServiceState {
        Run run();
    }

    /** No process, and none wanted. */
    record Down() implements ServiceState {}

    /**
     * The process is being started.
     *
     * @param stopWanted stop it as soon as it is there
     */
    record Spawning(boolean stopWanted) implements ServiceState {}

    /** It runs and was not ready yet. */
    record Starting(Run run) implements Running {}

    /** It does its work. */
    record Ready(Run run) implements Running {}

    /** It was ready, runs, and fails its probes. */
    record NotReady(Run run) implements Running {}

    /**
     * It still works, and nobody should send it more.
     *
     * @param notBeforeNanos the news needs until then to spread
     * @param notAfterNanos then it is stopped whoever is still connected
     */
    record Draining(Run run, long notBeforeNanos, long notAfterNanos) implements Running {}

    /**
     * It got its stop signal.
     *
     * @param killNanos when the group is killed
     * @param killed that has happened
     * @param cause why
     */
    record Stopping(Run run, long killNanos, boolean killed, Cause cause) implements Running {}

    /**
     * Its process is gone, and others of its group are not.
     *
     * @param killNanos when they are killed; after that, when they are no longer waited for
     */
    record Sweeping(long group, long killNanos, boolean killed, Next next) implements ServiceState {}

    /** It ended and will be started again. */
    record BackingOff(long untilNanos) implements ServiceState {}

    /** It ended and will not be started again until somebody says so. */
    record Failed(String reason) implements ServiceState {}

    /**
     * One life of its process.
     *
     * @param pid also its process group and session
     * @param startedNanos when it was spawned
     */
    record Run(long pid, long startedNanos) {}

    /** Why a process was sent its stop signal. */
    enum Cause {
        /** The service shall be down. */
        STOP,
        /** The service shall be up, with a new process. */
        RESTART,
        /** It was not ready in time, which is a failure whatever status it ends with. */
        NEVER_READY
    }

    /** What follows when a process and its group have ended. */
    enum Next {
        STAY_DOWN,
        /** A new command said so: at once. */
        START,
        /** Its policy says so: after the back-off. */
        RESTART,
        GIVE_UP
    }
}
