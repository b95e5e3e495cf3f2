package muster.agent.snapshot;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is worth remembering. The times are those of the latest thing seen, 0 for none: one less than the clocks show.
 *
 * @param alive addresses ({@code HOST:PORT}) by the names of members
 * @param failed the same of members that failed and were not forgotten yet
 */
public record Remembered(
        SortedMap<String, String> alive, SortedMap<String, String> failed, long time, long eventTime, long queryTime) {

    public static final Remembered NOTHING =
            new Remembered(Collections.emptySortedMap(), Collections.emptySortedMap(), 0, 0, 0);

    public Remembered {
        alive = Collections.unmodifiableSortedMap(new TreeMap<>(alive));
        failed = Collections.unmodifiableSortedMap(new TreeMap<>(failed));
    }
}
