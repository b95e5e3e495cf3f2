package muster.supervisor.s6;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import muster.supervisor.linux.Fifo;

/**
 * A directory like {@code supervise} or {@code .s6-svscan}: a lock that says that somebody listens, and a FIFO whose
 * bytes are commands. One thread waits for them; it calls the listener.
 */
final class ControlPipe implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ControlPipe.class.getName());

    /** Commands are single letters; nobody sends many at once. */
    private static final int BYTES_AT_ONCE = 64;

    private final FileChannel lock;
    private final FileChannel control;

    private ControlPipe(FileChannel lock, FileChannel control) {
        this.lock = lock;
        this.control = control;
    }

    /**
     * Makes the directory, takes the lock, and listens from now on.
     *
     * @param name for the thread
     * @throws IOException if that cannot be, or another process listens there; says which
     */
    static ControlPipe open(Path directory, String name, Consumer<Byte> listener) throws IOException {
        Files.createDirectories(directory);
        Files.setAttribute(directory, "unix:mode", 0700);
        FileChannel lock = FileChannel.open(
                directory.resolve("lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        FileChannel control = null;
        try {
            take(lock, directory);
            Path fifo = directory.resolve("control");
            Files.deleteIfExists(fifo);
            Fifo.create(fifo, 0600);
            // For both directions: so it opens at once, and there is no end of file when a writer goes away.
            control = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE);
            var pipe = new ControlPipe(lock, control);
            Thread.ofPlatform().name("control of " + name).daemon().start(() -> pipe.listen(name, listener));
            return pipe;
        } catch (IOException e) {
            if (control != null) {
                control.close();
            }
            lock.close();
            throw e;
        }
    }

    private static void take(FileChannel lock, Path directory) throws IOException {
        try {
            FileLock taken = lock.tryLock();
            if (taken == null) {
                throw new IOException(
                        directory + " is locked by another supervisor; stop it, or use another directory");
            }
        } catch (OverlappingFileLockException e) {
            throw new IOException(directory + " is already in use here", e);
        }
        // s6 looks at the lock only; our own shell scripts cannot, and look whether this process exists.
        lock.truncate(0);
        lock.write(StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"));
    }

    private void listen(String name, Consumer<Byte> listener) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES_AT_ONCE);
        while (true) {
            try {
                bytes.clear();
                control.read(bytes);
                bytes.flip();
                while (bytes.hasRemaining()) {
                    listener.accept(bytes.get());
                }
            } catch (AsynchronousCloseException e) {
                return; // close()
            } catch (IOException e) {
                LOG.log(System.Logger.Level.ERROR, "commands for " + name + " are heard no more", e);
                return;
            } catch (RuntimeException e) {
                // A bug, but the next command must still be heard.
                LOG.log(System.Logger.Level.ERROR, "a command for " + name + " failed", e);
            }
        }
    }

    @Override
    public void close() {
        try (lock;
                control) {
            lock.truncate(0);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "a control pipe could not be closed", e);
        }
    }
}
