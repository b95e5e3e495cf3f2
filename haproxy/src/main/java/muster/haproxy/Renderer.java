package muster.haproxy;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import muster.templating.BadTemplate;
import muster.templating.Model;
import muster.templating.Rendering;

/** Makes a configuration of the members, and says whom it leaves out. Threads: one at a time. */
final class Renderer {
    private final Function<Model, Rendering> template;
    private final Journal journal;
    private final Set<String> toldLeftOut = new HashSet<>();

    /** @param template may throw {@link BadTemplate} */
    Renderer(Function<Model, Rendering> template, Journal journal) {
        this.template = template;
        this.journal = journal;
    }

    /** @param now what is known of these members */
    Rendered render(Model model, Outlook now) {
        Rendering rendering = template.apply(model);
        toldLeftOut.retainAll(rendering.refused());
        for (String sentence : rendering.refused()) {
            if (toldLeftOut.add(sentence)) {
                journal.warnOf("a node is left out: " + sentence);
            }
        }
        return Rendered.of(rendering.text(), now);
    }
}
