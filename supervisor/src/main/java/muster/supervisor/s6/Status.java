package muster.supervisor.s6;

import java.nio.ByteBuffer;
import java.time.Instant;
import muster.supervisor.ExitStatus;
import org.jspecify.annotations.Nullable;

/**
 * What {@code supervise/status} says of a service, in the 35 bytes that s6 2.11 and 2.12 read and write.
 *
 * @param changed when it came up or went down
 * @param readyAt when it was last ready, or, of one that is down, when its finish script was over
 * @param pid of the run or finish script; 0 for none
 * @param last how its last run ended; null for never
 * @param paused it got STOP and no CONT since
 * @param finishing {@code pid} is that of the finish script
 * @param wantUp it shall be up
 * @param ready it is up and ready, or down and through with its finish script
 */
record Status(
        Instant changed,
        Instant readyAt,
        long pid,
        @Nullable ExitStatus last,
        boolean paused,
        boolean finishing,
        boolean wantUp,
        boolean ready) {

    static final int BYTES = 35;

    private static final int PAUSED = 1;
    private static final int FINISHING = 2;
    private static final int WANT_UP = 4;
    private static final int READY = 8;

    /** The kernel's bit for a dump of memory in a wait status. */
    private static final int CORE = 0x80;

    byte[] bytes() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        Tai64n.write(changed, bytes);
        Tai64n.write(readyAt, bytes);
        bytes.putLong(pid);
        bytes.putShort((short) waitStatus());
        bytes.put((byte)
                ((paused ? PAUSED : 0) | (finishing ? FINISHING : 0) | (wantUp ? WANT_UP : 0) | (ready ? READY : 0)));
        return bytes.array();
    }

    private int waitStatus() {
        return switch (last) {
            case null -> 0;
            case ExitStatus.Exited exited -> exited.status() << 8;
            case ExitStatus.Killed killed -> killed.signal() | (killed.dumpedCore() ? CORE : 0);
        };
    }

    /** Throws {@link IllegalArgumentException} when these are not the bytes of a status. */
    static Status of(byte[] content) {
        if (content.length != BYTES) {
            throw new IllegalArgumentException("a status has " + BYTES + " bytes, not " + content.length);
        }
        ByteBuffer bytes = ByteBuffer.wrap(content);
        Instant changed = Tai64n.read(bytes);
        Instant readyAt = Tai64n.read(bytes);
        long pid = bytes.getLong();
        int waited = bytes.getShort() & 0xffff;
        int flags = bytes.get();
        ExitStatus last = (waited & 0x7f) == 0
                ? new ExitStatus.Exited(waited >> 8)
                : new ExitStatus.Killed(waited & 0x7f, (waited & CORE) != 0);
        return new Status(
                changed,
                readyAt,
                pid,
                last,
                (flags & PAUSED) != 0,
                (flags & FINISHING) != 0,
                (flags & WANT_UP) != 0,
                (flags & READY) != 0);
    }
}
