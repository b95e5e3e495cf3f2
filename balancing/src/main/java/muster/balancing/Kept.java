package muster.balancing;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What may be wanted again, for a while: the counters of backends whose app is down for a restart. Used by one thread.
 *
 * @param <K> by which it is found again
 * @param <V> what is kept
 */
final class Kept<K, V> {
    /** Longer than restarts and deployments take; who comes later begins at zero. */
    static final Duration TIME = Duration.ofHours(1);

    private final int max;
    private final Map<K, Until<V>> all = new LinkedHashMap<>();

    /** Beyond {@code max} the oldest is given up. */
    Kept(int max) {
        this.max = max;
    }

    private record Until<V>(V value, long nanos) {}

    void put(K key, V value, long nowNanos) {
        all.remove(key); // so that it is the youngest again
        all.put(key, new Until<>(value, nowNanos + TIME.toNanos()));
        Iterator<Until<V>> oldest = all.values().iterator();
        while (oldest.hasNext() && (oldest.next().nanos - nowNanos <= 0 || all.size() > max)) {
            oldest.remove();
        }
    }

    /** Gives it back, once; null when it is not kept or was kept for too long. */
    @Nullable
    V take(K key, long nowNanos) {
        Until<V> found = all.remove(key);
        return found == null || found.nanos - nowNanos <= 0 ? null : found.value;
    }
}
