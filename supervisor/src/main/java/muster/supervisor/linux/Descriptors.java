package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What can be done with bare descriptors. */
final class Descriptors {
    private Descriptors() {}

    /** The same with a number that no process is given it under; the old one is closed, also if that fails. */
    static int raise(int descriptor) throws IOException {
        Libc.Result raised = Libc.call(Libc.FCNTL, descriptor, Libc.F_DUPFD_CLOEXEC, Pipe.OURS_MIN);
        close(descriptor);
        if (raised.asInt() < 0) {
            throw new IOException("cannot get a descriptor: " + Libc.describe(raised.errno())
                    + " (see ulimit -n, which must be above " + Pipe.OURS_MIN + ")");
        }
        return raised.asInt();
    }

    static void close(int descriptor) {
        Libc.call(Libc.CLOSE, descriptor);
    }

    /** Waits unless it was told not to; 0 at the end. */
    static int read(int descriptor, byte[] into) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return read(descriptor, arena.allocate(into.length), into);
        }
    }

    /** By way of this buffer, which is as large as the array. */
    static int read(int descriptor, MemorySegment buffer, byte[] into) throws IOException {
        Libc.Result read;
        do {
            read = Libc.call(Libc.READ, descriptor, buffer.address(), into.length);
        } while (read.value() < 0 && read.errno() == Libc.EINTR);
        if (read.value() < 0) {
            throw new IOException("cannot read: " + Libc.describe(read.errno()));
        }
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, into, 0, (int) read.value());
        return (int) read.value();
    }

    /** A new one, to be closed, that reads as these bytes and then ends. They are in memory: no reader is waited for. */
    static int holding(byte[] bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = Libc.text(arena, "muster-input");
            Libc.Result made = Libc.call(Libc.MEMFD_CREATE, name.address(), Libc.MFD_CLOEXEC);
            if (made.asInt() < 0) {
                throw new IOException("cannot make a file in memory: " + Libc.describe(made.errno()));
            }
            int descriptor = raise(made.asInt());
            MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            long done = 0;
            while (done < bytes.length) {
                Libc.Result wrote =
                        Libc.call(Libc.PWRITE, descriptor, data.address() + done, bytes.length - done, done);
                if (wrote.value() < 0 && wrote.errno() != Libc.EINTR) {
                    close(descriptor);
                    throw new IOException("cannot fill a file in memory: " + Libc.describe(wrote.errno()));
                }
                done += Math.max(0, wrote.value());
            }
            return descriptor;
        }
    }

    /** Whether all went out. */
    static boolean write(int descriptor, byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            return Libc.call(Libc.WRITE, descriptor, data.address(), bytes.length)
                            .value()
                    == bytes.length;
        }
    }
}
