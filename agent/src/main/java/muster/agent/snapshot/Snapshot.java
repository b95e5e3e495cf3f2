package muster.agent.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.agent.files.OwnMount;
import muster.agent.files.StateFile;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import muster.gossip.Figure;
import muster.supervisor.linux.FileTrouble;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot of one agent. A thread of its own looks at what is so every half second, and writes what the file does not
 * say yet. So nothing queues up behind a slow disk, and after a failure the next try writes all that matters. The other
 * methods may be called from any thread and wait only as long as they say.
 */
public final class Snapshot implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofMillis(500); // Serf's
    private static final Duration RETRY_EVERY = Duration.ofSeconds(5); // a full disk is not helped by more tries
    private static final Duration READ_LIMIT = Duration.ofSeconds(5);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final Duration SLOW_AFTER = Duration.ofSeconds(1);
    private static final long BYTES_MIN = 128 << 10; // Serf's: not rewritten below it
    private static final long BYTES_PER_MEMBER = 256; // Serf's: above it, most of a file is history
    private static final int PROBLEMS_LOGGED_MAX = 10; // a file that is none has thousands

    private final Path path;
    private final Supplier<Remembered> present;
    private final Counters counters;
    private final Consumer<Figure> figures;
    private final CompletableFuture<Remembered> reading;
    private final Semaphore wake = new Semaphore(0);
    private final Thread thread;
    private volatile boolean leaving;
    private volatile boolean closed;
    private volatile String trouble = "";
    private volatile long writtenNanos = System.nanoTime();

    // Only on the thread:
    private Journal journal = new Journal(Remembered.NOTHING);
    private @Nullable FileChannel file;
    private @Nullable Object written; // the file's number, by which it is known whatever its name
    private long placeDueNanos = System.nanoTime(); // of the next look whether the file is where it should be
    private long bytes;
    private boolean left;

    private Snapshot(
            Path path,
            CompletableFuture<Remembered> reading,
            Supplier<Remembered> present,
            Counters counters,
            Consumer<Figure> figures) {
        this.path = path;
        this.present = present;
        this.counters = counters;
        this.figures = figures;
        this.reading = reading;
        this.thread = Thread.ofPlatform().name("snapshot").daemon().start(this::run);
    }

    /**
     * Begins to read what the file holds, for as long as its disk takes; nothing when there is none yet.
     *
     * @param rejoinAfterLeave whether what was known before a leave still counts
     * @throws CannotStart when the path cannot be that of a snapshot
     */
    public static CompletableFuture<Remembered> read(Path path, boolean rejoinAfterLeave) throws CannotStart {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new CannotStart(path + " is not a file; name one, it is made if need be");
        }
        var result = new CompletableFuture<Remembered>();
        Thread.ofPlatform().name("snapshot-read").daemon().start(() -> {
            var problems = new Problems();
            try (InputStream in = Files.newInputStream(path)) {
                result.complete(SnapshotReader.read(in, rejoinAfterLeave, problems));
            } catch (NoSuchFileException e) {
                result.complete(Remembered.NOTHING);
            } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /**
     * What was read; nothing, which is logged, when that takes too long for a start.
     *
     * @throws CannotStart when it may not be read
     */
    public static Remembered inTime(Path path, CompletableFuture<Remembered> reading) throws CannotStart {
        try {
            return reading.get(READ_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new CannotStart(
                    path + " cannot be read: " + e.getCause() + "; check its owner and mode, or name another file");
        } catch (TimeoutException e) {
            Log.line(
                    LogLevel.ERR,
                    "agent: the snapshot " + path + " cannot be read in " + READ_LIMIT.toSeconds()
                            + " s: this node starts without its memory, and writes nothing until it is read; is its disk"
                            + " well?");
            return Remembered.NOTHING;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a start", e);
        }
    }

    /**
     * Begins to write, once the old file is read: what it holds goes into the new one. A disk that takes nothing is
     * reported, counted, and tried again.
     *
     * @param reading what {@link #read} gave
     * @param present what is so at the moment; called on the snapshot's thread
     * @param figures hears how long writes take; must not block
     */
    public static Snapshot start(
            Path path,
            CompletableFuture<Remembered> reading,
            Supplier<Remembered> present,
            Counters counters,
            Consumer<Figure> figures) {
        return new Snapshot(path, reading, present, counters, figures);
    }

    /** This node leaves: a restart shall not join by itself. Does not wait; {@link #close} does. */
    public void leave() {
        leaving = true;
        wake.release();
    }

    /** Writes the rest, for two seconds at most. */
    @Override
    public void close() {
        closed = true;
        wake.release();
        try {
            if (!thread.join(CLOSE_LIMIT)) {
                Log.line(LogLevel.WARN, "agent: the snapshot " + path + " is not complete: its disk takes nothing");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** For {@code info}. */
    public SortedMap<String, String> facts() {
        var facts = new TreeMap<String, String>();
        facts.put("path", path.toString());
        facts.put("trouble", trouble.isEmpty() ? "none" : trouble);
        facts.put("seconds_since_write", Long.toString((System.nanoTime() - writtenNanos) / 1_000_000_000));
        return facts;
    }

    private void run() {
        try {
            if (!awaitOld()) {
                return;
            }
            while (!closed) {
                boolean _ = wake.tryAcquire(
                        (trouble.isEmpty() ? LOOK_EVERY : RETRY_EVERY).toMillis(), TimeUnit.MILLISECONDS);
                turn();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeFile();
        }
    }

    /** False, and logged, when the old file cannot be read, or not before the end: then it stays as it is. */
    private boolean awaitOld() throws InterruptedException {
        while (!closed) {
            try {
                journal = new Journal(reading.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS));
                trouble = "";
                return true;
            } catch (TimeoutException e) {
                trouble = "the old one is still being read";
            } catch (ExecutionException e) {
                trouble = "the old one cannot be read: " + e.getCause();
                counters.count("snapshot-reads-failed");
                Log.line(
                        LogLevel.ERR,
                        "agent: the snapshot " + path + " cannot be read: " + e.getCause()
                                + "; it stays as it is, and this node would forget what happens now if it restarted");
                return false;
            }
        }
        Log.line(
                LogLevel.WARN,
                "agent: the snapshot " + path
                        + " was not read before the end and stays as it is: a restart joins whom it" + " names");
        return false;
    }

    private void turn() {
        if (left) {
            return;
        }
        long beganNanos = System.nanoTime();
        try {
            List<String> news = journal.follow(present.get());
            for (int i = journal.unwritable(); i > 0; i--) {
                counters.count("snapshot-names-refused");
            }
            if (file != null && System.nanoTime() - placeDueNanos >= 0 && !isAtItsPlace()) {
                counters.count("snapshots-replaced");
                closeFile();
                // Not so soon again: some disks number a file anew each time, and two programs may have one path.
                placeDueNanos = System.nanoTime() + RETRY_EVERY.toNanos();
            }
            write(news);
            if (leaving) {
                append(journal.leave(), true);
                left = true;
            }
            writtenNanos = System.nanoTime();
            if (!trouble.isEmpty()) {
                trouble = "";
                Log.line(LogLevel.INFO, "agent: the snapshot " + path + " can be written again");
            }
        } catch (IOException e) {
            closeFile(); // how much of it was written is not known: the next try writes a new file
            counters.count("snapshot-writes-failed");
            if (trouble.isEmpty()) {
                Log.line(
                        LogLevel.ERR,
                        "agent: the snapshot " + path + " cannot be written: " + FileTrouble.of(e)
                                + "; this node goes on, but would forget what happens now if it restarted");
            }
            trouble = FileTrouble.of(e);
        } catch (RuntimeException e) {
            counters.count("faults");
            Log.line(LogLevel.ERR, "agent: a fault while writing the snapshot, which goes on", e);
        }
        long took = System.nanoTime() - beganNanos;
        if (took > SLOW_AFTER.toNanos()) {
            counters.count("snapshot-writes-slow");
            Log.line(
                    LogLevel.WARN,
                    "agent: writing the snapshot " + path + " took " + took / 1_000_000 + " ms; is its disk well?");
        }
    }

    /** Somebody may have deleted or renamed it, or put another file or disk in its place: what is written then is found by nobody. */
    private boolean isAtItsPlace() throws IOException {
        String what;
        try {
            if (number(path).equals(written)) {
                return true;
            }
            what = "is another file than this node wrote";
        } catch (NoSuchFileException e) {
            what = "is not there any more";
        }
        Log.line(LogLevel.WARN, "agent: the snapshot " + path + " " + what + ": a new one is written there");
        return false;
    }

    private static Object number(Path file) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(file, BasicFileAttributes.class).fileKey(), "files of Linux have numbers");
    }

    private void write(List<String> news) throws IOException {
        long beganNanos = System.nanoTime();
        // At the start too: a last line that was cut off would swallow the next one.
        if (file == null || bytes > Math.max(BYTES_MIN, BYTES_PER_MEMBER * journal.members())) {
            compact();
            figures.accept(Figure.time("serf.snapshot.compact", System.nanoTime() - beganNanos));
        } else if (!news.isEmpty()) {
            append(news, false);
            figures.accept(Figure.time("serf.snapshot.appendLine", System.nanoTime() - beganNanos));
        }
    }

    private void compact() throws IOException {
        closeFile();
        Path place = StateFile.place(path);
        Path fresh = place.resolveSibling(place.getFileName() + ".compact"); // Serf's name for it
        Files.deleteIfExists(fresh); // of a crash; or a link that somebody put there, which is not followed
        file = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        bytes = 0;
        append(journal.whole(), true);
        try {
            StateFile.replace(place, fresh);
            written = number(path); // not before: some file systems make the number of the name
        } catch (FileSystemException e) {
            if (!OwnMount.isWhy(e, place)) {
                throw e;
            }
            writeInPlace();
            Files.delete(fresh);
        }
    }

    private void writeInPlace() throws IOException {
        closeFile();
        file = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        written = number(path);
        bytes = 0;
        append(journal.whole(), true);
    }

    private void append(List<String> lines, boolean force) throws IOException {
        FileChannel open = file;
        if (open == null) {
            throw new IOException("the file is not open");
        }
        var text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        ByteBuffer buffer = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
        bytes += buffer.remaining();
        while (buffer.hasRemaining()) {
            open.write(buffer);
        }
        if (force) {
            open.force(false);
        }
    }

    private void closeFile() {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "agent: closing the snapshot: " + FileTrouble.of(e));
        }
        file = null;
    }

    /** Logs the first few. */
    private static final class Problems implements Consumer<String> {
        private int seen;

        @Override
        public void accept(String problem) {
            if (++seen <= PROBLEMS_LOGGED_MAX) {
                Log.line(LogLevel.WARN, "serf: " + problem);
            }
        }
    }
}
