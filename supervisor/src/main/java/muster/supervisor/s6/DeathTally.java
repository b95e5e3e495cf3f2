package muster.supervisor.s6;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import muster.supervisor.ExitStatus;

/**
 * The last deaths of a service, as {@code supervise/death_tally} holds them and {@code s6-svdt} and
 * {@code s6-permafailon} read them: per death its time, its exit code (128 + n after signal n) and its signal.
 */
final class DeathTally {
    /** What s6 allows in {@code max-death-tally}. */
    static final int ENTRIES_LIMIT = 4_096;

    static final int ENTRIES_USUAL = 100;

    private static final int ENTRY_BYTES = Tai64n.BYTES + 2;

    private final ArrayDeque<byte[]> entries = new ArrayDeque<>();

    /** Adds one, and forgets the oldest beyond {@code entriesMax}. */
    void add(Instant at, ExitStatus how, int entriesMax) {
        ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES);
        Tai64n.write(at, entry);
        entry.put((byte) how.code());
        entry.put((byte) (how instanceof ExitStatus.Killed killed ? killed.signal() : 0));
        entries.addLast(entry.array());
        while (entries.size() > Math.clamp(entriesMax, 0, ENTRIES_LIMIT)) {
            entries.removeFirst();
        }
    }

    byte[] bytes() {
        ByteBuffer all = ByteBuffer.allocate(entries.size() * ENTRY_BYTES);
        entries.forEach(all::put);
        return all.array();
    }
}
