package muster.haproxy;

import java.time.Duration;
import muster.templating.BadTemplate;
import muster.templating.Model;
import muster.templating.target.Pace;
import org.jspecify.annotations.Nullable;

/** What should run: the text for the members that there are, or the last good one where there is none. Threads: one at a time. */
final class Wanted {
    private final Renderer renderer;
    private final Pace pace;
    private final Duration hold;
    private final Journal journal;
    private @Nullable Rendered newest; // of the members and the template as they are; null where it cannot be rendered
    private boolean outdated = true;
    private boolean unheard;

    /**
     * From now on.
     *
     * @param hold so long HAProxy keeps its servers when nobody offers anything any more
     * @param unheard nobody was heard of yet, and it runs with whom somebody else knew: it keeps those
     */
    Wanted(Renderer renderer, Pace pace, Duration hold, Journal journal, boolean unheard) {
        this.renderer = renderer;
        this.pace = pace;
        this.hold = hold;
        this.journal = journal;
        this.unheard = unheard;
    }

    /** The members, or the template, may be different. */
    void changed() {
        outdated = true;
    }

    /** @param good what HAProxy took last */
    Rendered of(Model model, Outlook now, Rendered good) {
        Rendered rendered = rendered(model, now);
        if (model.hasBackends()) {
            pace.notEmpty();
            unheard = false;
        } else if (unheard && (rendered == null || rendered.config().hasSameRestAs(good.config()))) {
            return good; // we have only just begun to listen
        } else if (good.config().hasServers() && !pace.emptyLongEnough(System.nanoTime())) {
            journal.warn("nobody offers anything; HAProxy keeps its servers for " + hold.toSeconds() + " s");
            return good;
        }
        return rendered == null ? good : rendered;
    }

    private @Nullable Rendered rendered(Model model, Outlook now) {
        if (outdated) {
            outdated = false;
            try {
                newest = renderer.render(model, now);
            } catch (BadTemplate e) {
                newest = null;
                journal.count("templates-refused");
                journal.warn(e.getMessage() + "; the last good configuration is followed");
            }
        }
        return newest;
    }
}
