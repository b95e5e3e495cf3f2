package muster.haproxy;

import java.util.Set;
import java.util.function.Predicate;

/**
 * A text, and what was known when it was rendered.
 *
 * @param config the same, understood
 */
record Rendered(String text, ConfigText config, Outlook then) {
    static Rendered of(String text, Outlook then) {
        return new Rendered(text, ConfigText.parse(text), then);
    }

    /**
     * With those in maintenance whom membership doubts now, and those whom others put there.
     *
     * @param gets as for {@link ConfigText#doubting}
     */
    ConfigText doubted(Outlook now, Set<ServerPath> byOthers, Predicate<ServerPath> gets) {
        return config.inMaintenance(byOthers).doubting(line -> now.of(line, then), gets);
    }
}
