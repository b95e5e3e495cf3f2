package muster.supervisor;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything that a service's machine wants done, in this order. */
public sealed interface ServiceAction {
    /** Start the process; answer with {@link ServiceEvent.Spawned} or {@link ServiceEvent.SpawnFailed}. */
    record Spawn() implements ServiceAction {}

    /**
     * Start the finish command with these facts; answer with {@link ServiceEvent.FinishSpawned} if that works, and with
     * {@link ServiceEvent.FinishEnded} in any case.
     */
    record SpawnFinish(long group, ExitStatus status) implements ServiceAction {}

    /** To the process group that this process leads. */
    record SignalGroup(long pid, Signal signal) implements ServiceAction {}

    /** To this process only, which has not been reaped. */
    record SignalProcess(long pid, Signal signal) implements ServiceAction {}

    /** Is anybody left in this process group? Answer with {@link ServiceEvent.GroupGone} if not. */
    record LookAtGroup(long pid) implements ServiceAction {}

    /** Answer with one {@link ServiceEvent.ProbesPassed} or {@link ServiceEvent.ProbeFailed}, within this time for each. */
    record AskProbes(long pid, List<Probe> probes, Duration timeout) implements ServiceAction {}

    /** Answer with {@link ServiceEvent.Connections}. */
    record CountConnections(long pid, List<Integer> ports) implements ServiceAction {}

    /** Tell: its process runs. */
    record TellStarted(long pid) implements ServiceAction {}

    /** Tell: ready. */
    record TellReady() implements ServiceAction {}

    /** Tell: ready no more. */
    record TellNotReady(String reason) implements ServiceAction {}

    /** Tell: it runs, and is not ready until it passes its liveness probes again. */
    record TellUnwell(String reason) implements ServiceAction {}

    /** Tell: ready no more, if it was, because somebody wants it down or a new process. */
    record TellStopping() implements ServiceAction {}

    /** Tell: it fails its liveness probes, and nothing follows; or it could not be started, and is tried again. */
    record TellSick(String reason) implements ServiceAction {}

    /** Tell: it drains. */
    record TellDraining() implements ServiceAction {}

    /** Tell: its process ended. */
    record TellExited(long pid, ExitStatus status) implements ServiceAction {}

    /** Tell: all that follows its end has ended. */
    record TellFinished() implements ServiceAction {}

    /** Tell: given up. */
    record TellFailed(String reason, int code) implements ServiceAction {}

    /** Tell: down. */
    record TellDown(@Nullable ExitStatus last) implements ServiceAction {}
}
