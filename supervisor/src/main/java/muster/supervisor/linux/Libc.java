package muster.supervisor.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import muster.supervisor.CannotSupervise;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libc that we call. All through one shape, {@code long f(long × 6)}: on x86-64 and aarch64 integers
 * and pointers may be passed as longs and surplus arguments are not looked at, and each further shape would cost several
 * milliseconds of start-up for its stub. An {@code int} result is in the lower half of the long.
 */
final class Libc {
    /** What a call gave. */
    record Result(long value, int errno) {
        int asInt() {
            return (int) value;
        }
    }

    // errno-base.h
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int EINTR = 4;
    static final int E2BIG = 7;
    static final int ENOEXEC = 8;
    static final int EPERM = 1;
    static final int ENXIO = 6;
    static final int ECHILD = 10;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int EPROTOTYPE = 91;
    static final int ENOTDIR = 20;

    // fcntl.h; these are the same on x86-64 and aarch64
    static final long O_RDONLY = 0;
    static final long O_WRONLY = 1;
    static final long O_CREAT = 0x40;
    static final long O_TRUNC = 0x200;
    static final long O_NONBLOCK = 0x800;
    static final long O_CLOEXEC = 0x8_0000;
    static final long O_PATH = 0x20_0000;
    static final long F_SETFL = 4;
    static final long MFD_CLOEXEC = 1;
    static final long F_DUPFD_CLOEXEC = 1_030;

    /** Not the same on both. */
    static final long O_NOFOLLOW = System.getProperty("os.arch", "").equals("aarch64") ? 0x8000 : 0x2_0000;

    // poll.h
    static final short POLLIN = 1;
    static final long POLLFD_BYTES = 8;

    // sys/socket.h
    static final long AF_UNIX = 1;
    static final long SOCK_STREAM = 1;
    static final long SOCK_DGRAM = 2;
    static final long SOL_SOCKET = 1;
    static final long SCM_RIGHTS = 1;
    static final long MSG_DONTWAIT = 0x40;
    static final long MSG_NOSIGNAL = 0x4000;
    static final long MSG_CMSG_CLOEXEC = 0x4000_0000;

    // sys/resource.h
    static final long PRIO_PROCESS = 0;

    // waitid: bits/waitflags.h, bits/siginfo-consts.h
    static final long P_ALL = 0;
    static final long P_PID = 1;
    static final long WNOHANG = 1;
    static final long WEXITED = 4;
    static final long WNOWAIT = 0x0100_0000;
    static final int CLD_EXITED = 1;
    static final int CLD_DUMPED = 3;

    /** siginfo_t has 128 bytes; these are its fields for SIGCHLD on 64-bit machines. */
    static final long SIGINFO_BYTES = 128;

    static final long SIGINFO_CODE = 8;
    static final long SIGINFO_PID = 16;
    static final long SIGINFO_STATUS = 24;

    // spawn.h
    static final long POSIX_SPAWN_SETPGROUP = 0x02;
    static final long POSIX_SPAWN_SETSIGDEF = 0x04;
    static final long POSIX_SPAWN_SETSIGMASK = 0x08;
    static final long POSIX_SPAWN_SETSID = 0x80;

    /** posix_spawnattr_t has 336 bytes and posix_spawn_file_actions_t 80 in glibc; more does no harm. */
    static final long SPAWN_STRUCT_BYTES = 512;

    /** sigset_t: 1024 bits, of which 64 are signals. */
    static final long SIGSET_BYTES = 128;

    static final long PR_SET_CHILD_SUBREAPER = 36;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final SymbolLookup SYMBOLS = LINKER.defaultLookup();

