package muster.supervisor.logs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import muster.supervisor.Logging;
import muster.supervisor.linux.FileTrouble;
import muster.supervisor.linux.HostName;
import org.jspecify.annotations.Nullable;

/**
 * Messages of RFC 5424 to a receiver. The pump puts them in a bounded queue and never waits; a thread of its own sends
 * them, connects again with a growing pause while there is something to send, and tells the receiver how many were lost.
 */
public final class SyslogSink implements Sink {
    /** A minute of a talkative service; the receiver is away longer than a restart of it takes. */
    static final int QUEUE_BYTES_MAX = 1 << 20;

    private static final int SEVERITY_INFO = 6;

    /** Of notices about itself. */
    private static final int SEVERITY_WARNING = 4;

    private static final int APP_NAME_CHARACTERS_MAX = 48;
    private static final int HOSTNAME_CHARACTERS_MAX = 255;
    private static final long PAUSE_MIN_MILLIS = 100;
    /** A connection that nobody takes costs little, and whoever ends soon after the receiver is back loses no line. */
    private static final long PAUSE_MAX_MILLIS = 1_000;

    private static final System.Logger LOG = System.getLogger(SyslogSink.class.getName());

    private final Logging.Sink.Syslog settings;
    private final String tail;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private final Thread sender;
    private int queuedBytes;
    private long lost;
    private long lostSinceTold;
    private boolean closing;

    /** Begins to send. {@code service}: whose lines they are. */
    public SyslogSink(String service, Logging.Sink.Syslog settings) {
        this.settings = settings;
        this.tail = " " + printable(HostName.ofKernel(), HOSTNAME_CHARACTERS_MAX) + " "
                + printable(service, APP_NAME_CHARACTERS_MAX) + " - - - ";
        this.sender =
                Thread.ofPlatform().name("muster-syslog-" + service).daemon().start(this::sendForEver);
    }

    @Override
    public void write(Instant at, List<byte[]> lines) {
        write(at, SEVERITY_INFO, lines);
    }

    /** The same with another severity than that of information, as syslog numbers them. */
    public void write(Instant at, int severity, List<byte[]> lines) {
        lock.lock();
        try {
            for (byte[] line : lines) {
                int most = SyslogLink.partBytesMax(settings.transport());
                int from = 0;
                do {
                    int end = LineCutter.partEnd(line, from, most);
                    queue(at, severity, Arrays.copyOfRange(line, from, end));
                    from = end;
                } while (from < line.length);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void queue(Instant at, int severity, byte[] text) {
        byte[] head = head(at, severity);
        int bytes = head.length + text.length;
        if (queuedBytes + bytes > QUEUE_BYTES_MAX) {
            lost++;
            lostSinceTold++;
            return;
        }
        byte[] message = Arrays.copyOf(head, bytes);
        System.arraycopy(text, 0, message, head.length, text.length);
        queue.addLast(message);
        queuedBytes += bytes;
    }

    private byte[] head(Instant at, int severity) {
        int priority = settings.facility() * 8 + severity;
        return ("<" + priority + ">1 " + Stamp.of(at) + tail).getBytes(StandardCharsets.US_ASCII);
    }

    private void sendForEver() {
        long pauseMillis = PAUSE_MIN_MILLIS;
        boolean lastTry = false;
        @Nullable SyslogLink link = null;
        byte[] message = next();
        while (message != null) {
            try {
                if (link == null) {
                    link = SyslogLink.to(settings.transport());
                }
                link.send(message);
                pauseMillis = PAUSE_MIN_MILLIS;
                message = next();
            } catch (IOException e) {
                if (pauseMillis == PAUSE_MIN_MILLIS) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "syslog receiver {0} cannot be reached, lines are kept as long as there is room: {1}",
                            settings.transport(),
                            FileTrouble.of(e));
                }
                closeQuietly(link);
                link = null;
                if (lastTry) {
                    break;
                }
                lastTry = !pause(pauseMillis);
                pauseMillis = Math.min(2 * pauseMillis, PAUSE_MAX_MILLIS);
            }
        }
        closeQuietly(link);
    }

    /** Waits for one; null when it is closing and there is none. */
    private byte @Nullable [] next() {
        lock.lock();
        try {
            while (queue.isEmpty() && lostSinceTold == 0 && !closing) {
                changed.awaitUninterruptibly();
            }
            byte[] message = queue.pollFirst();
            if (message != null) {
                queuedBytes -= message.length;
            } else if (lostSinceTold > 0) {
                // After those that were kept, where the gap is.
                message = (new String(head(Instant.now(), SEVERITY_WARNING), StandardCharsets.US_ASCII) + "muster: "
                                + lostSinceTold + " lines were lost here")
                        .getBytes(StandardCharsets.US_ASCII);
                lostSinceTold = 0;
            }
            return message;
        } finally {
            lock.unlock();
        }
    }

    /** False if it is closing: then nobody waits for a receiver to come back, one that is back already is tried. */
    private boolean pause(long millis) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (left > 0 && !closing) {
                left = changed.awaitNanos(left);
            }
            return !closing;
        } catch (InterruptedException e) {
            return false; // nobody interrupts it
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long lost() {
        lock.lock();
        try {
            return lost;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close(Duration atMost) {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            sender.join(atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(@Nullable SyslogLink link) {
        if (link != null) {
            try {
                link.close();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "closing a syslog connection", e);
            }
        }
    }

    /** RFC 5424 has visible ASCII only in its head, and a dash for nothing. */
    private static String printable(String text, int charactersMax) {
        String visible = text.replaceAll("[^!-~]", "_");
        return visible.isEmpty() ? "-" : visible.substring(0, Math.min(visible.length(), charactersMax));
    }
}
