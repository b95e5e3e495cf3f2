package muster.agent.rpc;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one client. Answers wait for room, so a client that does not read stops only itself;
 * records of streams are dropped and counted when there is none. Safe for use by any thread.
 */
final class Outbox {
    static final int BYTES_MAX = 1 << 20; // one message beyond it is taken when nothing else waits

    private final ArrayDeque<Bytes> waiting = new ArrayDeque<>();
    private long bytes;
    private boolean closed;
    private long writingSinceNanos = Long.MAX_VALUE;

    /** Waits for room. False: closed. */
    synchronized boolean put(Bytes message) throws InterruptedException {
        while (!closed && bytes + message.size() > BYTES_MAX && !waiting.isEmpty()) {
            wait();
        }
        return !closed && add(message);
    }

    /** False: no room, or closed. */
    synchronized boolean offer(Bytes message) {
        return !closed && bytes + message.size() <= BYTES_MAX && add(message);
    }

    /** Writes everything until closed. To be run by one thread. */
    void drainTo(OutputStream out) throws IOException, InterruptedException {
        Bytes next = take();
        while (next != null) {
            out.write(next.array(), 0, next.size());
            next = take();
        }
    }

    /** Waits until all is written or {@code millis} are over. */
    synchronized void awaitEmpty(long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (!closed && (bytes > 0 || writingSinceNanos != Long.MAX_VALUE)) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }

    /** Whether one write has taken longer than this. */
    synchronized boolean stuckFor(long nanos, long nowNanos) {
        return writingSinceNanos != Long.MAX_VALUE && nowNanos - writingSinceNanos > nanos;
    }

    synchronized void close() {
        closed = true;
        waiting.clear();
        notifyAll();
    }

    private boolean add(Bytes message) {
        waiting.add(message);
        bytes += message.size();
        notifyAll();
        return true;
    }

    private synchronized @Nullable Bytes take() throws InterruptedException {
        writingSinceNanos = Long.MAX_VALUE;
        notifyAll();
        while (!closed && waiting.isEmpty()) {
            wait();
        }
        Bytes next = waiting.poll();
        if (next != null) {
            bytes -= next.size();
            writingSinceNanos = System.nanoTime();
            notifyAll();
        }
        return next;
    }
}
