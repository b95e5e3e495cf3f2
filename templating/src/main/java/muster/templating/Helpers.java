package muster.templating;

import com.github.jknack.handlebars.Context;
import com.github.jknack.handlebars.Handlebars.SafeString;
import com.github.jknack.handlebars.Helper;
import com.github.jknack.handlebars.HelperRegistry;
import com.github.jknack.handlebars.Options;
import com.github.jknack.handlebars.helper.DefaultHelperRegistry;
import com.github.jknack.handlebars.helper.IfHelper;
import com.github.jknack.handlebars.helper.UnlessHelper;
import com.github.jknack.handlebars.helper.WithHelper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The words a template may use; each one is a row in docs/reference/templates.md. */
final class Helpers {
    /** A configuration of 10,000 backends has two million; loops within loops are cut off before the memory ends. */
    static final int TEXT_CHARS_MAX = 64 << 20;

    private final Pen pen;
    private final Names names;
    private final Loops loops;
    private final Map<String, String> environment;

    private Helpers(Pen pen, Names names, Loops loops, Map<String, String> environment) {
        this.pen = pen;
        this.names = names;
        this.loops = loops;
        this.environment = environment;
    }

    static HelperRegistry registry(Pen pen, Names names, Loops loops, Map<String, String> environment) {
        var registry = new DefaultHelperRegistry();
        // Not one of the library's but these: others read class paths and bundles, and write past the pen.
        registry.helpers().clear();
        new Helpers(pen, names, loops, environment).enter(registry);
        return registry;
    }

    private void enter(HelperRegistry registry) {
        registry.registerHelper("if", IfHelper.INSTANCE);
        registry.registerHelper("unless", UnlessHelper.INSTANCE);
        registry.registerHelper("with", WithHelper.INSTANCE);
        registry.registerHelper("each", (list, options) -> each(block(options), list));
        registry.registerHelper("eachByTag", (list, options) -> eachByTag(block(options), list));
        registry.registerHelperMissing((_, options) -> missing(options));

        value(registry, "where", (list, options) -> where(list, options, true));
        value(registry, "without", (list, options) -> where(list, options, false));
        value(registry, "sort", this::sort);
        value(
                registry,
                "group",
                (list, options) -> group(list(list, options), word(options, 0, "a path, like \"tags.zone\"")));
        value(registry, "take", (list, options) -> take(list(list, options), number(options, 0)));
        value(registry, "count", (list, options) -> size(list, options));
        value(registry, "join", this::join);
        value(registry, "lookup", (map, options) -> read(map, word(options, 0, "a name")));

        value(registry, "default", (value, options) -> isNothing(value) ? options.param(0, "") : value);
        value(registry, "env", this::env);
        value(registry, "json", this::json);
        value(registry, "quote", (value, _) -> value == null ? "" : new SafeString(pen.quoted(value)));
        value(registry, "word", (value, _) -> value == null ? "" : new SafeString(pen.word(value)));
        value(registry, "upper", (value, _) -> changed(value, text -> text.toUpperCase(Locale.ROOT)));
        value(registry, "lower", (value, _) -> changed(value, text -> text.toLowerCase(Locale.ROOT)));
        value(
                registry,
                "replace",
                (value, options) -> changed(
                        value, text -> text.replace(word(options, 0, "what to replace"), word(options, 1, "what by"))));
        value(registry, "min", (value, options) -> Math.min(number(value, options), number(options, 0)));
        value(registry, "max", (value, options) -> Math.max(number(value, options), number(options, 0)));

        value(registry, "eq", (value, options) -> same(value, options.param(0, null)));
        value(registry, "ne", (value, options) -> !same(value, options.param(0, null)));
        value(registry, "lt", (value, options) -> order(value, options.param(0, null)) < 0);
        value(registry, "gt", (value, options) -> order(value, options.param(0, null)) > 0);
        value(registry, "not", (value, options) -> options.isFalsy(value));
        value(registry, "and", (value, options) -> all(value, options).noneMatch(options::isFalsy));
        value(registry, "or", (value, options) -> !all(value, options).allMatch(options::isFalsy));
    }

    /** What a helper gives; null is nothing. */
    private interface Value {
        @Nullable
        Object of(@Nullable Object first, Options options) throws IOException;
    }

    /** As a block its result would be written past the pen. */
    private static void value(HelperRegistry registry, String name, Value value) {
        registry.registerHelper(name, (Helper<@Nullable Object>) (first, options) -> {
            if (!options.tagType.inline()) {
                throw new BadTemplate(name + " gives a value and is no block: write {{" + name + " …}}");
            }
            boolean none = options.data(Context.PARAM_SIZE) instanceof Integer size && size == 0;
            if (none) {
                throw new BadTemplate(name + " needs a value: {{" + name + " VALUE …}}");
            }
            return value.of(first, options);
        });
    }

