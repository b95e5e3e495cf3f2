package muster.templating.target;

import java.time.Duration;
import java.util.SortedMap;

/** Who runs commands. */
@FunctionalInterface
public interface Commands {
    /**
     * Runs a line by {@code /bin/sh} and waits for its end; when the time is over it is killed with all that it started.
     *
     * @param variables added to its environment
     */
    Result run(String line, SortedMap<String, String> variables, Duration atMost) throws InterruptedException;

    /**
     * How it ended.
     *
     * @param ok with status 0
     * @param words how it ended, and the last of what it said: a sentence or several lines, not for a terminal as they are
     */
    record Result(boolean ok, String words) {}
}
