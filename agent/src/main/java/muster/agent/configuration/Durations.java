package muster.agent.configuration;

import java.time.Duration;

/** Durations as Go writes them, because Serf's flags and files do: {@code 500ms}, {@code 1m30s}, {@code 1.5h}. */
public final class Durations {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private Durations() {}

    /** Parses what Go's {@code time.ParseDuration} accepts, without a sign. Throws {@link IllegalArgumentException} with the remedy. */
    public static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        double nanos = 0;
        int at = 0;
        while (at < text.length()) {
            int start = at;
            while (at < text.length() && isNumberPart(text.charAt(at))) {
                at++;
            }
            String number = text.substring(start, at);
            int unitStart = at;
            while (at < text.length() && !isNumberPart(text.charAt(at))) {
                at++;
            }
            nanos += number(number, text) * unitNanos(text.substring(unitStart, at), text);
        }
        if (text.isEmpty()) {
            throw wrong(text);
        }
        // What no long holds saturates: a limit on the setting then refuses it as too long.
        return Duration.ofNanos(Math.round(nanos));
    }

    /** The shortest text that {@link #parse} reads back, to the millisecond: {@code 1m30s}, {@code 250ms}, {@code 0s}. */
    public static String format(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        if (duration.toNanos() < NANOS_PER_SECOND) {
            return duration.toMillis() > 0 ? duration.toMillis() + "ms" : duration.toNanos() + "ns";
        }
        var text = new StringBuilder();
        if (duration.toHours() > 0) {
            text.append(duration.toHours()).append('h');
        }
        if (duration.toMinutesPart() > 0) {
            text.append(duration.toMinutesPart()).append('m');
        }
        if (duration.toMillisPart() > 0) {
            String fraction = Integer.toString(1000 + duration.toMillisPart()).substring(1);
            text.append(duration.toSecondsPart())
                    .append('.')
                    .append(fraction.replaceAll("0+$", ""))
                    .append('s');
        } else if (duration.toSecondsPart() > 0) {
            text.append(duration.toSecondsPart()).append('s');
        }
        return text.toString();
    }

    private static boolean isNumberPart(char c) {
        return (c >= '0' && c <= '9') || c == '.';
    }

    private static double number(String number, String text) {
        try {
            return Double.parseDouble(number);
        } catch (NumberFormatException e) {
            throw wrong(text);
        }
    }

    private static double unitNanos(String unit, String text) {
        return switch (unit) {
            case "ns" -> 1;
            case "us", "µs", "μs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "m" -> 60e9;
            case "h" -> 3600e9;
            default -> throw wrong(text);
        };
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is not a duration: write a number and a unit, like 500ms, 30s, 1m30s or 2h");
    }
}