    private static Options block(Options options) {
        if (options.tagType.inline()) {
            throw new BadTemplate(options.helperName + " is a block: write {{#" + options.helperName + " …}} … {{/"
                    + options.helperName + "}}");
        }
        return options;
    }

    private Object each(Options options, @Nullable Object over) throws IOException {
        loops.over(over, options.context);
        Collection<Map.Entry<Object, Object>> entries = entries(over, options);
        if (entries.isEmpty()) {
            return options.inverse();
        }
        var text = new StringBuilder();
        int index = 0;
        for (Map.Entry<Object, Object> entry : entries) {
            boolean last = index == entries.size() - 1;
            Context context = Context.newContext(options.context, entry.getValue())
                    .combine("@key", entry.getKey())
                    .combine("@index", index)
                    .combine("@first", index == 0)
                    .combine("@last", last);
            text.append(options.apply(options.fn, context, Arrays.asList(entry.getValue(), entry.getKey())));
            if (text.length() > TEXT_CHARS_MAX) {
                throw new BadTemplate("more than " + TEXT_CHARS_MAX + " characters; is a loop too much in there?");
            }
            index++;
        }
        return text;
    }

    private Object eachByTag(Options options, @Nullable Object list) throws IOException {
        return each(options, group(list(list, options), "tags." + word(options, 0, "the name of a tag")));
    }

    private Collection<Map.Entry<Object, Object>> entries(@Nullable Object over, Options options) {
        var entries = new ArrayList<Map.Entry<Object, Object>>();
        switch (over) {
            case null -> refuseUnknown(options);
            case Facts facts -> facts.forEach(entry -> entries.add(Map.entry(entry.getKey(), entry.getValue())));
            case Iterable<?> list -> {
                for (Object item : list) {
                    entries.add(Map.entry(entries.size(), item));
                }
            }
            default -> throw notAList(options);
        }
        return entries;
    }

    /** A name that nothing has, where names are free to be there or not. */
    private static Object missing(Options options) {
        boolean called = options.data(Context.PARAM_SIZE) instanceof Integer size && size > 0;
        if (called) {
            throw new BadTemplate("there is no helper called " + options.helperName);
        }
        boolean path = options.helperName.chars().anyMatch(c -> c == '.' || c == '/' || c == '@' || c == '[');
        if (!path && options.context.model() instanceof Facts facts && !facts.isOpen()) {
            throw new BadTemplate("there is no value called " + options.helperName + " here");
        }
        return options.tagType.inline() ? "" : ignored(options);
    }

