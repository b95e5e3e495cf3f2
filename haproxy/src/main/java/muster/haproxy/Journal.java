package muster.haproxy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a driver says and counts. Threads: the driver's, but {@link #counters} any. */
final class Journal {
    /** In HAProxy's words, and other ones each time. */
    private static final Pattern PIDS = Pattern.compile("\\(\\d+\\)");

    /** Of what HAProxy said when something went wrong. */
    private static final int WORDS_MAX = 8;

    private final Voice voice;
    private final Program program;
    private final SortedMap<String, LongAdder> counters = new ConcurrentSkipListMap<>();
    private String lastWarning = "";

    Journal(Voice voice, Program program) {
        this.voice = voice;
        this.program = program;
    }

    void info(String sentence) {
        voice.info(sentence);
    }

    /** Something that is told each time. */
    void warnOf(String sentence) {
        voice.warn(sentence);
    }

    /** The same again and again is told once, until {@link #wentWell}. */
    void warn(@Nullable String words) {
        String sentence = String.valueOf(words);
        String withoutPids = PIDS.matcher(sentence).replaceAll("");
        if (!withoutPids.equals(lastWarning)) {
            lastWarning = withoutPids;
            voice.warn(sentence);
        }
    }

    /** What was warned of is over: the next time it is told again. */
    void wentWell() {
        lastWarning = "";
    }

    /** The checks of HAProxy found this server dead. */
    void down(RunningServers.Server server) {
        voice.down(server.host(), server.port());
    }

    /** The last that HAProxy said, on lines of their own; "" if it said nothing. */
    String itsWords() {
        var lines = new ArrayList<>(program.lastWords(WORDS_MAX));
        return lines.isEmpty() ? "" : "\n" + String.join("\n", lines);
    }

    void count(String name) {
        count(name, 1);
    }

    void count(String name, long more) {
        counters.computeIfAbsent(name, _ -> new LongAdder()).add(more);
    }

    /** By name. */
    SortedMap<String, Long> counters() {
        var counted = new TreeMap<String, Long>();
        counters.forEach((name, count) -> counted.put(name, count.sum()));
        return Collections.unmodifiableSortedMap(counted);
    }
}
