package muster.supervisor.logs;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Our standard output: whole lines of all services, one after the other. Waits while nobody reads. */
final class ConsoleSink implements Sink {
    // Not System.out: nobody's buffer or lock may come between, and errors must be seen.
    private static final OutputStream OUT = new FileOutputStream(FileDescriptor.out);

    private final OutputStream out;
    private final String name;
    private final boolean stamped;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private volatile long lost;

    ConsoleSink(String name, boolean stamped) {
        this(OUT, name, stamped);
    }

    ConsoleSink(OutputStream out, String name, boolean stamped) {
        this.out = out;
        this.name = name;
        this.stamped = stamped;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // only the pump's thread writes it
    public void write(Instant at, List<byte[]> lines) {
        byte[] before = ((stamped ? Stamp.of(at) + " " : "") + name + ": ").getBytes(StandardCharsets.UTF_8);
        text.reset();
        for (byte[] line : lines) {
            text.writeBytes(before);
            text.writeBytes(line);
            text.write('\n');
        }
        try {
            synchronized (out) {
                text.writeTo(out);
            }
        } catch (IOException e) {
            lost += lines.size(); // closed: there is nobody to tell
        }
    }

    @Override
    public long lost() {
        return lost;
    }

    @Override
    public void close(Duration atMost) {}
}
