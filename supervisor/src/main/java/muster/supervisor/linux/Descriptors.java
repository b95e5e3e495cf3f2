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
            MemorySegment buffer = arena.allocate(into.length);
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
