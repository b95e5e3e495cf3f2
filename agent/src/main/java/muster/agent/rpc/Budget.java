package muster.agent.rpc;

import java.util.concurrent.atomic.AtomicLong;

/** What may wait for all clients together. Safe for use by any thread. */
final class Budget {
    private final AtomicLong leftBytes;

    Budget(long bytes) {
        this.leftBytes = new AtomicLong(bytes);
    }

    /** False, and nothing is taken, where there is not enough. */
    boolean tryTake(long bytes) {
        if (leftBytes.addAndGet(-bytes) >= 0) {
            return true;
        }
        give(bytes);
        return false;
    }

    /** Beyond what there is, too. */
    void take(long bytes) {
        leftBytes.addAndGet(-bytes);
    }

    void give(long bytes) {
        leftBytes.addAndGet(bytes);
    }
}
