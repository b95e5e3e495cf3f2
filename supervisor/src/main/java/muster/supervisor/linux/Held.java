package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file, directory or symbolic link that is held, not opened for reading: it stays the same one whatever others put in
 * its place meanwhile. A root process that walks where others may write goes from one of these to the next.
 */
public final class Held implements AutoCloseable {
    private final int descriptor;

    private Held(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * What a path names; a symbolic link at its end is held itself, those before are followed.
     *
     * @throws NoSuchFileException if nothing is there
     */
    public static Held at(Path path) throws IOException {
        return hold(path, Libc.O_NOFOLLOW);
    }

    /** As {@link #at}, but a symbolic link at its end is followed. */
    public static Held following(Path path) throws IOException {
        return hold(path, 0);
    }

    private static Held hold(Path path, long links) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Libc.Result opened = Libc.call(
                    Libc.OPEN, Libc.text(arena, path.toString()).address(), Libc.O_PATH | Libc.O_CLOEXEC | links);
            if (opened.asInt() >= 0) {
                return new Held(opened.asInt());
            }
            throw switch (opened.errno()) {
                case Libc.ENOENT, Libc.ENOTDIR -> new NoSuchFileException(path.toString());
                case Libc.EACCES -> new AccessDeniedException(path.toString());
                default -> new FileSystemException(path.toString(), null, Libc.describe(opened.errno()));
            };
        }
    }

    /** Leads to it, through the kernel's table of our descriptors. */
    public Path path() {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    @Override
    public void close() {
        Libc.call(Libc.CLOSE, descriptor);
    }
}
