package muster.agent.snapshot;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Reads a snapshot, Serf's or ours. A line that makes no sense is reported and skipped, and a last line without its end
 * was being written when the program was killed: neither costs the rest.
 */
final class SnapshotReader {
    static final int LINE_BYTES_MAX = 1_024; // a name has at most 255 bytes, an address 53
    static final int MEMBERS_MAX = 100_000; // ten times the largest cluster that gossip is built for

    private final boolean rejoinAfterLeave;
    private final Consumer<String> problems;
    private final SortedMap<String, String> alive = new TreeMap<>();
    private final SortedMap<String, String> failed = new TreeMap<>();
    private long time;
    private long eventTime;
    private long queryTime;

    private SnapshotReader(boolean rejoinAfterLeave, Consumer<String> problems) {
        this.rejoinAfterLeave = rejoinAfterLeave;
        this.problems = problems;
    }

    /**
     * @param rejoinAfterLeave whether what was known before a leave still counts
     * @param problems hears a sentence about each line that cannot be used
     */
    static Remembered read(InputStream in, boolean rejoinAfterLeave, Consumer<String> problems) throws IOException {
        var reader = new SnapshotReader(rejoinAfterLeave, problems);
        reader.readAll(new BufferedInputStream(in));
        return new Remembered(reader.alive, reader.failed, reader.time, reader.eventTime, reader.queryTime);
    }

    private void readAll(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next != '\n') {
                if (line.size() <= LINE_BYTES_MAX) {
                    line.write(next);
                }
                continue;
            }
            if (line.size() > LINE_BYTES_MAX) {
                problems.accept("a line of more than " + LINE_BYTES_MAX + " bytes");
            } else {
                take(line.toString(StandardCharsets.UTF_8));
            }
            line.reset();
        }
    }

    private void take(String line) {
        int colon = line.indexOf(": ");
        String rest = colon < 0 ? "" : line.substring(colon + 2);
        switch (colon < 0 ? line : line.substring(0, colon)) {
            case "alive" -> member(line, rest, alive, failed);
            case Journal.FAILED -> member(line, rest, failed, alive);
            case "not-alive" -> {
                alive.remove(rest);
                failed.remove(rest);
            }
            case "clock" -> time = number(line, rest, time);
            case "event-clock" -> eventTime = number(line, rest, eventTime);
            case "query-clock" -> queryTime = number(line, rest, queryTime);
            case "leave" -> {
                if (!rejoinAfterLeave) {
                    alive.clear();
                    failed.clear();
                    time = 0;
                    eventTime = 0;
                    queryTime = 0;
                }
            }
            case "coordinate" -> {} // of Serf before 0.8; coordinates are found anew
            default -> {
                if (!line.startsWith("#")) {
                    problems.accept("Unrecognized snapshot line: " + line);
                }
            }
        }
    }

    private void member(String line, String rest, SortedMap<String, String> to, SortedMap<String, String> from) {
        int space = rest.lastIndexOf(' ');
        if (space < 1) {
            problems.accept("Failed to parse address: " + line);
            return;
        }
        String name = rest.substring(0, space);
        from.remove(name);
        if (to.size() < MEMBERS_MAX || to.containsKey(name)) {
            to.put(name, rest.substring(space + 1));
        } else {
            problems.accept("more than " + MEMBERS_MAX + " members; not remembered: " + name);
        }
    }

    private long number(String line, String digits, long before) {
        try {
            return Long.parseUnsignedLong(digits);
        } catch (NumberFormatException e) {
            problems.accept("Failed to convert clock time: " + line);
            return before;
        }
    }
}
