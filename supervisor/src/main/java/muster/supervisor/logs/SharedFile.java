package muster.supervisor.logs;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.supervisor.Logging;

/**
 * One service's share of a log file. Several services may have the same one: it has one writer within this program, or
 * they would move it aside under each other and lose lines.
 */
final class SharedFile implements Sink {
    private static final System.Logger LOG = System.getLogger(SharedFile.class.getName());

    /** Of the files in use: not more than services have. */
    private static final Map<Path, Writer> WRITERS = new HashMap<>();

    private static final class Writer {
        final Logging.Sink.File settings;
        final FileSink sink;
        int users;

        Writer(Logging.Sink.File settings) {
            this.settings = settings;
            this.sink = new FileSink(settings);
        }
    }

    private final Path path;
    private final Writer writer;
    private volatile long lost;

    private SharedFile(Path path, Writer writer) {
        this.path = path;
        this.writer = writer;
    }

    /** The settings of the first that opens the file hold for all. */
    static SharedFile of(Logging.Sink.File given) {
        Path path = Path.of(given.path()).toAbsolutePath().normalize();
        var settings =
                new Logging.Sink.File(path.toString(), given.bytesMax(), given.keep(), given.ageMax(), given.stamped());
        synchronized (WRITERS) {
            Writer writer = WRITERS.computeIfAbsent(path, _ -> new Writer(settings));
            writer.users++;
            if (!writer.settings.equals(settings)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "log file {0} is that of several services with different settings; those of the first hold: {1}",
                        path,
                        writer.settings);
            }
            return new SharedFile(path, writer);
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // only the pump's thread writes it
    public void write(Instant at, List<byte[]> lines) {
        synchronized (writer) {
            long before = writer.sink.lost();
            writer.sink.write(at, lines);
            lost += writer.sink.lost() - before;
        }
    }

    @Override
    public long lost() {
        return lost;
    }

    @Override
    public void close(Duration atMost) {
        synchronized (WRITERS) {
            writer.users--;
            if (writer.users == 0) {
                WRITERS.remove(path);
                synchronized (writer) {
                    writer.sink.close(atMost);
                }
            }
        }
    }
}
