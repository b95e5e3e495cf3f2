package muster.gossip;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Members in shuffled order, each once per round: so nobody waits longer than two rounds for its turn, which plain
 * random choice cannot promise.
 */
final class Rotation {
    private final List<Row> rows = new ArrayList<>();
    private final RandomGenerator random;
    private final Runnable atWrap;
    private final int keepOrderUpTo;
    private int next;

    /**
     * {@code atWrap} runs between two rounds: the moment to take rows out. With at most {@code keepOrderUpTo} rows the order
     * stays from round to round, so that any run of as many choices meets each row once.
     */
    Rotation(RandomGenerator random, int keepOrderUpTo, Runnable atWrap) {
        this.random = random;
        this.keepOrderUpTo = keepOrderUpTo;
        this.atWrap = atWrap;
    }

    /** Puts the row at a random place in what is left of this round. */
    void add(Row row) {
        rows.add(row);
        int last = rows.size() - 1;
        swap(next + random.nextInt(rows.size() - next), last);
    }

    void remove(Predicate<Row> unwanted) {
        int kept = 0;
        int cursor = next;
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            if (unwanted.test(row)) {
                cursor -= i < next ? 1 : 0;
            } else {
                rows.set(kept++, row);
            }
        }
        rows.subList(kept, rows.size()).clear();
        next = cursor;
    }

    /** The next row that is wanted; null when there is none. */
    @Nullable
    Row next(Predicate<Row> wanted) {
        // Twice the size: the shuffle in the middle may put the only wanted row behind what is left of one round.
        for (int left = 2 * rows.size(); left > 0; left--) {
            if (next >= rows.size()) {
                wrap();
            }
            if (rows.isEmpty()) {
                return null;
            }
            Row row = rows.get(next++);
            if (wanted.test(row)) {
                return row;
            }
        }
        return null;
    }

    /** Up to {@code count} wanted rows, found from a random place on; the order is shuffled already. */
    List<Row> some(int count, Predicate<Row> wanted) {
        List<Row> found = new ArrayList<>(count);
        int size = rows.size();
        int start = size == 0 ? 0 : random.nextInt(size);
        for (int i = 0; i < size && found.size() < count; i++) {
            Row row = rows.get((start + i) % size);
            if (wanted.test(row)) {
                found.add(row);
            }
        }
        return found;
    }

    int size() {
        return rows.size();
    }

    private void wrap() {
        next = 0;
        atWrap.run();
        if (rows.size() <= keepOrderUpTo) {
            return;
        }
        for (int i = rows.size() - 1; i > 0; i--) {
            swap(i, random.nextInt(i + 1));
        }
    }

    private void swap(int a, int b) {
        Row row = rows.get(a);
        rows.set(a, rows.get(b));
        rows.set(b, row);
    }
}
