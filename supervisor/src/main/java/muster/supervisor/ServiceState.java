package muster.supervisor;

/**
 * Where a service is.
 *
 * <pre>
 *   Down ──► Spawning ──► Starting ──► Ready ⇄ NotReady
 *    ▲          ▲                        ⇅
 *    │          │                     Draining       (back to what it was, when the stop is taken back)
 *    │          │                        ▼
 *    │       BackingOff ◄── Finishing ◄── Sweeping ◄── Stopping     (an exit goes from any of them to the first that
 *    ├───────── Failed ◄──────┤                                      has something to do)
 *    └───────── Done ◄────────┘
 * </pre>
 */
public sealed interface ServiceState {
    /** A process that we spawned and that has not been reaped. */
    sealed interface Running extends ServiceState {
        Run run();
    }

    /** Its process has ended, and what follows has not. */
    sealed interface Ending extends ServiceState {
        End end();
    }

    /** No process, and none wanted. */
    record Down() implements ServiceState {}

    /** The process is being started. */
    record Spawning() implements ServiceState {}

    /**
     * It runs and was not ready yet.
     *
     * @param saidSo it said itself that it is, or need not
     */
    record Starting(Run run, boolean saidSo) implements Running {}

    /** It does its work. */
    record Ready(Run run) implements Running {}

    /** It was ready, runs, and fails its probes. */
    record NotReady(Run run) implements Running {}

    /**
     * It still works, and nobody should send it more.
     *
     * @param notBeforeNanos the news needs until then to spread
     * @param notAfterNanos then it is stopped whoever is still connected
     * @param wasReady or {@link NotReady}: what it is again when the stop is taken back
     */
    record Draining(Run run, long notBeforeNanos, long notAfterNanos, boolean wasReady) implements Running {}

    /**
     * It got a stop signal.
     *
     * @param sent how many of its stop signals
     * @param nextNanos when the next one is due, or KILL after the last
     * @param killed KILL was sent
     * @param cause why
     */
    record Stopping(Run run, int sent, long nextNanos, boolean killed, Cause cause) implements Running {}

    /**
     * Its process is gone, and others of its group are not.
     *
     * @param nextNanos when they are killed; after that, when they are no longer waited for
     */
    record Sweeping(End end, long nextNanos, boolean killed) implements Ending {}

    /**
     * Its finish command runs.
     *
     * @param pid 0 until it was spawned
     * @param killNanos when it is killed, or {@link ServiceMachine#NEVER}
     */
    record Finishing(End end, long pid, long killNanos, boolean killed) implements Ending {}

    /** It ended and will be started again. */
    record BackingOff(long untilNanos) implements ServiceState {}

    /** A oneshot that has succeeded. */
    record Done() implements ServiceState {}

    /** It ended and will not be started again until somebody says so. */
    record Failed(String reason) implements ServiceState {}

    /**
     * One life of its process.
     *
     * @param pid also its process group and session
     * @param startedNanos when it was spawned
     */
    record Run(long pid, long startedNanos) {}

    /**
     * How one life ended.
     *
     * @param group that of the process that has ended
     * @param asked somebody wanted it to end, and it says nothing about the service
     * @param failure it is one
     * @param tooMany it is one failure too many
     */
    record End(long group, ExitStatus status, boolean asked, boolean failure, boolean tooMany) {}

    /** Why a process was sent its stop signal. */
    enum Cause {
        /** Somebody wants it down, or a new one. */
        ASKED,
        /** It was not ready in time, or is sick: a failure, whatever status it ends with. */
        UNWELL
    }
}
