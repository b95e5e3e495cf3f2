package muster.proxy;

/** How sockets are driven. */
public enum Transport {
    /** The best one that this machine offers: epoll on Linux, else the JDK's. */
    AUTO,
    EPOLL,
    /** Fewer system calls, but containers often forbid it, and it is younger. */
    IO_URING,
    NIO
}
