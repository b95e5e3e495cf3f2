package muster.templating;

import com.github.jknack.handlebars.Handlebars;
import com.github.jknack.handlebars.io.TemplateSource;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The partials that a template names, and those that they name. The library reads one when its tag is reached, so that a missing or
 * broken one in a branch that is seldom taken would be told on the day on which it is.
 */
final class Partials {
    private static final Pattern COMMENT = Pattern.compile("\\{\\{~?!--.*?--~?}}|\\{\\{~?!.*?}}", Pattern.DOTALL);

    /** Not one with a word of its own to find its name, not what an inline one or a block has been given: these are known later. */
    private static final Pattern USE = Pattern.compile("\\{\\{~?>\\s*\"?([^\\s(}~\"@]+)");

    private static final Pattern INLINE = Pattern.compile("\\{\\{~?#\\*\\s*inline\\s+\"([^\"]+)\"");

    private final Handlebars handlebars;
    private final Set<String> known = new HashSet<>();
    private final List<String> texts = new ArrayList<>();

    private Partials(Handlebars handlebars) {
        this.handlebars = handlebars;
    }

    /**
     * The texts of the template and of its partials. Throws {@link BadTemplate} with the place of the tag, or what the library
     * throws for a partial that is no template.
     */
    static List<String> compileAll(Handlebars handlebars, String name, String text) throws IOException {
        var partials = new Partials(handlebars);
        partials.compileFrom(name, text);
        return partials.texts;
    }

    private void compileFrom(String name, String source) throws IOException {
        texts.add(source);
        String text = COMMENT.matcher(source)
                .replaceAll(comment -> "\n".repeat((int)
                        comment.group().chars().filter(each -> each == '\n').count()));
        for (Matcher inline = INLINE.matcher(text); inline.find(); ) {
            known.add(inline.group(1));
        }
        for (Matcher use = USE.matcher(text); use.find(); ) {
            if (known.add(use.group(1))) {
                TemplateSource partial = sourceOf(use.group(1), name, text, use.start());
                handlebars.compile(partial);
                compileFrom(partial.filename(), partial.content(StandardCharsets.UTF_8));
            }
        }
    }

    private TemplateSource sourceOf(String partial, String name, String text, int at) throws IOException {
        try {
            return handlebars.getLoader().sourceAt(partial);
        } catch (FileNotFoundException e) {
            long line = 1
                    + text.substring(0, at).chars().filter(each -> each == '\n').count();
            throw new BadTemplate(
                    name + ":" + line + ": there is no partial " + Origin.printable(partial) + ": " + e.getMessage());
        }
    }
}
