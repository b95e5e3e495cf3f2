package muster.agent.configuration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import muster.supervisor.Limit;
import muster.supervisor.Resource;

/**
 * How the text of a setting becomes a value.
 *
 * @param valueName what help shows for the value, like DURATION; empty for switches
 * @param shape what a file may hold for it
 * @param parse from one written value; throws {@link IllegalArgumentException} with the remedy
 * @param merge from a lower-ranking and a higher-ranking value
 */
public record Kind<T>(String valueName, Shape shape, Function<String, T> parse, BinaryOperator<T> merge) {

    /** What a file may hold: one value, a list of them, or a map (each entry then reads as {@code key=value}). */
    public enum Shape {
        SWITCH,
        SCALAR,
        LIST,
        MAP,
        /** A list that is one value, or a text. */
        WORDS
    }

    private static final int LENGTH_MAX = 4_096; // PATH_MAX, the longest value that makes sense

    /** A hundred years: for ever to an operator, and a few of them still fit into a long of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private static final String WORD_END = "\0";

    public static final Kind<Boolean> SWITCH = new Kind<>("", Shape.SWITCH, Kind::flag, Kind::higher);
    /** From none at all to {@link #LONGEST}. */
    public static final Kind<Duration> DURATION = durationFrom(Duration.ZERO);

    public static final Kind<Endpoint> ADDRESS = new Kind<>("HOST:PORT", Shape.SCALAR, Endpoint::parse, Kind::higher);
    public static final Kind<SortedMap<String, String>> TAGS = new Kind<>(
            "KEY=VALUE", Shape.MAP, text -> pair(text, "a tag: write KEY=VALUE, like role=backend"), Kind::union);
    public static final Kind<SortedMap<String, String>> VARIABLES = new Kind<>(
            "NAME=VALUE", Shape.MAP, text -> pair(text, "a variable: write NAME=VALUE, like PORT=3000"), Kind::union);

    /** Any text, shown in help as {@code valueName}. */
    public static Kind<String> text(String valueName) {
        return new Kind<>(valueName, Shape.SCALAR, text -> text, Kind::higher);
    }

    /** Text that {@code check} lets pass; it throws {@link IllegalArgumentException} with the remedy. */
    public static Kind<String> text(String valueName, Consumer<String> check) {
        return new Kind<>(
                valueName,
                Shape.SCALAR,
                text -> {
                    check.accept(text);
                    return text;
                },
                Kind::higher);
    }

    /** Text of this form, which {@code form} describes for the message. */
    public static Kind<String> matching(String valueName, String pattern, String form) {
        Pattern compiled = Pattern.compile(pattern);
        return text(valueName, text -> {
            if (!compiled.matcher(text).matches()) {
                throw new IllegalArgumentException("'" + text + "' must be " + form);
            }
        });
    }

    /**
     * A command: in a file a list of words, or one text, which the shell runs; as a flag that text. A
     * higher rank replaces a lower one.
     */
    public static Kind<List<String>> words() {
        return new Kind<>("COMMAND", Shape.WORDS, Kind::command, Kind::higher);
    }

    /** Several words as one text, for a kind of {@link Shape#WORDS}. No word that a system takes holds this character. */
    static String ofWords(List<String> words) {
        return words.stream().map(word -> word + WORD_END).collect(Collectors.joining());
    }

