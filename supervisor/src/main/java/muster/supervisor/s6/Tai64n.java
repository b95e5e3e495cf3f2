package muster.supervisor.s6;

import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * Times as s6 writes them: eight bytes of seconds and four of nanoseconds, highest byte first. The seconds count from
 * 2^62 at the beginning of 1970 and run ahead of the wall clock by the leap seconds there were.
 */
final class Tai64n {
    static final int BYTES = 12;

    private static final long LABEL_OF_1970 = 1L << 62;

    /** 10 at the beginning of 1972 and 27 since; none is planned any more. s6 on Debian knows as many. */
    private static final long LEAP_SECONDS = 37;

    private Tai64n() {}

    static void write(Instant time, ByteBuffer to) {
        to.putLong(LABEL_OF_1970 + LEAP_SECONDS + time.getEpochSecond()).putInt(time.getNano());
    }

    static Instant read(ByteBuffer from) {
        long seconds = from.getLong() - LABEL_OF_1970 - LEAP_SECONDS;
        return Instant.ofEpochSecond(seconds, Math.floorMod(from.getInt(), 1_000_000_000));
    }
}
