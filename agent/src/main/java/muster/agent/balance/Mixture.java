package muster.agent.balance;

import java.nio.file.Path;
import java.util.SortedSet;
import java.util.function.Consumer;
import muster.templating.Model;
import muster.templating.Rendering;

/** Says once when a template goes through the addresses of several services as if they were of one. Threads: one at a time. */
final class Mixture {
    private final Path template;
    private final Consumer<String> warn;
    private boolean told;

    Mixture(Path template, Consumer<String> warn) {
        this.template = template;
        this.warn = warn;
    }

    /** What the template made of these nodes. */
    void made(Rendering rendering, Model model) {
        SortedSet<String> services = model.servicesInAddresses();
        if (!told && rendering.goesThroughAddresses() && services.size() > 1) {
            told = true;
            warn.accept("{{#each addresses}} in " + template + " goes through the nodes of several services: "
                    + String.join(", ", services)
                    + "; name one with -pool, or let the template choose: services.NAME.addresses, where or eachByTag");
        }
    }
}