    @SuppressWarnings("restricted") // native calls are this class's purpose
    private static final MethodHandle SHAPE = LINKER.downcallHandle(
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    static final MemorySegment SPAWN = find("posix_spawn");
    static final MemorySegment SPAWN_ATTR_INIT = find("posix_spawnattr_init");
    static final MemorySegment SPAWN_ATTR_DESTROY = find("posix_spawnattr_destroy");
    static final MemorySegment SPAWN_ATTR_FLAGS = find("posix_spawnattr_setflags");
    static final MemorySegment SPAWN_ATTR_MASK = find("posix_spawnattr_setsigmask");
    static final MemorySegment SPAWN_ATTR_DEFAULT = find("posix_spawnattr_setsigdefault");
    static final MemorySegment SPAWN_ACTIONS_INIT = find("posix_spawn_file_actions_init");
    static final MemorySegment SPAWN_ACTIONS_DESTROY = find("posix_spawn_file_actions_destroy");
    static final MemorySegment SPAWN_ACTIONS_DUP2 = find("posix_spawn_file_actions_adddup2");
    static final MemorySegment SPAWN_ACTIONS_CHDIR = find("posix_spawn_file_actions_addchdir_np");
    static final MemorySegment SPAWN_ACTIONS_CLOSE = find("posix_spawn_file_actions_addclose");
    static final MemorySegment SPAWN_ACTIONS_OPEN = find("posix_spawn_file_actions_addopen");

    /** Null before glibc 2.34, and in musl. */
    static final @Nullable MemorySegment SPAWN_ACTIONS_CLOSEFROM = lookFor("posix_spawn_file_actions_addclosefrom_np");

    /** Null before glibc 2.35, and in musl. */
    static final @Nullable MemorySegment SPAWN_ACTIONS_FOREGROUND = lookFor("posix_spawn_file_actions_addtcsetpgrp_np");

    static final MemorySegment WAITID = find("waitid");
    static final MemorySegment KILL = find("kill");
    static final MemorySegment PRCTL = find("prctl");
    static final MemorySegment MKFIFO = find("mkfifo");
    static final MemorySegment OPEN = find("open");
    static final MemorySegment WRITE = find("write");
    static final MemorySegment READ = find("read");
    static final MemorySegment CLOSE = find("close");
    static final MemorySegment RENAME = find("rename");
    static final MemorySegment FCHMOD = find("fchmod");
    static final MemorySegment PIPE2 = find("pipe2");
    static final MemorySegment MEMFD_CREATE = find("memfd_create");
    static final MemorySegment PWRITE = find("pwrite");
    static final MemorySegment FCNTL = find("fcntl");
    static final MemorySegment POLL = find("ppoll");
    static final MemorySegment ISATTY = find("isatty");
    static final MemorySegment SOCKET = find("socket");
    static final MemorySegment BIND = find("bind");
    static final MemorySegment CONNECT = find("connect");
    static final MemorySegment SEND = find("send");
    static final MemorySegment RECVMSG = find("recvmsg");
    static final MemorySegment PRLIMIT = find("prlimit");
    static final MemorySegment SETPRIORITY = find("setpriority");
    static final MemorySegment GETPRIORITY = find("getpriority");

    private Libc() {}

    /** Calls with up to six arguments; those that are not given are 0. */
    static Result call(MemorySegment function, long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(CAPTURED);
            long value = (long) SHAPE.invokeExact(
                    function,
                    captured,
                    at(arguments, 0),
                    at(arguments, 1),
                    at(arguments, 2),
                    at(arguments, 3),
                    at(arguments, 4),
                    at(arguments, 5));
            return new Result(value, (int) ERRNO.get(captured, 0L));
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a native call threw", e);
        }
    }

    /** A C string. */
    static MemorySegment text(Arena arena, String text) {
        return arena.allocateFrom(text);
    }

    /** A null-terminated array of C strings. */
    static MemorySegment texts(Arena arena, Iterable<String> texts, int count) {
        MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, count + 1L);
        long index = 0;
        for (String text : texts) {
            array.setAtIndex(ValueLayout.JAVA_LONG, index++, text(arena, text).address());
        }
        return array;
    }

    /** What an errno means, as far as our calls meet it. */
    static String describe(int errno) {
        return switch (errno) {
            case EPERM -> "operation not permitted";
            case ENOENT -> "no such file or directory";
            case ESRCH -> "no such process";
            case E2BIG -> "command and environment are too long";
            case ENOEXEC -> "not in a format this machine can run";
            case EAGAIN -> "too many processes (see ulimit -u and the pids limit of the container)";
            case ENOMEM -> "out of memory";
            case EACCES -> "permission denied";
            case ENOTDIR -> "not a directory";
            default -> "error " + errno;
        };
    }

    private static long at(long[] arguments, int index) {
        return index < arguments.length ? arguments[index] : 0;
    }

    private static MemorySegment find(String name) {
        return SYMBOLS.find(name)
                .orElseThrow(() -> new CannotSupervise("This libc has no " + name
                        + ", which supervising processes needs; use Linux with glibc 2.29 or later."));
    }

    private static @Nullable MemorySegment lookFor(String name) {
        return SYMBOLS.find(name).orElse(null);
    }
}
