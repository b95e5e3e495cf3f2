package muster.supervisor;

/** What the kernel limits for each process, with its number on Linux (asm-generic/resource.h). */
public enum Resource {
    /** Seconds of processor time. */
    CPU(0),
    /** Bytes of a file that it writes. */
    FSIZE(1),
    /** Bytes of its data segment. */
    DATA(2),
    /** Bytes of its stack. */
    STACK(3),
    /** Bytes of a core dump. */
    CORE(4),
    /** Processes and threads of its user. */
    NPROC(6),
    /** One more than the highest descriptor. */
    NOFILE(7),
    /** Bytes locked in memory. */
    MEMLOCK(8),
    /** Bytes of its address space. */
    AS(9),
    /** Queued signals of its user. */
    SIGPENDING(11),
    /** Bytes in POSIX message queues of its user. */
    MSGQUEUE(12),
    /** 20 minus the lowest nice value. */
    NICE(13),
    /** Highest real-time priority. */
    RTPRIO(14);

    private final int number;

    Resource(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
