package muster.templating;

import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Named values of a model, in their order. Immutable once handed out.
 *
 * <p>Of a closed one, every name is known: one that is not there is a mistake in the template. In an open one (tags,
 * services by name) a name may be there or not.
 */
final class Facts implements Iterable<Map.Entry<CharSequence, Object>> {
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final boolean open;

    /** A key as whoever chose it, and its value. */
    private record Entry(CharSequence key, Object value) implements Map.Entry<CharSequence, Object> {
        @Override
        public CharSequence getKey() {
            return key;
        }

        @Override
        public Object getValue() {
            return value;
        }

        @Override
        public Object setValue(Object other) {
            throw new UnsupportedOperationException();
        }
    }

    private Facts(boolean open) {
        this.open = open;
    }

    static Facts open() {
        return new Facts(true);
    }

    static Facts closed() {
        return new Facts(false);
    }

    /** {@code key} is a {@link Foreign} when a node chose it. */
    Facts with(CharSequence key, Object value) {
        entries.put(key.toString(), new Entry(key, value));
        return this;
    }

    @Nullable
    Object get(String key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.value();
    }

    boolean isOpen() {
        return open;
    }

    int size() {
        return entries.size();
    }

    @Override
    public Iterator<Map.Entry<CharSequence, Object>> iterator() {
        return Collections.<Map.Entry<CharSequence, Object>>unmodifiableCollection(entries.values())
                .iterator();
    }
}
