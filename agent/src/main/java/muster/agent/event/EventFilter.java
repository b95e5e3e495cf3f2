package muster.agent.event;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which events somebody wants.
 *
 * @param type Serf's word, or {@code *} for all
 * @param name of user events and queries; empty for any
 */
public record EventFilter(String type, String name) {
    private static final Set<String> TYPES = Set.of(
            "member-join", "member-leave", "member-failed", "member-update", "member-reap", "user", "query", "*");

    /** As Serf writes them: {@code member-join,user:deploy,*}, empty for all. Null when a part of it is none of its types. */
    public static @Nullable List<EventFilter> parse(String text) {
        var filters = new ArrayList<EventFilter>();
        for (String part : (text.isEmpty() ? "*" : text).split(",", -1)) {
            int colon = part.indexOf(':');
            String type = colon < 0 ? part : part.substring(0, colon);
            boolean named = type.equals("user") || type.equals("query");
            if (!TYPES.contains(type) || (colon >= 0 && !named)) {
                return null;
            }
            filters.add(new EventFilter(type, colon < 0 ? "" : part.substring(colon + 1)));
        }
        return List.copyOf(filters);
    }

    public boolean wants(ClusterEvent event) {
        return type.equals("*") || (type.equals(event.type()) && (name.isEmpty() || name.equals(event.name())));
    }

    /** As it was written. */
    @Override
    public String toString() {
        return name.isEmpty() ? type : type + ":" + name;
    }
}
