package muster.haproxy;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Has HAProxy finish what is under way without taking anything new. Connections on which nothing is under way are not waited
 * for: clients may keep them for ever. Threads: any, once nobody else gives commands.
 */
final class Draining {
    private static final long POLL_MILLIS = 20;

    /** So often nothing may be under way before it is believed: a request may be on its way on a connection just taken. */
    private static final int IDLE_LOOKS = 10;

    private final RuntimeApi api;
    private final Program program;
    private final Journal journal;
    private @Nullable ProcessHandle master; // that answered
    private long finishedPid;

    Draining(Instance instance) {
        this.api = instance.api();
        this.program = instance.program();
        this.journal = instance.journal();
    }

    /** Requests that were still under way when the time was over, as far as it said. */
    long drain(Duration atMost) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        long underWay = 0;
        int idle = 0;
        String silence;
        do {
            try {
                underWay = underWay();
                idle = underWay == 0 ? idle + 1 : 0;
                silence = "";
            } catch (IOException e) {
                if (hasEnded()) {
                    return 0;
                }
                silence = String.valueOf(e.getMessage()); // for a while, as in a reload that had begun
            }
            Thread.sleep(POLL_MILLIS);
        } while (idle < IDLE_LOOKS && System.nanoTime() - deadlineNanos < 0);
        if (!silence.isEmpty()) {
            journal.warnOf("HAProxy does not say whether requests are under way, and is ended: " + silence);
        }
        return underWay;
    }

    private boolean hasEnded() {
        return master == null ? program.trouble() != null : !ProcessState.runs(master);
    }

    /**
     * In all workers together. Who takes connections is told to take no more, also one that a reload has only just made; the
     * others go on when it ends, and their master ends with the last one.
     */
    private long underWay() throws IOException {
        Workers workers = Workers.of(api);
        master = ProcessHandle.of(workers.masterPid()).orElse(master);
        long underWay = 0;
        if (workers.currentPid() != 0) {
            if (workers.currentPid() != finishedPid) {
                finishedPid = workers.currentPid();
                program.finish(finishedPid, workers.masterPid());
            }
            underWay += underWay(workers.currentPid());
        }
        for (long old : workers.old()) {
            underWay += underWay(old);
        }
        return underWay;
    }

    private long underWay(long worker) throws IOException {
        return api.ask("@!" + worker + " show sess")
                .lines()
                .filter(line -> line.contains(" fe=") && !line.contains(" fe=GLOBAL "))
                .count();
    }
}
