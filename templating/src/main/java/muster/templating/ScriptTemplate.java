package muster.templating;

import com.github.jknack.handlebars.Context;
import com.github.jknack.handlebars.EscapingStrategy;
import com.github.jknack.handlebars.Formatter;
import com.github.jknack.handlebars.Handlebars;
import com.github.jknack.handlebars.Handlebars.SafeString;
import com.github.jknack.handlebars.HandlebarsException;
import com.github.jknack.handlebars.Helper;
import com.github.jknack.handlebars.Options;
import com.github.jknack.handlebars.ValueResolver;
import com.github.jknack.handlebars.helper.DefaultHelperRegistry;
import com.github.jknack.handlebars.helper.EachHelper;
import com.github.jknack.handlebars.helper.IfHelper;
import com.github.jknack.handlebars.helper.UnlessHelper;
import com.github.jknack.handlebars.helper.WithHelper;
import com.github.jknack.handlebars.io.StringTemplateSource;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Templates of scripts that were written for the small {@code handlebars} command of Node: values of the command line,
 * written as Handlebars for JavaScript did at its first version, which that command uses: lines with a block alone stay, with HTML's characters escaped within two braces and nothing within three.
 * The script's author is trusted with both. For files that follow the cluster there is {@link Template}.
 */
public final class ScriptTemplate {
    private static final Pattern INCLUDE = Pattern.compile("\\{[#&~]?\\s*include\\s+(?:\"([^\"]*)\"|'([^']*)')");

    private final Handlebars handlebars;
    private final Folder folder;
    private final Object values;
    private Set<String> named = Set.of(); // files that the author of what is rendered now wrote down

    private ScriptTemplate(Object values, Path folder) {
        var registry = new DefaultHelperRegistry();
        registry.helpers().clear();
        registry.registerHelper("if", IfHelper.INSTANCE);
        registry.registerHelper("unless", UnlessHelper.INSTANCE);
        registry.registerHelper("with", WithHelper.INSTANCE);
        registry.registerHelper("each", EachHelper.INSTANCE);
        registry.registerHelper("include", (Helper<@Nullable Object>) this::include);
        registry.registerHelperMissing(ScriptTemplate::missing);
        this.values = values;
        this.folder = new Folder(folder);
        this.handlebars = new Handlebars(this.folder)
                .with(registry)
                .with(EscapingStrategy.HBS3)
                .with((Formatter) (value, _) -> value instanceof SafeString ? value : text(value))
                .parentScopeResolution(false);
    }

    /**
     * Renders once.
     *
     * @param values maps, lists, texts, numbers and booleans
     * @param folder of partials, and of files whose names are values: nodes may have said these, so they do not lead out of it. What the
     *     author of a template wrote down for {@code include} is read wherever it is
     * @throws BadTemplate with the place
     */
    public static String render(String template, Map<String, Object> values, Path folder) {
        return new ScriptTemplate(values, folder).apply("standard input", template, values, true);
    }

    /** @param isAuthors neither found by a value nor within what was */
    private String apply(String name, String template, Object context, boolean isAuthors) {
        Set<String> outside = named;
        named = isAuthors
                ? INCLUDE.matcher(template)
                        .results()
                        .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
                        .collect(Collectors.toSet())
                : Set.of();
        try {
            return handlebars
                    .compile(new StringTemplateSource(name, template))
                    .apply(Context.newBuilder(context).resolver(new Names()).build());
        } catch (HandlebarsException e) {
            Throwable cause = e.getCause();
            throw new BadTemplate(
                    cause instanceof BadTemplate known
                            ? String.valueOf(known.getMessage())
                            : String.valueOf(e.getMessage()).strip());
        } catch (IOException e) {
            throw new BadTemplate(String.valueOf(e.getMessage()));
        } finally {
            named = outside;
        }
    }

    /**
     * The named file as a template, over the given value, or over all where that is nothing. Without one the original gives it its own
     * options, of which {@code hash.NAME} is a value that stands in the tag.
     */
    private Object include(@Nullable Object file, Options options) {
        String name = String.valueOf(file);
        boolean isNamed = named.contains(name);
        Object context = options.params.length == 0 ? Map.of("hash", options.hash) : options.param(0, null);
        String text;
        try {
            text = isNamed ? folder.textAnywhere(name) : folder.text(name);
        } catch (IOException e) {
            throw new BadTemplate("include: " + e.getMessage());
        }
        return apply(name, text, context == null ? values : context, isNamed);
    }

    private static Object missing(Object context, Options options) {
        if (options.params.length > 0) {
            throw new BadTemplate("there is no helper called " + options.helperName);
        }
        return "";
    }

    /** As JavaScript makes a text of it: false and null are nothing in a template. */
    private static String text(Object value) {
        return switch (value) {
            case Boolean flag -> flag ? "true" : "";
            case List<?> list ->
                list.stream().map(item -> item == null ? "" : inList(item)).collect(Collectors.joining(","));
            case Map<?, ?> _ -> "[object Object]";
            case Number number -> number(number);
            default -> value.toString();
        };
    }

    private static String inList(Object item) {
        return item instanceof Boolean flag ? flag.toString() : text(item);
    }

    private static String number(Number number) {
        String plain = new BigDecimal(number.toString()).toPlainString();
        return plain.indexOf('.') < 0 ? plain : plain.replaceFirst("\\.?0+$", "");
    }

    private static final class Names implements ValueResolver {
        @Override
        public Object resolve(Object context, String name) {
            Object value = switch (context) {
                case Map<?, ?> map -> map.get(name);
                case List<?> list -> name.equals("length") ? list.size() : null;
                default -> null;
            };
            return value == null ? UNRESOLVED : value;
        }

        @Override
        public Object resolve(Object context) {
            return context instanceof Map<?, ?> ? context : UNRESOLVED;
        }

        @Override
        public Set<Map.Entry<String, Object>> propertySet(Object context) {
            var all = new LinkedHashMap<String, Object>();
            if (context instanceof Map<?, ?> map) {
                map.forEach((key, value) -> all.put(String.valueOf(key), value == null ? "" : value));
            }
            return all.entrySet();
        }
    }
}
