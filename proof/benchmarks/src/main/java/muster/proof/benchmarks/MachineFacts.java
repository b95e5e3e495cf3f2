package muster.proof.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import muster.proof.harness.Command;
import muster.proof.harness.Launcher;

/** What a reader must know about the machine to judge the figures, and nothing that names it. */
final class MachineFacts {

    private MachineFacts() {}

    /** A Markdown line. */
    static String line() {
        return "%s, commit %s. %d cores (%s), Linux %s, %s, Java %s; load average at the start %s."
                .formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        first("[0-9a-f]+", "git", "-C", Launcher.root().toString(), "rev-parse", "--short", "HEAD"),
                        Runtime.getRuntime().availableProcessors(),
                        find(Path.of("/proc/cpuinfo"), "model name\\s*:\\s*(.*)"),
                        find(Path.of("/proc/version"), "Linux version (\\d+\\.\\d+)"),
                        peers(),
                        Runtime.version().feature(),
                        find(Path.of("/proc/loadavg"), "^(\\S+)"));
    }

    private static String peers() {
        return "HAProxy " + first("\\d+\\.\\d+\\.\\d+", "haproxy", "-v") + ", nginx "
                + first("\\d+\\.\\d+\\.\\d+", "nginx", "-v") + ", serf of Debian "
                + first("\\d+\\.\\d+\\.\\d+", "dpkg-query", "-W", "-f=${Version}", "serf");
    }

    private static String first(String regex, String... command) {
        var match = Pattern.compile(regex)
                .matcher(Command.run(List.of(command), Map.of()).output());
        return match.find() ? match.group() : "unknown";
    }

    private static String find(Path file, String regex) {
        try {
            var match = Pattern.compile(regex, Pattern.MULTILINE).matcher(Files.readString(file));
            return match.find() ? match.group(1).strip() : "unknown";
        } catch (IOException e) {
            return "unknown";
        }
    }
}
