package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import muster.supervisor.Launch;
import muster.supervisor.Limit;

/** What can be set from outside, on a process that has begun: limits, nice value, and whom the kernel kills first. */
final class Adjustments {
    /** Enough to be taken before us at the same size; a service is usually larger anyway. */
    private static final int ABOVE_OURS = 100;

    private static final int OOM_SCORE_ADJ_MAX = 1_000;
    private static final long RLIM_INFINITY = -1;

    private Adjustments() {}

    /** @throws IOException if what was asked for is not allowed; says what to do */
    static void make(Arena arena, long pid, Launch launch) throws IOException {
        for (var wanted : launch.limits().entrySet()) {
            MemorySegment limit = arena.allocate(ValueLayout.JAVA_LONG, 2);
            limit.setAtIndex(ValueLayout.JAVA_LONG, 0, kernels(wanted.getValue().soft()));
            limit.setAtIndex(ValueLayout.JAVA_LONG, 1, kernels(wanted.getValue().hard()));
            Libc.Result set = Libc.call(Libc.PRLIMIT, pid, wanted.getKey().number(), limit.address(), 0);
            if (set.asInt() != 0) {
                throw new IOException("Its limit " + wanted.getKey() + " cannot be "
                        + wanted.getValue().soft() + ":"
                        + wanted.getValue().hard() + ": " + Libc.describe(set.errno())
                        + "; a hard limit above ours needs CAP_SYS_RESOURCE.");
            }
        }
        Integer nice = launch.nice();
        if (nice != null) {
            Libc.Result set = Libc.call(Libc.SETPRIORITY, Libc.PRIO_PROCESS, pid, nice);
            if (set.asInt() != 0) {
                throw new IOException("Its nice value cannot be " + nice + ": " + Libc.describe(set.errno())
                        + "; less than ours needs CAP_SYS_NICE.");
            }
        }
        Integer adjustment = launch.oomScoreAdj();
        if (adjustment != null) {
            try {
                writeOomScoreAdj(pid, adjustment);
            } catch (IOException e) {
                throw new IOException(
                        "Its oom_score_adj cannot be " + adjustment + "; less than ours needs CAP_SYS_RESOURCE.", e);
            }
        }
    }

    /** What nobody asked for: the kernel rather takes it than us. */
    static void asCourtesy(long pid, Launch launch) {
        if (launch.oomScoreAdj() == null) {
            try {
                writeOomScoreAdj(pid, Math.min(OOM_SCORE_ADJ_MAX, Ours.OOM_SCORE_ADJ + ABOVE_OURS));
            } catch (IOException e) {
                System.getLogger(Adjustments.class.getName())
                        .log(System.Logger.Level.DEBUG, "pid=" + pid + " has ended, or belongs to another user");
            }
        }
    }

    private static void writeOomScoreAdj(long pid, int value) throws IOException {
        Files.writeString(
                Path.of("/proc/" + pid + "/oom_score_adj"), Integer.toString(value), StandardCharsets.US_ASCII);
    }

    private static long kernels(long limit) {
        return limit == Limit.UNLIMITED ? RLIM_INFINITY : limit;
    }

    private static final class Ours {
        static final int OOM_SCORE_ADJ = read();

        private static int read() {
            try {
                return Integer.parseInt(
                        Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
            } catch (IOException | NumberFormatException e) {
                return 0;
            }
        }
    }
}
