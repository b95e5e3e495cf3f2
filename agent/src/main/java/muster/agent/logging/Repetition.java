package muster.agent.logging;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets the first lines of a kind through and counts the others: who can send us bad packets must not be able to fill a disk
 * with our complaints, nor to hide other complaints among them. Not thread-safe; time is an argument.
 */
final class Repetition {
    /** Lines of one kind in one window; more of them say nothing new. */
    static final int LINES_MAX = 20;

    static final long WINDOW_NANOS = 10_000_000_000L;

    /** A program has some dozens; those beyond share one. */
    private static final int KINDS_MAX = 256;

    /** Lines that begin alike are of a kind: what a stranger may choose comes behind that. */
    private static final int KIND_LENGTH = 32;

    private static final String OTHER_KINDS = "other lines";

    private static final class Window {
        final long endNanos;
        int lines;

        Window(long endNanos) {
            this.endNanos = endNanos;
        }

        int leftOut() {
            return Math.max(0, lines - LINES_MAX);
        }
    }

    private final Map<String, Window> windows = new LinkedHashMap<>();

    /** Whether this line is to be written; if not it is counted. */
    boolean admits(String text, long nowNanos) {
        String kind = text.substring(0, Math.min(text.length(), KIND_LENGTH));
        if (!windows.containsKey(kind) && windows.size() >= KINDS_MAX) {
            kind = OTHER_KINDS;
        }
        return ++windows.computeIfAbsent(kind, _ -> new Window(nowNanos + WINDOW_NANOS)).lines <= LINES_MAX;
    }

    /** What windows that are over have to say of the lines they left out; they are forgotten. */
    List<String> ended(long nowNanos) {
        var said = new ArrayList<String>();
        windows.entrySet().removeIf(each -> {
            boolean over = nowNanos - each.getValue().endNanos >= 0;
            if (over && each.getValue().leftOut() > 0) {
                said.add(each.getValue().leftOut() + " more lines were left out in " + WINDOW_NANOS / 1_000_000_000
                        + " s that begin: " + each.getKey());
            }
            return over;
        });
        return said;
    }

    /** How long until a window that left lines out is over; Long.MAX_VALUE when there is none. */
    long nanosToNextEnd(long nowNanos) {
        return windows.values().stream()
                .filter(window -> window.leftOut() > 0)
                .mapToLong(window -> Math.max(1, window.endNanos - nowNanos))
                .min()
                .orElse(Long.MAX_VALUE);
    }
}
