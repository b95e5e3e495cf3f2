package muster.proof.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says that one process has used so far, all its threads together. */
final class Usage {

    private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux that runs Java

    private Usage() {}

    /** User and system time, with a resolution of 10 ms. */
    static double cpuSeconds(long pid) {
        var stat = read(pid, "stat");
        // The second field is the program's name in parentheses and may hold anything, so count from its end.
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** Resident memory; pages that are shared with others count in full. */
    static double rssMiB(long pid) {
        return number(read(pid, "smaps_rollup"), "Rss:") / 1024.0;
    }

    /** Resident memory; pages that are shared with others count by share. */
    static double pssMiB(long pid) {
        return number(read(pid, "smaps_rollup"), "Pss:") / 1024.0;
    }

    /** How often its threads were given a processor and gave it up, all together: what keeps a processor from sleeping. */
    static long contextSwitches(long pid) {
        try (var threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.mapToLong(thread -> {
                        var status = read(pid, "task/" + thread.getFileName() + "/status");
                        return number(status, "voluntary_ctxt_switches:")
                                + number(status, "nonvoluntary_ctxt_switches:");
                    })
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }

    static long threads(long pid) {
        return number(read(pid, "status"), "Threads:");
    }

    private static long number(String text, String key) {
        return text.lines()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }
}
