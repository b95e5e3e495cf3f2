package muster.haproxy;

import java.io.IOException;

/** HAProxy took a command and said nothing, or not all, in time. */
final class NoAnswer extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean byWorker;

    NoAnswer(String message, boolean byWorker) {
        super(message);
        this.byWorker = byWorker;
    }

    /** Whether the question was for a worker; otherwise its master does not answer. */
    boolean isByWorker() {
        return byWorker;
    }
}
