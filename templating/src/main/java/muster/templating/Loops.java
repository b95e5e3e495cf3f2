package muster.templating;

import com.github.jknack.handlebars.Context;
import org.jspecify.annotations.Nullable;

/** Whether a template goes through all addresses in one loop. Threads: one at a time. */
final class Loops {
    private boolean wentThroughAddresses;

    void clear() {
        wentThroughAddresses = false;
    }

    boolean wentThroughAddresses() {
        return wentThroughAddresses;
    }

    /** A loop over that list begins. */
    void over(@Nullable Object list, Context place) {
        Context root = place;
        while (root.parent() != null) {
            root = root.parent();
        }
        wentThroughAddresses |=
                list != null && root.model() instanceof Facts facts && list.equals(facts.get(Model.ADDRESSES));
    }
}
