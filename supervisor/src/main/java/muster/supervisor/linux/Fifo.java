package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/** Named pipes. Safe for use by any thread. */
public final class Fifo {
    private Fifo() {}

    /**
     * Makes one.
     *
     * @param mode such as 0600; the umask is taken off
     * @throws FileAlreadyExistsException if something is there
     */
    public static void create(Path path, int mode) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Libc.Result made =
                    Libc.call(Libc.MKFIFO, Libc.text(arena, path.toString()).address(), mode);
            if (made.asInt() != 0) {
                if (made.errno() == Libc.EEXIST) {
                    throw new FileAlreadyExistsException(path.toString());
                }
                throw new IOException("cannot make the fifo " + path + ": " + Libc.describe(made.errno()));
            }
        }
    }

    /**
     * Writes if somebody reads, and never waits.
     *
     * @return whether all bytes went in; false if nobody reads or the pipe is full
     */
    public static boolean offer(Path path, byte... bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Libc.Result opened = Libc.call(
                    Libc.OPEN,
                    Libc.text(arena, path.toString()).address(),
                    Libc.O_WRONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
            if (opened.asInt() < 0) {
                if (opened.errno() == Libc.ENXIO) {
                    return false;
                }
                throw new IOException("cannot open the fifo " + path + ": " + Libc.describe(opened.errno()));
            }
            try {
                MemorySegment data = arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_BYTE, bytes);
                // Up to PIPE_BUF bytes go in together or not at all.
                return Libc.call(Libc.WRITE, opened.asInt(), data.address(), bytes.length)
                                .value()
                        == bytes.length;
            } finally {
                Libc.call(Libc.CLOSE, opened.asInt());
            }
        }
    }
}
