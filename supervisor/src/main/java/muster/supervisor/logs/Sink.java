package muster.supervisor.logs;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** One place for lines. Used by the thread of one pump. */
interface Sink {
    /**
     * Writes these lines, which were read at this moment; keeps the lines, if it does, but not the list. Does not throw: what cannot be written is lost
     * and counted.
     */
    void write(Instant at, List<byte[]> lines);

    /** Lines that could not be written. */
    long lost();

    /** Writes what is still to be written, for so long, and closes. */
    void close(Duration atMost);
}
