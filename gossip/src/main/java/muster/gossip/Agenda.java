package muster.gossip;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done later, by time and then by the order in which it was planned, so that a run repeats exactly. The
 * one deadline that the shell sees is {@link #next}.
 */
final class Agenda {
    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long planned;

    /** One thing to do. Cancelled entries stay in the heap until their time, empty. */
    static final class Entry implements Comparable<Entry> {
        private final long at;
        private final long order;
        private @Nullable Runnable action;

        private Entry(long at, long order, Runnable action) {
            this.at = at;
            this.order = order;
            this.action = action;
        }

        void cancel() {
            action = null;
        }

        boolean pending() {
            return action != null;
        }

        long at() {
            return at;
        }

        @Override
        public int compareTo(Entry other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    Entry at(long nanos, Runnable action) {
        var entry = new Entry(nanos, planned++, action);
        entries.add(entry);
        return entry;
    }

    /** When the next thing is due; {@link Long#MAX_VALUE} when nothing is. */
    long next() {
        for (Entry head = entries.peek(); head != null; head = entries.peek()) {
            if (head.pending()) {
                return head.at;
            }
            entries.remove();
        }
        return Long.MAX_VALUE;
    }

    /** Does all that is due at {@code now}, what it plans for now included. */
    void run(long now) {
        while (next() <= now) {
            Runnable action = entries.remove().action;
            if (action != null) {
                action.run();
            }
        }
    }

    void clear() {
        entries.clear();
    }

    int size() {
        return entries.size();
    }
}
