package muster.balancing;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All pools at one version. Immutable: publish it with one volatile reference, and readers never lock. */
public final class Fleet {
    public static final Fleet EMPTY = new Fleet(0, new TreeMap<>(), List.of());

    private final long version;
    private final SortedMap<String, Pool> pools;
    private final List<FleetChange> changes;

    Fleet(long version, SortedMap<String, Pool> pools, List<FleetChange> changes) {
        this.version = version;
        this.pools = Collections.unmodifiableSortedMap(new TreeMap<>(pools));
        this.changes = List.copyOf(changes);
    }

    /** Grows with every change; 0 is the empty fleet. */
    public long version() {
        return version;
    }

    public SortedMap<String, Pool> pools() {
        return pools;
    }

    public @Nullable Pool pool(String name) {
        return pools.get(name);
    }

    /** What is different from the version before. */
    public List<FleetChange> changes() {
        return changes;
    }

    @Override
    public String toString() {
        return "fleet " + version + " " + pools.values();
    }
}
