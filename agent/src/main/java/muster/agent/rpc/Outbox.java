package muster.agent.rpc;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import muster.agent.node.Counters;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one client, and what is being written. Answers wait for room, so a client that does not read
 * stops only itself; records of streams are dropped and counted when there is none. Safe for use by any thread.
 */
final class Outbox {
    static final int BYTES_MAX = 1 << 20;

    private static final long LOOK_MILLIS = 50; // for room that other clients gave back

    private final Budget ofAll;
    private final Counters counters;
    private final ArrayDeque<Reply> waiting = new ArrayDeque<>();
    private @Nullable Reply writing;
    private long bytes; // of what waits and of what is written
    private boolean closed;
    private long writingSinceNanos = Long.MAX_VALUE;
    private long writtenNanos = System.nanoTime(); // when the last one was, or this began

    /** @param ofAll what this one takes its room from */
    Outbox(Budget ofAll, Counters counters) {
        this.ofAll = ofAll;
        this.counters = counters;
    }

    /** Waits for room. False: closed. */
    synchronized boolean put(Reply reply) throws InterruptedException {
        boolean delayed = false;
        while (!closed && !takes(reply)) {
            if (!delayed) {
                counters.count("rpc-answers-delayed");
                delayed = true;
            }
            wait(LOOK_MILLIS);
        }
        return add(reply);
    }

    /** False: no room, or closed. */
    synchronized boolean offer(Bytes message) {
        Reply reply = Reply.of(message);
        return !closed && takes(reply) && add(reply);
    }

    /** Takes its room, if there is some. Who reads all gets one message at least, however much waits for others. */
    private boolean takes(Reply reply) {
        if (bytes == 0) {
            ofAll.take(reply.heldBytes());
            return true;
        }
        return bytes + reply.heldBytes() <= BYTES_MAX && ofAll.tryTake(reply.heldBytes());
    }

    private boolean add(Reply reply) {
        if (closed) {
            return false;
        }
        waiting.add(reply);
        bytes += reply.heldBytes();
        notifyAll();
        return true;
    }

    /** Writes everything until closed. To be run by one thread. */
    void drainTo(OutputStream out) throws IOException, InterruptedException {
        Reply next = take();
        while (next != null) {
            while (next.pieces().hasNext()) {
                Bytes piece = next.pieces().next();
                writes(System.nanoTime());
                out.write(piece.array(), 0, piece.size());
                writes(Long.MAX_VALUE);
            }
            next = take();
        }
    }

    /** Waits until all is written or {@code millis} are over. */
    synchronized void awaitEmpty(long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (!closed && bytes > 0) {
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

    /** For how long all has been written; zero while something waits or is written. */
    synchronized long emptyNanos(long nowNanos) {
        return writing == null && waiting.isEmpty() ? nowNanos - writtenNanos : 0;
    }

    synchronized void close() {
        closed = true;
        ofAll.give(bytes);
        bytes = 0;
        writing = null;
        waiting.clear();
        notifyAll();
    }

    private synchronized void writes(long sinceNanos) {
        writingSinceNanos = sinceNanos;
    }

    /** The next one, after the one before was written. */
    private synchronized @Nullable Reply take() throws InterruptedException {
        if (writing != null) {
            bytes -= writing.heldBytes();
            ofAll.give(writing.heldBytes());
            writing = null;
            writtenNanos = System.nanoTime();
            notifyAll();
        }
        while (!closed && waiting.isEmpty()) {
            wait();
        }
        writing = waiting.poll();
        return writing;
    }
}
