package muster.gossip;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What was heard at the last 512 Lamport times, so that each is acted on once however often it arrives. */
final class Recent<T> {
    /** Serf's buffer; peers count on it being at least this long. */
    static final int TIMES = 512;

    /** Different things with one Lamport time. Only as many as there are members can be honest ones, and few of those at once. */
    static final int AT_ONE_TIME_MAX = 256;

    /** What became of one thing. */
    enum Verdict {
        NEW,
        SEEN,
        TOO_OLD,
        TOO_MANY
    }

    private record Slot<T>(long time, Set<T> things) {}

    private final List<@Nullable Slot<T>> slots = new ArrayList<>(Collections.nCopies(TIMES, null));
    private int size;

    /** To be asked after the clock has witnessed {@code time}; {@code now} is what it shows. */
    Verdict see(long time, T thing, long now) {
        if (time < now - TIMES) {
            return Verdict.TOO_OLD;
        }
        int index = (int) (time % TIMES);
        Slot<T> slot = slots.get(index);
        if (slot == null || slot.time() < time) {
            size -= slot == null ? 0 : slot.things().size();
            slot = new Slot<>(time, new LinkedHashSet<>());
            slots.set(index, slot);
        } else if (slot.time() > time) {
            return Verdict.TOO_OLD;
        }
        if (slot.things().contains(thing)) {
            return Verdict.SEEN;
        }
        if (slot.things().size() >= AT_ONE_TIME_MAX) {
            return Verdict.TOO_MANY;
        }
        slot.things().add(thing);
        size++;
        return Verdict.NEW;
    }

    void forEach(BiConsumer<Long, Set<T>> reader) {
        for (Slot<T> slot : slots) {
            if (slot != null) {
                reader.accept(slot.time(), slot.things());
            }
        }
    }

    int size() {
        return size;
    }
}
