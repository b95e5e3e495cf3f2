package muster.templating.target;

import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One publisher at a destination, of all processes of this machine. The file is locked by the kernel, which takes the lock from
 * whoever ends; it is removed with the lock, so one that lies about is nobody's. Safe for use by any thread.
 */
final class PublishLock implements AutoCloseable {
    private static final long POLL_MILLIS = 5;

    /**
     * Those of this process. File locks are the whole process's, and closing any channel to the file gives them up: so nobody
     * opens one that is here.
     */
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    private static final Set<OpenOption> OPTIONS =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final FileAttribute<?> OWNER_ALONE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path file;
    private final FileLock lock; // one that nobody refers to is forgotten
    private final FileChannel there; // the same file; closed before its time it would give the lock up

    private PublishLock(Path file, FileLock lock, FileChannel there) {
        this.file = file;
        this.lock = lock;
        this.there = there;
    }

    /**
     * Waits for its turn.
     *
     * @throws IOException if that takes longer, or the file cannot be made
     */
    static PublishLock take(Path place, Duration atMost) throws IOException, InterruptedException {
        Path folder = place.toAbsolutePath().getParent();
        // One spelling for each.
        Path file = folder == null ? place : folder.toRealPath().resolve(place.getFileName());
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        while (true) {
            if (OURS.add(file)) {
                PublishLock lock = null;
                try {
                    lock = tryTake(file);
                } finally {
                    if (lock == null) {
                        OURS.remove(file);
                    }
                }
                if (lock != null) {
                    return lock;
                }
            }
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new IOException("another program is at it, since " + atMost.toSeconds()
                        + " s or longer (it holds " + file + ": it is tried again)");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Null if it is another process's now, or was until a moment ago. */
    private static @Nullable PublishLock tryTake(Path file) throws IOException {
        FileChannel channel = open(file);
        FileChannel there = null;
        PublishLock taken = null;
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                // Whoever had it removes it, and the next makes another one: a lock on what has no name is none.
                there = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                taken = isLockedHere(there) ? new PublishLock(file, lock, there) : null;
            }
        } catch (NoSuchFileException e) {
            // removed
        } finally {
            if (taken == null) {
                close(there);
                close(channel);
            }
        }
        return taken;
    }

    private static FileChannel open(Path file) throws IOException {
        try {
            return FileChannel.open(file, OPTIONS, OWNER_ALONE);
        } catch (AccessDeniedException e) {
            throw Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    ? new IOException("a program of another user is or was at it: " + file
                            + " is that user's (if none runs, remove it: it is tried again)")
                    : e;
        }
    }

    /** Whether this process has a lock on the same file, by whatever channel. */
    private static boolean isLockedHere(FileChannel channel) throws IOException {
        try {
            channel.tryLock();
            return false;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // It lies about, and is nobody's.
        }
        close(there);
        close(lock.acquiredBy());
        OURS.remove(file);
    }

    private static void close(@Nullable Channel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The lock is gone all the same.
        }
    }
}
