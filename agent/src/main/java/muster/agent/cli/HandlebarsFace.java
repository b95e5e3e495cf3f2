package muster.agent.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import muster.agent.files.JsonValue;
import muster.templating.BadTemplate;
import muster.templating.ScriptTemplate;
import org.jspecify.annotations.Nullable;

/**
 * {@code muster handlebars …}, or called by the name {@code handlebars}: the small command of Node (handlebars-cmd), for
 * scripts that were written for it. The template comes from standard input, values from {@code --name value} or from a JSON file,
 * the text goes to standard output.
 */
final class HandlebarsFace {
    /** A template and its values are written by hand. */
    private static final int INPUT_BYTES_MAX = 16 << 20;

    private static final Pattern NUMBER = Pattern.compile("[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?");
    private static final Pattern HEXADECIMAL = Pattern.compile("0[xX][0-9a-fA-F]{1,13}");

    private HandlebarsFace() {}

    static int run(List<String> arguments, InputStream input, Console console) {
        try {
            byte[] template = input.readNBytes(INPUT_BYTES_MAX + 1);
            if (template.length > INPUT_BYTES_MAX) {
                throw new IOException("the template is longer than " + INPUT_BYTES_MAX + " bytes");
            }
            console.out()
                    .print(ScriptTemplate.render(
                            new String(template, StandardCharsets.UTF_8),
                            values(arguments),
                            Path.of("").toAbsolutePath()));
            return Command.OK;
        } catch (IOException | BadTemplate e) {
            console.error().print("handlebars: " + e.getMessage() + "\n");
            return Command.FAILED;
        }
    }

    private static Map<String, Object> values(List<String> arguments) {
        var words = new ArrayList<String>();
        Map<String, Object> options = options(arguments, words);
        if (!words.isEmpty()) {
            try {
                return JsonValue.parse(Files.readString(Path.of(words.getFirst()))) instanceof Map<?, ?> map
                        ? strings(map)
                        : options;
            } catch (IOException | IllegalArgumentException e) {
                return options; // the original goes on without, and does not parse the options either
            }
        }
        options.replaceAll((_, value) -> parsed(value));
        return options;
    }

    /** Each value that is JSON becomes what it says. */
    private static Object parsed(Object value) {
        if (!(value instanceof String text)) {
            return value;
        }
        try {
            Object json = JsonValue.parse(text);
            return json == null ? "" : json;
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    private static Map<String, Object> strings(Map<?, ?> map) {
        var all = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> all.put(String.valueOf(key), value == null ? "" : value));
        return all;
    }

    /** As the library of the original reads them. What is no option is added to {@code words}. */
    private static Map<String, Object> options(List<String> arguments, List<String> words) {
        var options = new LinkedHashMap<String, Object>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            @Nullable String next = i + 1 < arguments.size() ? arguments.get(i + 1) : null;
            int equals = argument.indexOf('=');
            if (argument.equals("--")) {
                words.addAll(arguments.subList(i + 1, arguments.size()));
                break;
            } else if (argument.startsWith("--") && equals > 2) {
                set(options, argument.substring(2, equals), value(argument.substring(equals + 1)));
            } else if (argument.startsWith("--no-") && argument.length() > 5) {
                set(options, argument.substring(5), false);
            } else if (argument.startsWith("-") && argument.length() > 1) {
                i += argument.startsWith("--")
                        ? option(options, argument.substring(2), next)
                        : letters(options, argument.substring(1), next);
            } else {
                words.add(argument);
            }
        }
        return options;
    }

    /**
     * {@code -abc}: switches, the last of which may have a value; what follows a mark within is the value of the letter
     * before it, with the mark. Returns how many further words it took.
     */
    private static int letters(Map<String, Object> options, String letters, @Nullable String next) {
        int last = letters.length() - 1;
        for (int j = 0; j < last; j++) {
            String letter = letters.substring(j, j + 1);
            if (j + 1 < last && !Character.isLetterOrDigit(letters.charAt(j + 1)) && letters.charAt(j + 1) != '_') {
                set(options, letter, value(letters.substring(j + 1)));
                return 0;
            }
            set(options, letter, true);
        }
        return option(options, letters.substring(last), next);
    }

    /** Takes the next word as its value, unless that is an option too. Returns how many words it took. */
    private static int option(Map<String, Object> options, String name, @Nullable String next) {
        if (next == null || next.startsWith("-")) {
            set(options, name, true);
            return 0;
        }
        set(options, name, value(next));
        return 1;
    }

    /** What JavaScript takes for a number is one, blanks too. */
    private static Object value(String text) {
        String stripped = text.strip();
        if (stripped.isEmpty()) {
            return 0L;
        }
        if (HEXADECIMAL.matcher(stripped).matches()) {
            return Long.parseLong(stripped.substring(2), 16);
        }
        return NUMBER.matcher(stripped).matches() ? (Object) Double.valueOf(stripped) : text;
    }

    /** {@code a.b} is a value within a value; one that is given twice becomes a list. */
    private static void set(Map<String, Object> options, String name, Object value) {
        Map<String, Object> at = options;
        String[] path = name.split("\\.", -1);
        for (int i = 0; i < path.length - 1; i++) {
            Object inner = at.computeIfAbsent(path[i], _ -> new LinkedHashMap<String, Object>());
            if (!(inner instanceof Map<?, ?>)) {
                return; // a value has no values within
            }
            @SuppressWarnings("unchecked") // every map in here was made here
            Map<String, Object> map = (Map<String, Object>) inner;
            at = map;
        }
        at.merge(path[path.length - 1], value, (before, more) -> {
            var list = new ArrayList<Object>();
            if (before instanceof List<?> several) {
                list.addAll(several);
            } else {
                list.add(before);
            }
            list.add(more);
            return list;
        });
    }
}
