package muster.supervisor.linux;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.Signal;

/**
 * A command that is run for what it says: it reads what it is given, and of its standard output and error, which are
 * one, the last bytes are kept. It needs no thread: {@link Poller} reads, {@link Children} waits.
 *
 * <p>Threads: any may call.
 */
public final class Errand implements AutoCloseable {
    private static final int READ_BYTES = 8 << 10;

    private final Pipe output;
    private final CompletableFuture<ExitStatus> end = new CompletableFuture<>();
    private final CompletableFuture<Void> silence = new CompletableFuture<>();
    private final Reader reader = new Reader();
    private final byte[] kept; // guarded by itself: a ring
    private long outputBytes; // guarded by kept
    private volatile long pid; // 0 before it is started
    private volatile boolean givenUp;

    private Errand(Pipe output, int outputBytesMax) {
        this.output = output;
        this.kept = new byte[outputBytesMax];
    }

    /**
     * Starts it; returns at once.
     *
     * @param outputBytesMax how much of the end of its output is kept
     * @throws IOException if there is no descriptor for what it reads and says
     */
    public static Errand begin(List<String> words, Launch launch, byte[] input, int outputBytesMax) throws IOException {
        int given = Descriptors.holding(input);
        Pipe output;
        try {
            output = Pipe.open();
        } catch (IOException e) {
            Descriptors.close(given);
            throw e;
        }
        var errand = new Errand(output, outputBytesMax);
        Poller.ofThisProcess().watch(output.readEnd(), errand.reader);
        var command = new Command(words, launch, Map.of(0, given, 1, output.writeEnd(), 2, output.writeEnd()));
        Children.ofThisProcess().spawn(command, errand.new Life(given));
        return errand;
    }

    /** Waits until it has ended. */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        return await(end, atMost);
    }

    /** Waits until nobody can say anything any more: it has ended, and so has all to which it gave its output. */
    public boolean awaitSilence(Duration atMost) throws InterruptedException {
        return await(CompletableFuture.allOf(end.exceptionally(_ -> null), silence), atMost);
    }

    private static boolean await(CompletableFuture<?> what, Duration atMost) throws InterruptedException {
        try {
            what.get(Math.max(0, atMost.toMillis()), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true; // it never began
        }
    }

    /** Its whole group, also when it has not begun yet or has ended and left others behind. */
    public void kill() {
        givenUp = true;
        long group = pid;
        if (group != 0) {
            Children.ofThisProcess().signalGroup(group, Signal.KILL);
        }
    }

    /**
     * How it ended.
     *
     * @throws IOException if it could not be started, or has not ended; says why
     */
    public ExitStatus status() throws IOException {
        if (!end.isDone()) {
            throw new IOException("it was killed and is still there: it hangs in a call of the kernel");
        }
        try {
            return end.join();
        } catch (CompletionException e) {
            throw new IOException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        }
    }

    /** The end of what it has said so far. */
    public byte[] output() {
        synchronized (kept) {
            int size = (int) Math.min(outputBytes, kept.length);
            var bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = kept[(int) ((outputBytes - size + i) % kept.length)];
            }
            return bytes;
        }
    }

    /** How much it has said so far. */
    public long outputBytes() {
        synchronized (kept) {
            return outputBytes;
        }
    }

    /** Hears no more. What still runs goes on; writing to us ends it, as a closed pipe does. */
    @Override
    public void close() {
        if (!silence.isDone()) {
            Poller.ofThisProcess().forget(output.readEnd(), reader);
        }
    }

    private final class Reader implements Poller.Watched {
        private final byte[] buffer = new byte[READ_BYTES];

        @Override
        public boolean read() throws IOException {
            int read = output.read(buffer);
            synchronized (kept) {
                for (int i = 0; i < read; i++) {
                    kept[(int) (outputBytes++ % kept.length)] = buffer[i];
                }
            }
            return read > 0;
        }

        @Override
        public void forgotten() {
            output.closeReadEnd();
            silence.complete(null);
        }
    }

    private final class Life implements Children.Handler {
        private final int input;

        Life(int input) {
            this.input = input;
        }

        @Override
        public void spawned(long spawned) {
            pid = spawned;
            letGo();
            if (givenUp) {
                kill();
            }
        }

        @Override
        public void notSpawned(String reason, int code) {
            letGo();
            end.completeExceptionally(new IOException(reason));
        }

        @Override
        public void exited(long exited, ExitStatus status, boolean groupLeft) {
            end.complete(status);
        }

        /** Our copies of what is the command's. */
        private void letGo() {
            Descriptors.close(input);
            output.closeWriteEnd();
        }
    }
}
