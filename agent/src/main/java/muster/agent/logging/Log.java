package muster.agent.logging;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The log of this process; there is one, as there is one standard output. Any thread may log; a thread of its own writes,
 * so that a reader who stops reading standard output never stops a loop.
 */
public final class Log {
    /** Lines kept for monitors that come later: Serf's number. */
    public static final int RING_LINES = 512;

    private static final int QUEUE_LINES_MAX = 2_048; // some seconds of the busiest start of a big cluster
    private static final int LINE_LENGTH_MAX = 8_192; // a stack trace fits; nothing from outside can fill the memory
    private static final long CLOSE_WAIT_MILLIS = 500; // a reader that takes nothing for that long is gone

    private static final ArrayDeque<LogLine> RING = new ArrayDeque<>(RING_LINES); // guarded by itself
    private static final CopyOnWriteArrayList<Consumer<LogLine>> FOLLOWERS = new CopyOnWriteArrayList<>();
    private static final CopyOnWriteArrayList<Consumer<LogLine>> COPIES = new CopyOnWriteArrayList<>();
    private static final CopyOnWriteArrayList<Runnable> AT_END = new CopyOnWriteArrayList<>();
    private static final BlockingQueue<LogLine> QUEUE = new ArrayBlockingQueue<>(QUEUE_LINES_MAX);
    private static final AtomicLong DROPPED = new AtomicLong();
    private static final AtomicLong LEFT_OUT = new AtomicLong();
    private static final Repetition COMPLAINTS = new Repetition(); // guarded by RING
    private static final LogLine NUDGE = new LogLine(LogLevel.WARN, ""); // makes the writer look at COMPLAINTS
    private static boolean nudged; // guarded by RING; the writer looks by itself

    private static volatile LogLevel least = LogLevel.INFO;
    private static volatile @Nullable Thread writer;
    private static final AtomicLong UNWRITTEN = new AtomicLong(); // queued, or taken and not written yet

    private Log() {}

    /** Starts to write, beginning with the lines of the ring. Once per process. */
    public static synchronized void start(OutputStream out) {
        if (writer == null) {
            // Under the ring's lock: a line logged at this moment is either in the ring or finds the writer.
            synchronized (RING) {
                RING.forEach(Log::enqueue);
                writer = Thread.ofPlatform().name("log").daemon().start(() -> write(out));
            }
        }
    }

    /** Sets the least level that is written and kept. */
    public static void level(LogLevel level) {
        least = level;
    }

    public static boolean wants(LogLevel level) {
        return level.compareTo(least) >= 0 || !FOLLOWERS.isEmpty();
    }

    /** Lines that were not written because standard output took none. */
    public static long dropped() {
        return DROPPED.get();
    }

    /** Warnings and errors that were not written because too many of their kind came; the log says so too. */
    public static long leftOut() {
        return LEFT_OUT.get();
    }

    /** Logs one line. {@code text} begins with who speaks: {@code serf: EventMemberJoin: …}. Never blocks. */
    public static void line(LogLevel level, String text) {
        if (wants(level)) {
            put(level, printable(bounded(text)));
        }
    }

    /** Logs one line and, under it, where {@code cause} came from. */
    public static void line(LogLevel level, String text, Throwable cause) {
        if (wants(level)) {
            put(level, printable(bounded(text)) + ": " + trace(cause));
        }
    }

    /** A tab before each line but the first, so that a message with line breaks in it cannot look like a line of ours. */
    private static String trace(Throwable cause) {
        var trace = new StringWriter();
        cause.printStackTrace(new PrintWriter(trace));
        return bounded(trace.toString())
                .lines()
                .map(line -> printable(line.stripLeading()))
                .collect(Collectors.joining("\n\t"));
    }

    private static void put(LogLevel level, String text) {
        LogLine line = stamped(level, text);
        for (Consumer<LogLine> follower : FOLLOWERS) {
            follower.accept(line);
        }
        if (level.compareTo(least) < 0) {
            return;
        }
        synchronized (RING) {
            if (level.compareTo(LogLevel.WARN) < 0 || isAdmitted(text)) {
                keep(line);
            }
        }
    }

    /** Under the ring's lock. */
    private static boolean isAdmitted(String text) {
        long now = System.nanoTime();
        tellWhatWasLeftOut(now);
        if (COMPLAINTS.admits(text, now)) {
            return true;
        }
        LEFT_OUT.incrementAndGet();
        if (!nudged && writer != null) {
            nudged = true;
            enqueue(NUDGE);
        }
        return false;
    }

    /** Under the ring's lock. */
    private static void tellWhatWasLeftOut(long nowNanos) {
        COMPLAINTS.ended(nowNanos).forEach(said -> keep(stamped(LogLevel.WARN, "agent: " + said)));
    }

