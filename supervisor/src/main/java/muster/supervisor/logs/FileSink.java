package muster.supervisor.logs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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
import org.jspecify.annotations.Nullable;

/**
 * A file that is moved aside when it is full or old. After an error it is tried again with the next lines, not sooner than
 * a second later. For one thread at a time.
 */
final class FileSink implements Sink {
    private static final Duration TRY_AGAIN_AFTER = Duration.ofSeconds(1);
    private static final System.Logger LOG = System.getLogger(FileSink.class.getName());

    private final Logging.Sink.File settings;
    private final Path path;
    private @Nullable OutputStream out;
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
        try {
            if (at.isBefore(notBefore)) {
                throw new IOException("it failed a moment ago");
            }
            OutputStream to = out == null ? open(at) : out;
            if (lostSinceTold > 0) {
                byte[] told =
                        ("muster: " + lostSinceTold + " lines were lost here").getBytes(StandardCharsets.US_ASCII);
                to = write(to, at, told);
                lostSinceTold = 0;
            }
            for (byte[] line : lines) {
                to = write(to, at, line);
                written++;
            }
            to.flush();
        } catch (IOException e) {
            lose(at, lines.size() - written, e);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
    private void lose(Instant at, int lines, IOException e) {
        if (lostSinceTold == 0) {
            LOG.log(System.Logger.Level.WARNING, "log file {0} cannot be written, lines are lost: {1}", path, e);
        }
        lost += lines;
        lostSinceTold += lines;
        if (!at.isBefore(notBefore)) {
            notBefore = at.plus(TRY_AGAIN_AFTER);
        }
        closeQuietly();
    }

    private OutputStream write(OutputStream to, Instant at, byte[] line) throws IOException {
        var text = new ByteArrayOutputStream();
        if (settings.stamped()) {
            text.writeBytes((Stamp.of(at) + " ").getBytes(StandardCharsets.US_ASCII));
        }
        text.writeBytes(line);
        text.write('\n');
        boolean full = bytes > 0 && bytes + text.size() > settings.bytesMax();
        boolean old = !settings.ageMax().isZero() && bytes > 0 && !at.isBefore(firstAt.plus(settings.ageMax()));
        OutputStream target = full || old ? rotated(at) : to;
        text.writeTo(target);
        bytes += text.size();
        return target;
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
        return opened;
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