    private static Object ignored(Options options) {
        try {
            return options.inverse();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private List<Object> where(@Nullable Object list, Options options, boolean wanted) {
        if (options.params.length == 0) {
            throw new BadTemplate(options.helperName + " needs a path: (" + options.helperName
                    + " addresses \"tags.zone\" \"eu\"), or without a value for those where it is there");
        }
        return list(list, options).stream()
                .filter(item -> fits(item, options) == wanted)
                .toList();
    }

    private static boolean fits(Object item, Options options) {
        for (int i = 0; i < options.params.length; i += 2) {
            Object value = read(item, word(options, i, "a path"));
            boolean fits = i + 1 < options.params.length ? same(value, options.params[i + 1]) : !options.isFalsy(value);
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private List<Object> sort(@Nullable Object list, Options options) {
        String path = options.params.length == 0 ? "" : word(options, 0, "a path");
        var sorted = new ArrayList<>(list(list, options));
        Comparator<Object> byPath = (a, b) -> order(read(a, path), read(b, path));
        sorted.sort(Boolean.TRUE.equals(options.hash("desc")) ? byPath.reversed() : byPath);
        return sorted;
    }

    /** By the value at the path, in the order of those values; those without one first, under the empty key. */
    private static Facts group(List<Object> list, String path) {
        var groups = new TreeMap<String, Group>();
        for (Object item : list) {
            Object key = read(item, path);
            groups.computeIfAbsent(key == null ? "" : key.toString(), _ -> new Group())
                    .add(key, item);
        }
        var facts = Facts.open();
        groups.forEach((text, group) -> facts.with(group.key(text), List.copyOf(group.items)));
        return facts;
    }

    /** Those that say the same; if it cannot be written, they go together. */
    private static final class Group {
        private final List<Object> items = new ArrayList<>();
        private final List<String> nodes = new ArrayList<>();
        private @Nullable String what;

        void add(@Nullable Object key, Object item) {
            items.add(item);
            if (key instanceof Foreign foreign) {
                nodes.addAll(foreign.origin().nodes());
                what = foreign.origin().what();
            }
        }

        CharSequence key(String text) {
            return what == null ? text : new Foreign(text, new Origin(List.copyOf(nodes), what));
        }
    }

    private static List<Object> take(List<Object> list, int most) {
        return list.subList(0, Math.clamp(most, 0, list.size()));
    }

    private int size(@Nullable Object list, Options options) {
        return list instanceof Facts facts ? facts.size() : list(list, options).size();
    }

    private Object join(@Nullable Object list, Options options) {
        String path = options.params.length > 1 ? word(options, 1, "a path") : "";
        var joiner = new StringJoiner(word(options, 0, "a separator"));
        for (Object item : list(list, options)) {
            Object value = read(item, path);
            joiner.add(value == null ? "" : pen.bare(value));
        }
        return new SafeString(joiner.toString());
    }

    private Object env(@Nullable Object name, Options options) {
        String value = environment.get(String.valueOf(name));
        if (value != null) {
            return new Foreign(value, Origin.ofThisMachine("environment variable '" + name + "'"));
        }
        if (options.params.length == 0) {
            throw new BadTemplate("environment variable '" + name + "' is not set; give a value for that case: (env \""
                    + name + "\" \"…\")");
        }
        return options.params[0];
    }

    private Object json(@Nullable Object value, Options options) {
        if (pen.syntax() != Syntax.JSON && pen.syntax() != Syntax.YAML) {
            throw new BadTemplate("json writes for JSON and YAML; this destination is " + pen.syntax());
        }
        return new SafeString(value == null ? "null" : Json.of(value));
    }

    /** What a dotted path leads to, or null; the empty path is the thing itself. */
    private static @Nullable Object read(@Nullable Object from, String path) {
        Object at = from;
        int start = 0;
        while (start < path.length() && at instanceof Facts facts) {
            // The rest as it is first: names of tags have dots.
            Object whole = facts.get(path.substring(start));
            if (whole != null) {
                return whole;
            }
            int dot = path.indexOf('.', start);
            if (dot < 0) {
                return null;
            }
            at = facts.get(path.substring(start, dot));
            start = dot + 1;
        }
        return start >= path.length() ? at : null;
    }

    private static @Nullable Object changed(@Nullable Object value, UnaryOperator<String> change) {
        return switch (value) {
            case null -> null;
            case Foreign foreign -> foreign.as(change.apply(foreign.text()));
            case SafeString _ ->
                throw new BadTemplate("a value that is written already cannot be changed; quote it last");
            case CharSequence own -> change.apply(own.toString());
            default -> value;
        };
    }

    private static boolean isNothing(@Nullable Object value) {
        return value == null || (value instanceof CharSequence text && text.isEmpty());
    }

    private static boolean same(@Nullable Object a, @Nullable Object b) {
        return String.valueOf(a == null ? "" : a).equals(String.valueOf(b == null ? "" : b));
    }

    /** Numbers by value, others by their text; nothing comes first. */
    private static int order(@Nullable Object a, @Nullable Object b) {
        if (a instanceof Number x && b instanceof Number y) {
            return Double.compare(x.doubleValue(), y.doubleValue());
        }
        return String.valueOf(a == null ? "" : a).compareTo(String.valueOf(b == null ? "" : b));
    }

    private static java.util.stream.Stream<@Nullable Object> all(@Nullable Object first, Options options) {
        var all = new ArrayList<@Nullable Object>();
        all.add(first);
        Collections.addAll(all, options.params);
        return all.stream();
    }

    private List<Object> list(@Nullable Object value, Options options) {
        return switch (value) {
            case null -> {
                refuseUnknown(options);
                yield List.of();
            }
            case Collection<?> list -> List.copyOf(list);
            default -> throw notAList(options);
        };
    }

    /** A loop over a mistyped name would write a configuration without backends. */
    private void refuseUnknown(Options options) {
        if (!names.lastMissWasOpen()) {
            throw new BadTemplate(options.helperName + " needs a list, and there is none of that name here");
        }
    }

    private static BadTemplate notAList(Options options) {
        return new BadTemplate(options.helperName + " needs a list, like addresses or members");
    }

    private static String word(Options options, int index, String what) {
        if (index < options.params.length && options.params[index] instanceof CharSequence text) {
            return text.toString();
        }
        throw new BadTemplate(options.helperName + " needs " + what + " as its value number " + (index + 2));
    }

    private static int number(Options options, int index) {
        return number(index < options.params.length ? options.params[index] : null, options);
    }

    private static int number(@Nullable Object value, Options options) {
        try {
            return value instanceof Number number ? number.intValue() : Integer.parseInt(String.valueOf(value));
        } catch (NumberFormatException e) {
            throw new BadTemplate(options.helperName + " needs whole numbers");
        }
    }
}
