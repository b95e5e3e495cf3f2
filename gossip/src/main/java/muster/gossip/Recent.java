package muster.gossip;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What was heard at the last 512 Lamport times, so that each is acted on once however often it arrives. */
final class Recent<T> {
    /** Serf's buffer; peers count on it being at least this long. */
    static final int TIMES = 512;

    /** Different things with one Lamport time. Only as many as there are members can be honest ones, and few of those at once. */
    static final int AT_ONE_TIME_MAX = 256;

    /** What each thing takes besides its own bytes, roughly: here, and where it is told to who joins later. */
    private static final int BYTES_AROUND = 32;

    /**
     * All things together, in bytes. More than one user event of the greatest size at each of the 512 times; and half of
     * what a member takes in as the whole state of another, or nobody could exchange state with us any more.
     */
    static final int BYTES_MAX = 8 << 20;

    /** What became of one thing. */
    enum Verdict {
        NEW,
        SEEN,
        TOO_OLD,
        TOO_MANY
    }

    private record Slot<T>(long time, Set<T> things) {}

    private final List<@Nullable Slot<T>> slots = new ArrayList<>(Collections.nCopies(TIMES, null));
    private final ToIntFunction<T> bytesOf;
    private final Runnable forgotten;
    private int size;
    private long bytes;
    private long forgottenUpTo = -1;

    /**
     * @param bytesOf what a thing takes
     * @param forgotten runs when a time is given up before it is too old, so that what is newer fits
     */
    Recent(ToIntFunction<T> bytesOf, Runnable forgotten) {
        this.bytesOf = bytesOf;
        this.forgotten = forgotten;
    }

    /** To be asked after the clock has witnessed {@code time}; {@code now} is what it shows. */
    Verdict see(long time, T thing, long now) {
        if (time < now - TIMES || time <= forgottenUpTo) {
            return Verdict.TOO_OLD;
        }
        int index = (int) (time % TIMES);
        Slot<T> slot = slots.get(index);
        if (slot == null || slot.time() < time) {
            empty(index);
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
        bytes += taken(thing);
        while (bytes > BYTES_MAX) {
            forgetOldest();
        }
        return time <= forgottenUpTo ? Verdict.TOO_OLD : Verdict.NEW;
    }

    private int taken(T thing) {
        return bytesOf.applyAsInt(thing) + BYTES_AROUND;
    }

    private void empty(int index) {
        Slot<T> slot = slots.set(index, null);
        if (slot != null) {
            size -= slot.things().size();
            bytes -= slot.things().stream().mapToLong(this::taken).sum();
        }
    }

    /** Nothing of that time or before is taken for new again: it would be acted on twice. */
    private void forgetOldest() {
        long oldest = slots.stream()
                .filter(Objects::nonNull)
                .mapToLong(Slot::time)
                .min()
                .orElseThrow();
        empty((int) (oldest % TIMES));
        forgottenUpTo = oldest;
        forgotten.run();
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
