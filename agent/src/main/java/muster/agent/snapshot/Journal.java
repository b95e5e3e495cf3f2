package muster.agent.snapshot;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which lines bring a snapshot from what it says to what is so. Used by one thread.
 *
 * <p>Whom the file knows and this node has not met yet stays in it: a restarted node that finds nobody must find the same
 * members the next time.
 */
final class Journal {
    /** A comment to Serf, which forgets members that failed, and with them the way back into a cluster that restarts whole. */
    static final String FAILED = "#failed";

    private static final String CLOCK = "clock: ";
    private static final String EVENT_CLOCK = "event-clock: ";
    private static final String QUERY_CLOCK = "query-clock: ";

    private final SortedMap<String, String> alive;
    private final SortedMap<String, String> failed;
    private final Set<String> met = new HashSet<>();
    private long time;
    private long eventTime;
    private long queryTime;
    private int unwritable;

    Journal(Remembered start) {
        alive = new TreeMap<>(start.alive());
        failed = new TreeMap<>(start.failed());
        time = start.time();
        eventTime = start.eventTime();
        queryTime = start.queryTime();
    }

    /** Takes in what is so now; returns the lines that say so. Clocks never fall. */
    List<String> follow(Remembered now) {
        var lines = new ArrayList<String>();
        unwritable = 0;
        now.alive().forEach((name, address) -> {
            met.add(name);
            if (!address.equals(alive.get(name)) && writable(name)) {
                failed.remove(name);
                alive.put(name, address);
                lines.add(alive(name, address));
            }
        });
        now.failed().forEach((name, address) -> {
            met.add(name);
            if (!address.equals(failed.get(name)) && writable(name)) {
                if (alive.remove(name) != null) {
                    lines.add(gone(name));
                }
                failed.put(name, address);
                lines.add(failed(name, address));
            }
        });
        for (String name : List.copyOf(met)) {
            if (!now.alive().containsKey(name) && !now.failed().containsKey(name)) {
                met.remove(name);
                if (alive.remove(name) != null || failed.remove(name) != null) {
                    lines.add(gone(name));
                }
            }
        }
        if (now.time() > time) {
            time = now.time();
            lines.add(CLOCK + time);
        }
        if (now.eventTime() > eventTime) {
            eventTime = now.eventTime();
            lines.add(EVENT_CLOCK + eventTime);
        }
        if (now.queryTime() > queryTime) {
            queryTime = now.queryTime();
            lines.add(QUERY_CLOCK + queryTime);
        }
        return lines;
    }

    /** Everything, for a new file. */
    List<String> whole() {
        var lines = new ArrayList<String>();
        alive.forEach((name, address) -> lines.add(alive(name, address)));
        failed.forEach((name, address) -> lines.add(failed(name, address)));
        lines.addAll(clocks());
        return lines;
    }

    /** For the end: a restart shall not join by itself. The clocks follow, because they still hold. */
    List<String> leave() {
        var lines = new ArrayList<String>();
        lines.add("leave");
        lines.addAll(clocks());
        return lines;
    }

    int members() {
        return alive.size() + failed.size();
    }

    /** How many members the last {@link #follow} could not write down. */
    int unwritable() {
        return unwritable;
    }

    private List<String> clocks() {
        return List.of(CLOCK + time, EVENT_CLOCK + eventTime, QUERY_CLOCK + queryTime);
    }

    /** A name comes from the network: with a line break in it, it could write lines of its own. */
    private boolean writable(String name) {
        boolean fits = name.indexOf('\n') < 0
                && name.getBytes(StandardCharsets.UTF_8).length <= SnapshotReader.LINE_BYTES_MAX / 2;
        if (!fits) {
            unwritable++;
        }
        return fits;
    }

    private static String alive(String name, String address) {
        return "alive: " + name + " " + address;
    }

    private static String failed(String name, String address) {
        return FAILED + ": " + name + " " + address;
    }

    private static String gone(String name) {
        return "not-alive: " + name;
    }
}
