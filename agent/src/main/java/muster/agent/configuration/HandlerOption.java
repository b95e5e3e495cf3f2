package muster.agent.configuration;

import java.util.List;
import muster.agent.event.ClusterEvent;
import muster.agent.event.EventFilter;

/**
 * {@code -event-handler}: a shell command, and for which events.
 *
 * @param filters at least one; several may want the same event, which is then still one
 * @param script what {@code /bin/sh -c} gets
 */
public record HandlerOption(List<EventFilter> filters, String script) {
    public HandlerOption {
        filters = List.copyOf(filters);
    }

    /** {@code SCRIPT} or {@code FILTER[,FILTER]=SCRIPT}. Throws {@link IllegalArgumentException} with the remedy. */
    public static HandlerOption parse(String text) {
        int equals = text.indexOf('=');
        String script = text.substring(equals + 1);
        List<EventFilter> filters = EventFilter.parse(equals < 0 ? "" : text.substring(0, equals));
        if (filters == null) {
            throw new IllegalArgumentException("Invalid event script: '" + text + "': before the = stand event types:"
                    + " member-join, member-leave, member-failed, member-update, member-reap, user, user:NAME, query,"
                    + " query:NAME or *; if the = belongs to the script, write *=SCRIPT");
        }
        if (script.isBlank()) {
            throw new IllegalArgumentException("Invalid event script: '" + text + "' names no script");
        }
        return new HandlerOption(filters, script);
    }

    public boolean wants(ClusterEvent event) {
        return filters.stream().anyMatch(filter -> filter.wants(event));
    }
}
