package muster.haproxy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the kernel says that a process does, which may be somebody else's child. Where {@code /proc} is not there, nothing is
 * known and it counts as running. Safe for use by any thread.
 */
public final class ProcessState {
    private static final char UNKNOWN = '?';

    private ProcessState() {}

    /** Whether it runs. One that has ended and for whose status nobody asks does not, though {@code isAlive} says so. */
    public static boolean runs(ProcessHandle process) {
        return process.isAlive()
                && switch (letter(process.pid())) {
                    case 'Z', 'X' -> false;
                    default -> true;
                };
    }

    /** Whether somebody has stopped it, as by SIGSTOP. */
    static boolean isStopped(long pid) {
        return letter(pid) == 'T';
    }

    private static char letter(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            int afterName = stat.lastIndexOf(") "); // a name may have both in it
            return afterName < 0 || afterName + 2 >= stat.length() ? UNKNOWN : stat.charAt(afterName + 2);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }
}
