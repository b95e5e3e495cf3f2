package muster.demo;

import java.time.Duration;
import java.util.Locale;

/** Figures as a person reads them. */
final class Text {
    private Text() {}

    /** {@code 0.8 ms}, {@code 31 ms}, {@code 1.23 s}, {@code 12.3 s}. */
    static String duration(Duration duration) {
        double millis = duration.toNanos() / 1e6;
        if (millis < 9.95) {
            return String.format(Locale.ROOT, "%.1f ms", millis);
        }
        if (millis < 999.5) {
            return String.format(Locale.ROOT, "%.0f ms", millis);
        }
        return String.format(Locale.ROOT, millis < 9_995 ? "%.2f s" : "%.1f s", millis / 1_000);
    }

    static String micros(long micros) {
        return duration(Duration.ofNanos(micros * 1_000));
    }

    /** {@code 12,345}. */
    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** {@code 1 request}, {@code 2 requests}. */
    static String count(long count, String noun) {
        return count(count) + " " + noun + (count == 1 ? "" : "s");
    }
}
