package muster.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** What happened so far, told in lines with the time since the start. Thread-safe. */
final class StoryLog {
    private final long startNanos = System.nanoTime();
    private final List<String> lines = new ArrayList<>();
    private final Consumer<String> listener;

    /** Each line also goes to {@code listener} as it is told. */
    StoryLog(Consumer<String> listener) {
        this.listener = listener;
    }

    synchronized void say(String text) {
        String line = clock(System.nanoTime() - startNanos) + "  " + text;
        lines.add(line);
        listener.accept(line);
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    long startNanos() {
        return startNanos;
    }

    /** Minutes and seconds: {@code 0:07}, {@code 12:30}. */
    static String clock(long nanos) {
        long seconds = Math.max(0, nanos) / 1_000_000_000L;
        return String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
    }
}
