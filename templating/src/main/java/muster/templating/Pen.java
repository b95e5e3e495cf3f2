package muster.templating;

import com.github.jknack.handlebars.Formatter;
import com.github.jknack.handlebars.Handlebars.SafeString;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes every value of a template, also those within three braces: what a node said by the rules of the syntax, what
 * the template's author wrote as it is. A node's value that cannot be written is remembered, with nothing in its place;
 * the whole text is then thrown away.
 *
 * <p>Threads: one rendering at a time.
 */
final class Pen implements Formatter {
    private final Syntax syntax;
    private final SortedMap<String, String> refusedByNode = new TreeMap<>();

    Pen(Syntax syntax) {
        this.syntax = syntax;
    }

    Syntax syntax() {
        return syntax;
    }

    @Override
    public Object format(Object value, Chain next) {
        return new SafeString(bare(value));
    }

    /** In the middle of a token. */
    String bare(Object value) {
        return switch (value) {
            case Foreign foreign -> accepted(foreign, syntax.bare(foreign.text()));
            case SafeString written -> written.toString();
            case CharSequence own -> own.toString();
            case Number number -> number.toString();
            case Boolean flag -> flag.toString();
            case Facts _ -> throw new BadTemplate("that is a group of values, not one value; name one in it");
            case Collection<?> _ ->
                throw new BadTemplate("that is a list, not a value; go through it with {{#each …}}");
            default -> throw new BadTemplate("no value of a model: " + value.getClass());
        };
    }

    /** A token of its own. */
    String quoted(Object value) {
        return value instanceof Foreign foreign
                ? accepted(foreign, syntax.quoted(foreign.text()))
                : own(syntax.quoted(bare(value)));
    }

    /** Letters, digits and a few marks: the same in every syntax. */
    String word(Object value) {
        return value instanceof Foreign foreign
                ? accepted(foreign, Syntax.PLAIN.bare(foreign.text()))
                : own(Syntax.PLAIN.bare(bare(value)));
    }

    /** Begins anew, for another pass over a model. */
    void clear() {
        refusedByNode.clear();
    }

    /** By node, a sentence on its first value that could not be written. */
    SortedMap<String, String> refusedByNode() {
        return new TreeMap<>(refusedByNode);
    }

    private String accepted(Foreign foreign, @Nullable String written) {
        if (written != null && foreign.writable()) {
            return written;
        }
        String remainder = " is \"" + Origin.printable(foreign.text())
                + "\", which cannot be written here as one value of " + syntax;
        Origin origin = foreign.origin();
        if (origin.nodes().isEmpty()) {
            throw new BadTemplate(origin.what() + remainder);
        }
        origin.nodes().forEach(node -> refusedByNode.putIfAbsent(node, origin.of(node) + remainder));
        return "";
    }

    private String own(@Nullable String written) {
        if (written == null) {
            throw new BadTemplate("a text of the template itself cannot be written here as one value of " + syntax);
        }
        return written;
    }
}
