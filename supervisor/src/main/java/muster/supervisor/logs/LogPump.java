package muster.supervisor.logs;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import muster.supervisor.Logging;
import muster.supervisor.linux.Pipe;

/**
 * Reads what a service writes, for as long as the service is known, whether its process runs or not, and writes it to its
 * sinks. One thread, asleep while nothing is written.
 *
 * <p>Threads: any may call.
 */
public final class LogPump {
    private static final int READ_BYTES = 64 * 1_024; // a full pipe at once

    /** What a sink may still take when nothing more comes. */
    private static final Duration SENT_WITHIN = Duration.ofSeconds(5);

    private static final System.Logger LOG = System.getLogger(LogPump.class.getName());

    private final Pipe pipe;
    private final LineCutter cutter;
    private final List<Sink> sinks;
    private final LogTail tail = new LogTail();
    private final Thread thread;
    private volatile long lines;
    private volatile long splits;

    /**
     * What it has seen.
     *
     * @param lines read
     * @param splits lines longer than the limit, counted for each part but the last
     * @param lost lines that a sink could not take, counted for each
     */
    public record Counters(long lines, long splits, long lost) {}

    private LogPump(String service, Logging.Captured logging, Pipe pipe) {
        this.pipe = pipe;
        this.cutter = new LineCutter(logging.lineBytesMax());
        this.sinks = logging.sinks().stream().map(sink -> sink(service, sink)).toList();
        this.thread = Thread.ofPlatform().name("muster-log-" + service).daemon().start(this::pump);
    }

    /** Begins to read. */
    public static LogPump start(String service, Logging.Captured logging) throws IOException {
        return new LogPump(service, logging, Pipe.open());
    }

    private static Sink sink(String service, Logging.Sink settings) {
        return switch (settings) {
            case Logging.Sink.Console console -> new ConsoleSink(service, console.stamped());
            case Logging.Sink.File file -> SharedFile.of(file);
            case Logging.Sink.Syslog syslog -> new SyslogSink(service, syslog);
        };
    }

    /** For the standard output and error of the service's processes. */
    public int descriptor() {
        return pipe.writeEnd();
    }

    /** Its newest lines; ends with the pump. */
    public LogTail tail() {
        return tail;
    }

    public Counters counters() {
        return new Counters(lines, splits, sinks.stream().mapToLong(Sink::lost).sum());
    }

    /**
     * Ends when all that has the pipe has ended, and waits for that, and for the last lines, no longer than this.
     *
     * @param atMost zero does not wait
     */
    public void close(Duration atMost) {
        pipe.closeWriteEnd();
        if (atMost.isPositive()) {
            try {
                thread.join(atMost);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only this thread writes them
    private void pump() {
        var bytes = new byte[READ_BYTES];
        var cut = new ArrayList<byte[]>();
        while (true) {
            try {
                int count = pipe.read(bytes);
                if (count == 0) {
                    cutter.end(cut::add);
                } else {
                    cutter.take(bytes, count, cut::add);
                }
                lines += cut.size();
                splits = cutter.splits();
                if (!cut.isEmpty()) {
                    Instant now = Instant.now();
                    sinks.forEach(sink -> sink.write(now, cut));
                    tail.add(now, cut);
                    cut.clear();
                }
                if (count == 0) {
                    pipe.closeReadEnd();
                    tail.end();
                    sinks.forEach(sink -> sink.close(SENT_WITHIN));
                    return;
                }
            } catch (IOException e) {
                LOG.log(System.Logger.Level.ERROR, "output of a service cannot be read any more", e);
                tail.end();
                return;
            } catch (RuntimeException | Error e) {
                // A bug or too little memory for these lines; the next must still be read, or the service stands still.
                LOG.log(System.Logger.Level.ERROR, "lines of a service are lost", e);
                cut.clear();
            }
        }
    }
}
