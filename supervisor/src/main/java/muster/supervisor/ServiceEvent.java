package muster.supervisor;

/** Everything that a service's machine is told. */
public sealed interface ServiceEvent {
    /** What somebody wants of it. */
    sealed interface Command extends ServiceEvent {}

    /** Be up; at once, if it waits to be started again. */
    record Start() implements Command {}

    /** Be up, and not again when its process ends. */
    record StartOnce() implements Command {}

    /** Do not start again when its process ends. */
    record Once() implements Command {}

    /** Be down, in order. */
    record Stop() implements Command {}

    /** As {@link Stop}, but not drained any longer: it gets its stop signal now, if it did not have it. */
    record StopNow() implements Command {}

    /** A new process, in order; nothing if there is none. */
    record Restart() implements Command {}

    /** Be down, and end what is still waited for on the way. */
    record Hurry() implements Command {}

    /** Be down, by KILL if it runs; {@code again}: what is left of its group after an earlier one is let be. */
    record Kill(boolean again) implements Command {}

    /** A signal to its process or, with {@link Reach#GROUP}, to its group. */
    record Send(Signal signal, Reach reach) implements Command {}

    /** {@link ServiceAction.Spawn} worked; told before anything else about that process. */
    record Spawned(long pid) implements ServiceEvent {}

    /**
     * {@link ServiceAction.Spawn} did not work.
     *
     * @param reason a sentence that says what to do
     * @param code 127 not found, 126 not executable, else 1
     */
    record SpawnFailed(String reason, int code) implements ServiceEvent {}

    /** The process itself said that it is ready. */
    record Notified(long pid) implements ServiceEvent {}

    /**
     * The process that was spawned ended.
     *
     * @param groupLeft others of its process group are still there
     */
    record Exited(long pid, ExitStatus status, boolean groupLeft) implements ServiceEvent {}

    /** The answer to {@link ServiceAction.LookAtGroup} when nobody is left; otherwise it is asked again. */
    record GroupGone(long pid) implements ServiceEvent {}

    /** {@link ServiceAction.SpawnFinish} worked. */
    record FinishSpawned(long pid) implements ServiceEvent {}

    /** {@link ServiceAction.SpawnFinish} did not work, or its process ended. */
    record FinishEnded(boolean permanent) implements ServiceEvent {}

    /** All probes of the last {@link ServiceAction.AskProbes} passed. */
    record ProbesPassed(long pid) implements ServiceEvent {}

    /** One of them failed; says which and how. */
    record ProbeFailed(long pid, String reason) implements ServiceEvent {}

    /** The answer to {@link ServiceAction.CountConnections}. */
    record Connections(long pid, int open) implements ServiceEvent {}

    /** {@link ServiceMachine#nextDeadline()} is reached. */
    record Deadline() implements ServiceEvent {}
}
