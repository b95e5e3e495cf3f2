package muster.haproxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Notices that HAProxy runs and cannot be told anything, because the file of its master's socket was removed or replaced, and
 * has it made again: the master makes one whenever it starts itself anew, as for a reload. Threads: the driver's.
 */
final class SocketWatch {
    /** A master that starts itself anew puts another file there in one step, and is deaf for a while, but not for so long. */
    private static final long DEAF_NANOS = 5_000_000_000L;

    private static final int AGAIN_MAX = 2;

    private final Instance instance;
    private final Renewal renewal;
    private @Nullable ProcessHandle master; // that answered last
    private @Nullable Object its; // the file on which it did
    private boolean isReached = true;
    private long sinceNanos; // not reached

    SocketWatch(Instance instance, Renewal renewal) {
        this.instance = instance;
        this.renewal = renewal;
    }

    /** Asks the master, once more if another file was put there meanwhile: by itself for a reload, or by somebody else. */
    Workers ask() throws IOException {
        for (int again = 0; ; again++) {
            Object file = there();
            Workers workers = instance.workers();
            if (again == AGAIN_MAX || (file != null && file.equals(there()))) {
                answered(workers, file);
                return workers;
            }
        }
    }

    /** It did so a moment ago, before anything was watched. */
    void answered(Workers workers) {
        answered(workers, there());
    }

    private void answered(Workers workers, @Nullable Object file) {
        if (master == null || master.pid() != workers.masterPid()) {
            master = ProcessHandle.of(workers.masterPid()).orElse(null);
        }
        its = file;
        isReached = true;
        renewal.over();
    }

    /** Whether the file is the one on which the master answered. */
    boolean isIts() {
        Object now = there();
        return now != null && now.equals(its);
    }

    /**
     * Nobody could be asked.
     *
     * @param canLoad whether the configuration is there; without it, or its folder, a master that starts itself anew ends
     */
    void notReached(boolean canLoad) {
        ProcessHandle running = master;
        if (running == null || !ProcessState.runs(running)) {
            isReached = true; // it ended, and is started
            renewal.over();
            return;
        }
        if (isReached) {
            isReached = false;
            sinceNanos = System.nanoTime();
        } else if (renewal.isUnderWay() || there() == null || System.nanoTime() - sinceNanos > deafNanos()) {
            renewal.next(
                    running.pid(),
                    "HAProxy runs, but the socket of its master "
                            + (there() == null ? "is gone" : isIts() ? "leads nowhere" : "was replaced") + ": "
                            + instance.settings().socket(),
                    canLoad);
        }
    }

    /** While it loads it refuses connections on the file that it had. */
    private long deafNanos() {
        return isIts() ? Renewal.EVERY_NANOS : DEAF_NANOS;
    }

    /** What identifies the file at the socket's place; null if there is none. */
    private @Nullable Object there() {
        try {
            return Files.readAttributes(instance.settings().socket(), BasicFileAttributes.class)
                    .fileKey();
        } catch (IOException e) {
            return null;
        }
    }
}
