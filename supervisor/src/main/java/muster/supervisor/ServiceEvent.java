package muster.supervisor;

/** Everything that a service's machine is told. */
public sealed interface ServiceEvent {
    /** Command: be up. */
    record Start() implements ServiceEvent {}

    /** Command: be down, in order. */
    record Stop() implements ServiceEvent {}

    /** Command: be down, and end what is still waited for on the way. */
    record Hurry() implements ServiceEvent {}

    /** {@link ServiceAction.Spawn} worked; told before anything else about that process. */
    record Spawned(long pid) implements ServiceEvent {}

    /**
     * {@link ServiceAction.Spawn} did not work.
     *
     * @param reason a sentence that says what to do
     * @param code 127 not found, 126 not executable, else 1
     */
    record SpawnFailed(String reason, int code) implements ServiceEvent {}

    /**
     * The process that was spawned ended.
     *
     * @param groupLeft others of its process group are still there
     */
    record Exited(long pid, ExitStatus status, boolean groupLeft) implements ServiceEvent {}

    /** The answer to {@link ServiceAction.LookAtGroup} when nobody is left; otherwise it is asked again. */
    record GroupGone(long pid) implements ServiceEvent {}

    /** All probes of the last {@link ServiceAction.AskProbes} passed. */
    record ProbesPassed(long pid) implements ServiceEvent {}

    /** One of them failed; says which and how. */
    record ProbeFailed(long pid, String reason) implements ServiceEvent {}

    /** The answer to {@link ServiceAction.CountConnections}. */
    record Connections(long pid, int open) implements ServiceEvent {}

    /** {@link ServiceMachine#nextDeadline()} is reached. */
    record Deadline() implements ServiceEvent {}
}
