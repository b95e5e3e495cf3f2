package muster.supervisor.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel calls this machine. */
public final class HostName {
    private HostName() {}

    /** Without asking any name service; a dash where there is no name. */
    public static String ofKernel() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name.isEmpty() ? "-" : name;
        } catch (IOException e) {
            return "-";
        }
    }
}
