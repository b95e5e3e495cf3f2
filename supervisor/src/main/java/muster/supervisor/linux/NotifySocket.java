package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The receiving side of sd_notify: a datagram socket in the abstract namespace, so that it works where nothing can be
 * written. Its name cannot be guessed, because everybody in the network namespace could send to it.
 *
 * <p>For one thread at a time.
 */
public final class NotifySocket implements AutoCloseable {
    /** Systemd's own limit. */
    private static final int MESSAGE_BYTES_MAX = 4_096;

    /** More descriptors in one message are cut off by the kernel and closed. */
    private static final int CONTROL_BYTES = 1_024;

    /** struct msghdr and struct cmsghdr on 64-bit machines. */
    private static final long MSGHDR_BYTES = 56;

    private static final long CMSGHDR_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final int descriptor;
    private final String name;

    private NotifySocket(int descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
    }

    /** A new one. */
    public static NotifySocket open() throws IOException {
        var token = new byte[16];
        RANDOM.nextBytes(token);
        String name = "muster/notify/" + HexFormat.of().formatHex(token);
        Libc.Result made = Libc.call(Libc.SOCKET, Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.O_CLOEXEC | Libc.O_NONBLOCK, 0);
        if (made.asInt() < 0) {
            throw new IOException("cannot make a socket: " + Libc.describe(made.errno()));
        }
        int descriptor = Descriptors.raise(made.asInt());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = UnixAddress.of(arena, "@" + name);
            Libc.Result bound = Libc.call(Libc.BIND, descriptor, address.address(), address.byteSize());
            if (bound.asInt() != 0) {
                Descriptors.close(descriptor);
                throw new IOException("cannot bind a socket: " + Libc.describe(bound.errno()));
            }
        }
        return new NotifySocket(descriptor, name);
    }

    /** For the variable {@code NOTIFY_SOCKET}. */
    public String address() {
        return "@" + name;
    }

    /** For {@link Poller}. */
    public int descriptor() {
        return descriptor;
    }

    /**
     * The next message, lines of {@code NAME=VALUE}; "" if there is none. Descriptors that came with it are closed, which
     * is the answer that a sender of {@code BARRIER=1} waits for.
     */
    public String receive() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(MESSAGE_BYTES_MAX, 8);
            MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
            MemorySegment part = arena.allocate(ValueLayout.JAVA_LONG, 2);
            part.setAtIndex(ValueLayout.JAVA_LONG, 0, data.address());
            part.setAtIndex(ValueLayout.JAVA_LONG, 1, MESSAGE_BYTES_MAX);
            MemorySegment header = arena.allocate(MSGHDR_BYTES, 8);
            header.set(ValueLayout.JAVA_LONG, 16, part.address());
            header.set(ValueLayout.JAVA_LONG, 24, 1);
            header.set(ValueLayout.JAVA_LONG, 32, control.address());
            header.set(ValueLayout.JAVA_LONG, 40, CONTROL_BYTES);
            long bytes = Libc.call(
                            Libc.RECVMSG, descriptor, header.address(), Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC)
                    .value();
            if (bytes < 0) {
                return "";
            }
            closeAll(control, header.get(ValueLayout.JAVA_LONG, 40));
            byte[] text = data.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
            return new String(text, StandardCharsets.UTF_8);
        }
    }

    private static void closeAll(MemorySegment control, long length) {
        long at = 0;
        while (at + CMSGHDR_BYTES <= length) {
            long bytes = control.get(ValueLayout.JAVA_LONG, at);
            if (bytes < CMSGHDR_BYTES || at + bytes > length) {
                return;
            }
            boolean rights = control.get(ValueLayout.JAVA_INT, at + 8) == Libc.SOL_SOCKET
                    && control.get(ValueLayout.JAVA_INT, at + 12) == Libc.SCM_RIGHTS;
            for (long place = at + CMSGHDR_BYTES; rights && place + 4 <= at + bytes; place += 4) {
                Descriptors.close(control.get(ValueLayout.JAVA_INT, place));
            }
            at += (bytes + 7) & ~7L;
        }
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }
}