    /** The next line to write; by the writer only. It wakes up by itself when there is something to say of lines left out. */
    private static LogLine next() throws InterruptedException {
        while (true) {
            long waitNanos;
            synchronized (RING) {
                long now = System.nanoTime();
                tellWhatWasLeftOut(now);
                waitNanos = COMPLAINTS.nanosToNextEnd(now);
                nudged = waitNanos < Long.MAX_VALUE;
            }
            LogLine line = waitNanos < Long.MAX_VALUE ? QUEUE.poll(waitNanos, TimeUnit.NANOSECONDS) : QUEUE.take();
            if (line != null) {
                return line;
            }
        }
    }

    private static LogLine stamped(LogLevel level, String text) {
        return new LogLine(level, stamp(LocalDateTime.now(ZoneId.systemDefault())) + " [" + level + "] " + text);
    }

    /** Under the ring's lock. */
    private static void keep(LogLine line) {
        if (RING.size() == RING_LINES) {
            RING.removeFirst();
        }
        RING.addLast(line);
        COPIES.forEach(copy -> copy.accept(line));
        if (writer != null) {
            enqueue(line);
        }
    }

    private static void enqueue(LogLine line) {
        UNWRITTEN.incrementAndGet(); // before the writer can take it
        if (!QUEUE.offer(line)) {
            UNWRITTEN.decrementAndGet();
            DROPPED.incrementAndGet();
        }
    }

    /**
     * The latest lines, then every further one: {@code follower} is called by the threads that log and must not block.
     * Returns the lines so far; a line logged at this very moment may appear in both.
     */
    public static List<LogLine> follow(Consumer<LogLine> follower) {
        FOLLOWERS.add(follower);
        synchronized (RING) {
            return new ArrayList<>(RING);
        }
    }

    /**
     * {@code copy} gets the lines of the ring and then each that is written, as it is kept: the level and the limit on
     * complaints hold for it too. It must not block and must not log.
     */
    static void copyTo(Consumer<LogLine> copy) {
        synchronized (RING) {
            RING.forEach(copy);
            COPIES.add(copy);
        }
    }

    static void stopCopying(Consumer<LogLine> copy) {
        COPIES.remove(copy);
    }

    public static void unfollow(Consumer<LogLine> follower) {
        FOLLOWERS.remove(follower);
    }

    /** {@code action} sends what a copy still has, when the program is about to end. */
    static void atEnd(Runnable action) {
        AT_END.add(action);
    }

    /** The program is about to end: waits until everything logged so far is written, but not for a reader that takes nothing. */
    public static void flush() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_WAIT_MILLIS);
        AT_END.forEach(Runnable::run);
        while (writer != null && UNWRITTEN.get() > 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static void write(OutputStream out) {
        long reported = 0;
        var batch = new StringBuilder();
        while (true) {
            int taken = 0;
            try {
                LogLine line = next();
                batch.setLength(0);
                while (line != null) {
                    taken++;
                    if (!line.text().isEmpty()) {
                        batch.append("    ").append(line.text()).append('\n');
                    }
                    line = batch.length() < LINE_LENGTH_MAX ? QUEUE.poll() : null;
                }
                long dropped = DROPPED.get();
                if (dropped > reported) {
                    batch.append("    ")
                            .append(stamp(LocalDateTime.now(ZoneId.systemDefault())))
                            .append(" [WARN] agent: ")
                            .append(dropped - reported)
                            .append(" log lines were dropped because nobody read them in time\n");
                    reported = dropped;
                }
                out.write(batch.toString().getBytes(StandardCharsets.UTF_8));
                out.flush();
            } catch (IOException e) {
                DROPPED.incrementAndGet(); // standard output is closed: the ring and the monitors still work
            } catch (InterruptedException e) {
                return;
            } finally {
                UNWRITTEN.addAndGet(-taken);
            }
        }
    }

    /** Go's log stamp: {@code 2026/11/22 10:00:00}. */
    private static String stamp(LocalDateTime time) {
        var text = new StringBuilder(19);
        text.append(time.getYear());
        two(text.append('/'), time.getMonthValue());
        two(text.append('/'), time.getDayOfMonth());
        two(text.append(' '), time.getHour());
        two(text.append(':'), time.getMinute());
        two(text.append(':'), time.getSecond());
        return text.toString();
    }

    private static void two(StringBuilder text, int number) {
        if (number < 10) {
            text.append('0');
        }
        text.append(number);
    }

    private static String bounded(String text) {
        return text.length() <= LINE_LENGTH_MAX ? text : text.substring(0, LINE_LENGTH_MAX) + " …";
    }

    // Names and errors come from the network: no control character of theirs reaches a terminal,
    // and no line break fakes a line.
    private static String printable(String text) {
        int bad = -1;
        for (int i = 0; i < text.length() && bad < 0; i++) {
            bad = isControl(text.charAt(i)) ? i : -1;
        }
        if (bad < 0) {
            return text;
        }
        var clean = new StringBuilder(text);
        for (int i = bad; i < clean.length(); i++) {
            if (isControl(clean.charAt(i))) {
                clean.setCharAt(i, '?');
            }
        }
        return clean.toString();
    }

    private static boolean isControl(char c) {
        return (c < ' ' && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
    }
}
