package muster.agent.logging;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import muster.supervisor.linux.LocalDatagrams;

/**
 * The log once more, for the syslog of this machine, with Serf's priorities and in the form that every receiver at
 * {@code /dev/log} reads (RFC 3164). Whoever logs never waits: a thread of its own sends, and what the receiver does not
 * take is lost and counted.
 */
public final class Syslog implements AutoCloseable {
    /** Where syslog listens on Linux. */
    public static final String SOCKET = "/dev/log";

    /** Facilities by their numbers; the empty ones have no name that Serf knows. */
    private static final List<String> FACILITIES = List.of(
            "KERN",
            "USER",
            "MAIL",
            "DAEMON",
            "AUTH",
            "SYSLOG",
            "LPR",
            "NEWS",
            "UUCP",
            "CRON",
            "AUTHPRIV",
            "FTP",
            "",
            "",
            "",
            "",
            "LOCAL0",
            "LOCAL1",
            "LOCAL2",
            "LOCAL3",
            "LOCAL4",
            "LOCAL5",
            "LOCAL6",
            "LOCAL7");

    private static final int QUEUE_LINES_MAX = 1_024; // some seconds of a busy agent
    private static final int LINE_BYTES_MAX = 2_048; // longer ones are cut by receivers anyway
    private static final long RETRY_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 500;
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT);

    private final String socket;
    private final int facility;
    private final String tag;
    private final BlockingQueue<LogLine> queue = new ArrayBlockingQueue<>(QUEUE_LINES_MAX);
    private final Consumer<LogLine> copy = this::offer;
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread;
    private volatile boolean closing;

    private Syslog(String socket, LocalDatagrams link, int facility, String program) {
        this.socket = socket;
        this.facility = facility;
        this.tag = " " + program + "[" + ProcessHandle.current().pid() + "]: ";
        this.thread = Thread.ofPlatform().name("syslog").daemon().start(() -> send(link));
    }

    /** The number of a facility, in any case; throws {@link IllegalArgumentException} with the remedy. */
    public static int facility(String name) {
        int number = name.isEmpty() ? -1 : FACILITIES.indexOf(name.toUpperCase(Locale.ROOT));
        if (number < 0) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no syslog facility; use DAEMON, USER or LOCAL0 to LOCAL7, for instance");
        }
        return number;
    }

    /** From now on every line goes there too, those of the ring first. Throws {@link IOException} when nobody listens. */
    public static Syslog start(String socket, int facility, String program) throws IOException {
        var syslog = new Syslog(socket, LocalDatagrams.to(socket), facility, program);
        Log.copyTo(syslog.copy);
        return syslog;
    }

    /** Lines that were not sent. */
    public long lost() {
        return lost.get();
    }

    private void offer(LogLine line) {
        if (!queue.offer(line)) {
            lost.incrementAndGet();
        }
    }

    private void send(LocalDatagrams first) {
        LocalDatagrams link = first;
        try {
            while (!closing || !queue.isEmpty()) {
                LogLine line = queue.poll(CLOSE_MILLIS / 2, TimeUnit.MILLISECONDS);
                if (line == null) {
                    continue;
                }
                try {
                    link.send(message(line));
                } catch (IOException e) {
                    lost.incrementAndGet();
                    link = connected(link);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed while the receiver was away
        } finally {
            link.close();
        }
    }

    /** A receiver that was restarted has a new socket at the old place. */
    private LocalDatagrams connected(LocalDatagrams broken) throws InterruptedException {
        while (true) {
            try {
                LocalDatagrams fresh = LocalDatagrams.to(socket);
                broken.close();
                return fresh;
            } catch (IOException e) {
                Thread.sleep(RETRY_MILLIS);
            }
        }
    }

    private byte[] message(LogLine line) {
        String message = "<" + (facility * 8 + line.level().syslogSeverity()) + ">"
                + STAMP.format(LocalDateTime.now(ZoneId.systemDefault())) + tag + line.words();
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= LINE_BYTES_MAX ? bytes : java.util.Arrays.copyOf(bytes, LINE_BYTES_MAX);
    }

    /** Sends what was logged so far, but not to a receiver that takes nothing. */
    @Override
    public void close() {
        Log.stopCopying(copy);
        closing = true;
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }
}
