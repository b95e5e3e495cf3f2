package muster.supervisor.logs;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest lines of a service, in memory, for those who ask. What writes never waits for what reads: a reader that is
 * too slow misses lines, and knows how many. Threads: any.
 */
public final class LogTail {
    /** Some thousand lines of each service; enough to see why it ended. */
    static final int BYTES_MAX = 256 * 1_024;

    /** What a line costs besides its bytes, so that empty ones count too. */
    private static final int LINE_BYTES = 64;

    private final ArrayDeque<Line> lines = new ArrayDeque<>();
    private long next;
    private int bytes;
    private boolean ended;

    LogTail() {}

    /**
     * A line.
     *
     * @param number counts from 0 over all lines of the service
     * @param bytes without newline and control characters
     */
    @SuppressWarnings("ArrayRecordComponent") // made into text when somebody asks, which is seldom
    public record Line(long number, Instant at, byte[] bytes) {
        int cost() {
            return bytes.length + LINE_BYTES;
        }

        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    synchronized void add(Instant at, List<byte[]> added) {
        for (byte[] one : added) {
            var line = new Line(next++, at, one);
            lines.addLast(line);
            bytes += line.cost();
            while (bytes > BYTES_MAX) {
                bytes -= lines.removeFirst().cost();
            }
        }
        notifyAll();
    }

    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** The number that the next line will have. */
    public synchronized long next() {
        return next;
    }

    /** The newest lines, the oldest of them first; no more than so many. */
    public synchronized List<Line> newest(int most) {
        var newest = new ArrayList<>(lines);
        return List.copyOf(newest.subList(Math.max(0, newest.size() - most), newest.size()));
    }

    /**
     * Waits until there are lines from this number on.
     *
     * @return the first has a higher number if some were forgotten; none if the service is gone
     */
    public synchronized List<Line> from(long number) throws InterruptedException {
        while (next <= number && !ended) {
            wait();
        }
        return lines.stream().filter(line -> line.number() >= number).toList();
    }
}
