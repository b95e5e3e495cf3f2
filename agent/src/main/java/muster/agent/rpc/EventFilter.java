package muster.agent.rpc;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which events a stream wants: {@code member-join,user:deploy,*}. */
record EventFilter(String type, String name) {
    private static final Set<String> TYPES = Set.of(
            "member-join", "member-leave", "member-failed", "member-update", "member-reap", "user", "query", "*");

    /** Null when a part of it is none of Serf's types. */
    static @Nullable List<EventFilter> parse(String text) {
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
        return filters;
    }

    boolean wants(String eventType, String eventName) {
        return type.equals("*") || (type.equals(eventType) && (name.isEmpty() || name.equals(eventName)));
    }
}
