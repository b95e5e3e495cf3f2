package muster.proxy;

/** How sockets are driven. */
public enum Transport {
    /** The best one that this machine offers: io_uring from Linux 6.1 on where it is allowed, else epoll, else the JDK's. */
    AUTO,
    EPOLL,
    /** Fewer system calls; containers often forbid it. */
    IO_URING,
    NIO;

    /** By its name in configuration, the constant's in any case; the message of the exception lists the names. */
    public static Transport named(String word) {
        for (Transport transport : values()) {
            if (transport.name().equalsIgnoreCase(word)) return transport;
        }
        throw new IllegalArgumentException("transport \"" + word + "\" is not known; use auto, io_uring, epoll or nio");
    }
}
