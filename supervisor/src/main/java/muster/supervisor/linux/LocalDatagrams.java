package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Sends datagrams to a socket of this machine, which the JDK cannot. For one thread at a time. */
public final class LocalDatagrams implements AutoCloseable {
    private final int descriptor;

    private LocalDatagrams(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Connects.
     *
     * @throws WrongType if it is a socket for streams
     * @throws IOException if nobody is there
     */
    public static LocalDatagrams to(String path) throws IOException {
        Libc.Result made = Libc.call(Libc.SOCKET, Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.O_CLOEXEC, 0);
        if (made.asInt() < 0) {
            throw new IOException("cannot make a socket: " + Libc.describe(made.errno()));
        }
        int descriptor = Descriptors.raise(made.asInt());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = UnixAddress.of(arena, path);
            Libc.Result connected = Libc.call(Libc.CONNECT, descriptor, address.address(), address.byteSize());
            if (connected.asInt() != 0) {
                String what = "cannot connect to " + path + ": " + Libc.describe(connected.errno());
                throw connected.errno() == Libc.EPROTOTYPE ? new WrongType(what) : new IOException(what);
            }
            return new LocalDatagrams(descriptor);
        } catch (IOException e) {
            Descriptors.close(descriptor);
            throw e;
        }
    }

    /** Waits while the receiver's queue is full. */
    public void send(byte[] datagram) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, datagram);
            Libc.Result sent = Libc.call(Libc.SEND, descriptor, data.address(), datagram.length, Libc.MSG_NOSIGNAL);
            if (sent.value() < 0) {
                throw new IOException("cannot send: " + Libc.describe(sent.errno()));
            }
        }
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }

    /** The socket that is there is of another type. */
    public static final class WrongType extends IOException {
        private static final long serialVersionUID = 1;

        WrongType(String message) {
            super(message);
        }
    }
}
