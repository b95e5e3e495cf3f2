package muster.haproxy;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Notices a process of HAProxy that hangs, and has it replaced with the least loss. What is slow under load answers some
 * time, and uses the processor meanwhile; what hangs does neither. Threads: the driver's.
 */
final class HangWatch {
    /** So many questions in a row, each a new one, go without an answer: a machine that was suspended loses one. */
    private static final int SILENT_MAX = 3;

    /** What uses the processor is given this for a last answer. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Instance instance;
    private final Journal journal;
    private final StateFile state;
    private final Renewal renewal;
    private final RuntimeApi patient;
    private @Nullable Workers last; // as the master listed them last
    private long silentPid; // 0 while all answer
    private int silences;
    private Optional<Duration> processorTime = Optional.empty(); // of the silent one, when it first was

    HangWatch(Instance instance, StateFile state, Renewal renewal) {
        this.instance = instance;
        this.journal = instance.journal();
        this.state = state;
        this.renewal = renewal;
        this.patient = RuntimeApi.at(instance.settings().socket(), PATIENCE);
    }

    void masterAnswered(Workers workers) {
        last = workers;
        if (silentPid != workers.currentPid()) {
            silentPid = 0;
        }
    }

    void workerAnswered() {
        silentPid = 0;
    }

    /**
     * One of them took a question and did not answer.
     *
     * @param canLoad whether the configuration is there
     */
    void silent(NoAnswer silence, boolean canLoad) throws IOException {
        Workers workers = last;
        if (workers == null) {
            return;
        }
        if (silence.isByWorker()) {
            if (hangs(workers.currentPid(), "@1 show info")) {
                replaceWorker(workers);
            }
        } else if (renewal.isUnderWay() || hangs(workers.masterPid(), "show proc")) {
            // It may well serve: ten clients that sit on its socket are all that it takes.
            renewal.next(
                    workers.masterPid(),
                    "HAProxy's master does not answer, though it takes connections on its socket "
                            + instance.settings().socket(),
                    canLoad);
        }
    }

    private boolean hangs(long pid, String question) {
        Optional<Duration> used = processorTime(pid);
        if (pid != silentPid) {
            silentPid = pid;
            silences = 0;
            processorTime = used;
        }
        silences++;
        if (silences < SILENT_MAX) {
            return false;
        }
        silentPid = 0;
        if (used.isPresent() && used.equals(processorTime)) {
            return true;
        }
        try {
            patient.ask(question);
            journal.warn("HAProxy takes long to answer, but works: pid=" + pid
                    + "; it may have more to do than this machine can");
            return false;
        } catch (NoAnswer e) {
            return !Thread.currentThread().isInterrupted();
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /** Empty where it cannot be read: then nothing is known. */
    private static Optional<Duration> processorTime(long pid) {
        return ProcessHandle.of(pid).flatMap(process -> process.info().totalCpuDuration());
    }

    /**
     * By a reload that has begun: the master then counts it among those that finish what they have, and goes on. A master
     * whose current worker dies ends, and the old ones with it.
     */
    private void replaceWorker(Workers workers) throws IOException {
        journal.count("hung-processes-ended");
        journal.warnOf(
                "HAProxy's worker hangs and is ended, with the requests that it has; another one is started: pid="
                        + workers.currentPid());
        state.clear(); // what it knew, nobody can ask
        try {
            instance.api().ask("reload");
        } finally {
            instance.program().kill(workers.currentPid(), workers.masterPid());
        }
    }
}