    private static List<String> command(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("a command must not be empty");
        }
        if (text.endsWith(WORD_END)) {
            return List.of(text.substring(0, text.length() - 1).split(WORD_END, -1));
        }
        return List.of("/bin/sh", "-c", text, "sh"); // further arguments are $1 and so on
    }

    /** Limits of resources by name: {@code nofile=1024}, {@code core=0:unlimited}. */
    public static Kind<SortedMap<Resource, Limit>> limits() {
        return new Kind<>("NAME=LIMIT", Shape.MAP, Kind::limit, ServiceSchema::union);
    }

    /** A whole number within the range, both ends included. */
    public static Kind<Integer> number(int least, int most) {
        return new Kind<>("NUMBER", Shape.SCALAR, text -> number(text, least, most), Kind::higher);
    }

    /** A time of at least {@code least}, however long. */
    public static Kind<Duration> durationFrom(Duration least) {
        return durationWithin(least, LONGEST);
    }

    /** A time of at least {@code least} and at most {@code most}. */
    public static Kind<Duration> durationWithin(Duration least, Duration most) {
        return new Kind<>("DURATION", Shape.SCALAR, text -> durationWithin(text, least, most), Kind::higher);
    }

    /** Bytes within the range, both ends included; k, m and g stand for 1024, its square and its cube. */
    public static Kind<Long> bytes(long least, long most) {
        return new Kind<>("BYTES", Shape.SCALAR, text -> bytes(text, least, most), Kind::higher);
    }

    /** One of these words, which are in lower case; may be written in upper case too. */
    public static Kind<String> oneOf(String... words) {
        return new Kind<>(String.join("|", words), Shape.SCALAR, text -> word(text, List.of(words)), Kind::higher);
    }

    /** May be given many times, and each time with several values separated by commas. Values of all ranks add up. */
    public static Kind<List<String>> commaList(String valueName) {
        return new Kind<>(valueName, Shape.LIST, Kind::split, Kind::concat);
    }

    /** As {@link #commaList(String)}, of values that are more than text. */
    public static <E> Kind<List<E>> commaList(String valueName, Function<String, E> parse) {
        return new Kind<>(
                valueName, Shape.LIST, text -> split(text).stream().map(parse).toList(), Kind::concat);
    }

    /** May be given many times, one value each time. Values of all ranks add up. */
    public static <E> Kind<List<E>> listOf(String valueName, Function<String, E> parse) {
        return new Kind<>(valueName, Shape.LIST, text -> List.of(parse.apply(text)), Kind::concat);
    }

    /**
     * No single value has a use for what breaks lines and screens; a secret that was read from a file often ends with a
     * line break. Throws {@link IllegalArgumentException} with the remedy, and without the value: messages end in logs.
     */
    static void checkPlain(String text) {
        if (text.length() > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "a value of " + text.length() + " characters; the longest is " + LENGTH_MAX + ", that of a path");
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw new IllegalArgumentException("a value with a control character (0x%02x) at position %d; remove it"
                        .formatted((int) text.charAt(i), i + 1));
            }
        }
    }

    private static <T> T higher(T lower, T higher) {
        return higher;
    }

    private static boolean flag(String text) {
        // The words of Go's strconv.ParseBool.
        return switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
        };
    }

    private static int number(String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // falls through to the one message
        }
        throw new IllegalArgumentException("'" + text + "' must be a whole number from " + least + " to " + most);
    }

    private static Duration durationWithin(String text, Duration least, Duration most) {
        Duration parsed = Durations.parse(text);
        if (parsed.compareTo(least) < 0 || parsed.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' must be a time from " + Durations.format(least) + " to " + Durations.format(most));
        }
        return parsed;
    }

    private static long bytes(String text, long least, long most) {
        int digits = 0;
        while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
            digits++;
        }
        int shift = switch (text.substring(digits)) {
            case "" -> 0;
            case "k", "K" -> 10;
            case "m", "M" -> 20;
            case "g", "G" -> 30;
            default -> -1;
        };
        try {
            long number = Long.parseLong(text.substring(0, digits));
            if (shift >= 0 && number <= most >> shift && number << shift >= least) {
                return number << shift;
            }
        } catch (NumberFormatException e) {
            // falls through to the one message
        }
        throw new IllegalArgumentException(
                "'" + text + "' must be a number of bytes from " + least + " to " + most + ", like 65536, 64k or 10m");
    }

    private static String word(String text, List<String> words) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!words.contains(lower)) {
            throw new IllegalArgumentException("'" + text + "' must be one of " + String.join(", ", words));
        }
        return lower;
    }

    private static SortedMap<Resource, Limit> limit(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        for (Resource resource : Resource.values()) {
            if (resource.name().equalsIgnoreCase(name) && equals > 0) {
                String[] parts = text.substring(equals + 1).split(":", -1);
                long soft = amount(text, parts[0]);
                long hard = parts.length == 1 ? soft : amount(text, parts[1]);
                if (parts.length <= 2) {
                    return new TreeMap<>(Map.of(resource, new Limit(soft, hard)));
                }
            }
        }
        throw new IllegalArgumentException("'" + text + "' must be NAME=LIMIT or NAME=SOFT:HARD with a name of "
                + Arrays.toString(Resource.values()).toLowerCase(Locale.ROOT));
    }

    private static long amount(String text, String word) {
        if (word.equals("unlimited")) {
            return Limit.UNLIMITED;
        }
        try {
            return bytes(word, 0, Long.MAX_VALUE >> 1);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "': '" + word + "' must be a number, or unlimited", e);
        }
    }

    private static SortedMap<String, String> pair(String text, String expected) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException("'" + text + "' is not " + expected);
        }
        var map = new TreeMap<String, String>();
        map.put(text.substring(0, equals), text.substring(equals + 1));
        return Collections.unmodifiableSortedMap(map);
    }

    private static SortedMap<String, String> union(SortedMap<String, String> lower, SortedMap<String, String> higher) {
        var all = new TreeMap<>(lower);
        all.putAll(higher);
        return Collections.unmodifiableSortedMap(all);
    }

    private static List<String> split(String text) {
        var parts = new ArrayList<String>();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                checkPlain(part.strip());
                parts.add(part.strip());
            }
        }
        return List.copyOf(parts);
    }

    private static <E> List<E> concat(List<E> lower, List<E> higher) {
        var all = new ArrayList<>(lower);
        all.addAll(higher);
        return List.copyOf(all);
    }
}
