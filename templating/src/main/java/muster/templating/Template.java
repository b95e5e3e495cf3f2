package muster.templating;

import com.github.jknack.handlebars.Context;
import com.github.jknack.handlebars.EscapingStrategy;
import com.github.jknack.handlebars.Handlebars;
import com.github.jknack.handlebars.HandlebarsException;
import com.github.jknack.handlebars.cache.ConcurrentMapTemplateCache;
import com.github.jknack.handlebars.io.StringTemplateSource;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A template, read and ready. Threads: any; one renders at a time. */
public final class Template {
    /** Each pass leaves out every node that the one before refused; more than two happen only to odd templates. */
    private static final int PASSES_MAX = 16;

    private final com.github.jknack.handlebars.Template compiled;
    private final Pen pen;
    private final Names names;
    private final Loops loops;
    private final List<String> texts;

    private Template(
            com.github.jknack.handlebars.Template compiled, Pen pen, Names names, Loops loops, List<String> texts) {
        this.compiled = compiled;
        this.pen = pen;
        this.names = names;
        this.loops = loops;
        this.texts = texts;
    }

    /**
     * From a file. Its partials lie in the same folder or below; they are read too.
     *
     * @param environment what {@code env} reads
     * @throws BadTemplate when it cannot be read or is none, with its place
     */
    public static Template read(Path file, Syntax syntax, Map<String, String> environment) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            String text = Folder.read(file);
            if (text.isEmpty()) { // by an editor that empties a file before it writes it
                throw new BadTemplate(file + ": is empty; is it being written?");
            }
            return compiled(file.toString(), text, folder, syntax, environment);
        } catch (NoSuchFileException e) {
            throw new BadTemplate(file + ": no such file");
        } catch (CharacterCodingException e) {
            throw new BadTemplate(file + ": is not UTF-8 text; is it the right file?");
        } catch (IOException e) {
            throw new BadTemplate(file + ": cannot be read: " + e.getMessage());
        }
    }

    /** From a text. {@code name} stands for it in messages. */
    public static Template of(String name, String text, Path folder, Syntax syntax, Map<String, String> environment) {
        try {
            return compiled(name, text, folder, syntax, environment);
        } catch (IOException e) {
            throw new BadTemplate(name + ": " + e.getMessage());
        }
    }

    private static Template compiled(
            String name, String text, @Nullable Path folder, Syntax syntax, Map<String, String> environment)
            throws IOException {
        var pen = new Pen(syntax);
        var names = new Names();
        var loops = new Loops();
        Handlebars handlebars = new Handlebars(new Folder(folder == null ? Path.of("/") : folder))
                .with(Helpers.registry(pen, names, loops, environment))
                .with(EscapingStrategy.NOOP) // the pen writes
                .with(pen)
                .with(new ConcurrentMapTemplateCache())
                .prettyPrint(true);
        try {
            var compiled = handlebars.compile(new StringTemplateSource(name, text));
            return new Template(compiled, pen, names, loops, Partials.compileAll(handlebars, name, text));
        } catch (HandlebarsException e) {
            throw bad(e);
        }
    }

    /** Whether this stands somewhere in it or in its partials. */
    public boolean mentions(String words) {
        return texts.stream().anyMatch(text -> text.contains(words));
    }

    /**
     * The text for these nodes. A node with a value that cannot be written safely is left out as a whole, and named: it
     * must not keep the others from being there. Throws {@link BadTemplate} for what is not a node's doing.
     */
    public synchronized Rendering render(Model model) {
        SortedMap<String, String> refused = new TreeMap<>();
        Model left = model;
        for (int pass = 0; pass < PASSES_MAX; pass++) {
            pen.clear();
            loops.clear();
            String text = apply(left.facts());
            SortedMap<String, String> more = pen.refusedByNode();
            if (more.isEmpty()) {
                return new Rendering(text, refused.values().stream().toList(), loops.wentThroughAddresses());
            }
            refused.putAll(more);
            left = model.without(new TreeSet<>(refused.keySet()));
        }
        throw new BadTemplate("nodes are refused again and again: " + refused.values());
    }

    private String apply(Facts facts) {
        Context context = Context.newBuilder(facts).resolver(names).build();
        try {
            return compiled.apply(context);
        } catch (HandlebarsException e) {
            throw bad(e);
        } catch (IOException e) {
            throw new BadTemplate(String.valueOf(e.getMessage()));
        }
    }

    private static BadTemplate bad(HandlebarsException e) {
        Throwable cause = e.getCause();
        if (e.getError() == null) {
            return new BadTemplate(String.valueOf(cause == null ? e.getMessage() : cause.getMessage()));
        }
        String reason = cause instanceof BadTemplate known ? String.valueOf(known.getMessage()) : e.getError().reason;
        return new BadTemplate(
                e.getError().filename + ":" + e.getError().line + ":" + (e.getError().column + 1) + ": " + reason);
    }
}
