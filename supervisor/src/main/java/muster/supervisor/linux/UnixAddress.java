package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** struct sockaddr_un. */
final class UnixAddress {
    private static final int PATH_BYTES_MAX = 108;

    private UnixAddress() {}

    /** Of a path, or of a name in the abstract namespace after {@code @}. Its size is its length for the kernel. */
    static MemorySegment of(Arena arena, String path) throws IOException {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = path.startsWith("@");
        // A path ends with NUL; an abstract name begins with it, and ends where the address ends.
        int length = isAbstract ? name.length : name.length + 1;
        if (length > PATH_BYTES_MAX) {
            throw new IOException("the socket path " + path + " is longer than " + PATH_BYTES_MAX + " bytes");
        }
        MemorySegment address = arena.allocate(2L + length, 8);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) Libc.AF_UNIX);
        for (int i = isAbstract ? 1 : 0; i < name.length; i++) {
            address.set(ValueLayout.JAVA_BYTE, 2L + i, name[i]);
        }
        return address;
    }
}
