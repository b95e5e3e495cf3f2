package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import muster.supervisor.Readiness;
import org.jspecify.annotations.Nullable;

/**
 * A pipe whose ends can be given to processes. Both ends are ours, closed in every process that is not given them, and
 * numbered above all numbers that a process can be given them under.
 *
 * <p>Safe for use by any thread; an end must not be closed while another thread is about to use it.
 */
public final class Pipe implements AutoCloseable {
    /** So that moving descriptors to their places in a child never overwrites one that is still to be moved. */
    static final int OURS_MIN = Readiness.DESCRIPTOR_MAX + 1;

    private static final int CLOSED = -1;

    private final AtomicInteger readEnd;
    private final AtomicInteger writeEnd;

    /** Kept, because a fresh one would be filled with zeros for each read. */
    private @Nullable MemorySegment read;

    private Pipe(int readEnd, int writeEnd) {
        this.readEnd = new AtomicInteger(readEnd);
        this.writeEnd = new AtomicInteger(writeEnd);
    }

    /** A new one. */
    public static Pipe open() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            Libc.Result made = Libc.call(Libc.PIPE2, ends.address(), Libc.O_CLOEXEC);
            if (made.asInt() != 0) {
                throw new IOException("cannot make a pipe: " + Libc.describe(made.errno()));
            }
            int readEnd = Descriptors.raise(ends.getAtIndex(ValueLayout.JAVA_INT, 0));
            try {
                return new Pipe(readEnd, Descriptors.raise(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
            } catch (IOException e) {
                Descriptors.close(readEnd);
                throw e;
            }
        }
    }

    /** For {@link Command} and {@link Poller}. */
    public int readEnd() {
        return readEnd.get();
    }

    /** For {@link Command}. */
    public int writeEnd() {
        return writeEnd.get();
    }

    /**
     * Waits for bytes. One thread at a time.
     *
     * @return how many were read, 0 at the end: nobody has the write end any more
     */
    public int read(byte[] into) throws IOException {
        MemorySegment buffer = read;
        if (buffer == null || buffer.byteSize() != into.length) {
            buffer = Arena.ofAuto().allocate(into.length);
            read = buffer;
        }
        return Descriptors.read(readEnd.get(), buffer, into);
    }

    /** Those who read see the end when the processes that were given it have closed it too. */
    public void closeWriteEnd() {
        closeOnce(writeEnd);
    }

    public void closeReadEnd() {
        closeOnce(readEnd);
    }

    @Override
    public void close() {
        closeWriteEnd();
        closeReadEnd();
    }

    private static void closeOnce(AtomicInteger end) {
        int number = end.getAndSet(CLOSED);
        if (number != CLOSED) {
            Descriptors.close(number);
        }
    }
}
