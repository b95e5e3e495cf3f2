package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A small file that is replaced as a whole: who reads it sees the old one or the new one. By five system calls and little else, because it is written at
 * each step of a service's life, while a core may be needed for the service.
 */
public final class WholeFile {
    private WholeFile() {}

    /** By way of {@code path.new}, with this mode whatever the umask is. For one thread at a time. */
    public static void replace(Path path, byte[] content, int mode) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = Libc.text(arena, path.toString());
            MemorySegment fresh = Libc.text(arena, path + ".new");
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, content);
            Libc.Result opened = Libc.call(
                    Libc.OPEN,
                    fresh.address(),
                    Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC | Libc.O_NOFOLLOW | Libc.O_CLOEXEC,
                    mode);
            check(opened, path);
            try {
                check(Libc.call(Libc.FCHMOD, opened.asInt(), mode), path);
                Libc.Result written = Libc.call(Libc.WRITE, opened.asInt(), bytes.address(), content.length);
                check(written, path);
                if (written.value() != content.length) {
                    throw new IOException(path + " cannot be written as a whole; make room on its disk");
                }
            } finally {
                Libc.call(Libc.CLOSE, opened.asInt());
            }
            check(Libc.call(Libc.RENAME, fresh.address(), name.address()), path);
        }
    }

    private static void check(Libc.Result result, Path path) throws IOException {
        if (result.value() < 0) {
            throw new IOException(path + " cannot be written: " + Libc.describe(result.errno()));
        }
    }
}
