package muster.supervisor.logs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import muster.supervisor.Logging;
import muster.supervisor.linux.FileTrouble;
import org.jspecify.annotations.Nullable;

/**
 * A file that is moved aside when it is full or old. After an error it is tried again with the next lines, not sooner than
 * a second later. For one thread at a time.
 */
final class FileSink implements Sink {
    private static final Duration TRY_AGAIN_AFTER = Duration.ofSeconds(1);
    private static final byte[] NOTHING = {};
    private static final System.Logger LOG = System.getLogger(FileSink.class.getName());

    private final Logging.Sink.File settings;
    private final Path path;
    private @Nullable OutputStream out;

    /** What is to be written next, at once. */
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();

    private long bytes;
    private Instant firstAt = Instant.MAX;
    private Instant notBefore = Instant.MIN;
    private volatile long lost;
    private long lostSinceTold;

    FileSink(Logging.Sink.File settings) {
        this.settings = settings;
        this.path = Path.of(settings.path());
    }

    @Override
    public void write(Instant at, List<byte[]> lines) {
        int written = 0;
        text.reset();
        byte[] stamp = settings.stamped() ? (Stamp.of(at) + " ").getBytes(StandardCharsets.US_ASCII) : NOTHING;
        try {
            if (at.isBefore(notBefore)) {
                throw new IOException("it failed a moment ago");
            }
            OutputStream to = out == null ? open(at) : out;
            if (lostSinceTold > 0) {
                add(stamp, ("muster: " + lostSinceTold + " lines were lost here").getBytes(StandardCharsets.US_ASCII));
                flush(to);
                lostSinceTold = 0;
            }
            for (int i = 0; i < lines.size(); i++) {
                byte[] line = lines.get(i);
                long next = bytes + text.size();
                boolean full = next > 0 && next + stamp.length + line.length + 1 > settings.bytesMax();
                boolean old = !settings.ageMax().isZero() && next > 0 && !at.isBefore(firstAt.plus(settings.ageMax()));
                if (full || old) {
                    flush(to);
                    written = i;
                    to = rotated(at);
                }
                add(stamp, line);
            }
            flush(to);
            written = lines.size();
        } catch (IOException e) {
            lose(at, lines.size() - written - wholeLinesWritten(), e);
        }
    }

    /** Of the text that could not be written as a whole: the disk may have become full in the middle of it. */
    private int wholeLinesWritten() {
        if (out == null || text.size() == 0) {
            return 0;
        }
        try {
            byte[] all = text.toByteArray();
            int whole = 0;
            for (int i = 0; i < Math.min(all.length, Files.size(path) - bytes); i++) {
                whole += all[i] == '\n' ? 1 : 0;
            }
            return whole;
        } catch (IOException e) {
            return 0;
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
    private void lose(Instant at, int lines, IOException e) {
        if (lostSinceTold == 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "log file {0} cannot be written, lines are lost: {1}",
                    path,
                    FileTrouble.of(e));
        }
        lost += lines;
        lostSinceTold += lines;
        if (!at.isBefore(notBefore)) {
            notBefore = at.plus(TRY_AGAIN_AFTER);
        }
        closeQuietly();
    }

    private void add(byte[] stamp, byte[] line) {
        text.writeBytes(stamp);
        text.writeBytes(line);
        text.write('\n');
    }

    private void flush(OutputStream to) throws IOException {
        text.writeTo(to);
        bytes += text.size();
        text.reset();
    }

    private OutputStream open(Instant at) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        OutputStream opened = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        out = opened;
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        bytes = attributes.size();
        Instant made = attributes.creationTime().toInstant();
        firstAt = bytes == 0 || made.isAfter(at) ? at : made;
        if (bytes > 0 && !endsWithNewline()) {
            opened.write('\n'); // the disk became full in the middle of a line
            bytes++;
        }
        return opened;
    }

    private boolean endsWithNewline() throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
            var last = ByteBuffer.allocate(1);
            return file.read(last, bytes - 1) == 1 && last.get(0) == '\n';
        }
    }

    private OutputStream rotated(Instant at) throws IOException {
        closeQuietly();
        for (int number = settings.keep(); number > 1; number--) {
            Path older = kept(number - 1);
            if (Files.exists(older)) {
                Files.move(older, kept(number), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (settings.keep() > 0) {
            Files.move(path, kept(1), StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.delete(path);
        }
        return open(at);
    }

    private Path kept(int number) {
        return Path.of(path + "." + number);
    }

    private void closeQuietly() {
        OutputStream open = out;
        out = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "closing " + path, e);
            }
        }
    }

    @Override
    public long lost() {
        return lost;
    }

    @Override
    public void close(Duration atMost) {
        closeQuietly();
    }
}
