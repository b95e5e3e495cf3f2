package muster.templating;

import com.github.jknack.handlebars.ValueResolver;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a name leads to a value: in facts, and the length of lists. No method and no field of any class. */
final class Names implements ValueResolver {
    private boolean lastMissWasOpen;

    /** Whether the name that was not found last may be there or not, as a service that nobody offers just now. */
    boolean lastMissWasOpen() {
        return lastMissWasOpen;
    }

    @Override
    public Object resolve(Object context, String name) {
        Object value = switch (context) {
            case Facts facts -> fact(facts, name);
            case Map<?, ?> own -> own.get(name); // what blocks and partials add: @key, block parameters
            case Collection<?> list -> name.equals("length") ? list.size() : null;
            default -> null;
        };
        return value == null ? UNRESOLVED : value;
    }

    private @Nullable Object fact(Facts facts, String name) {
        Object value = facts.get(name);
        if (value == null) {
            lastMissWasOpen = facts.isOpen();
        }
        return value;
    }

    @Override
    public Object resolve(Object context) {
        return context instanceof Facts || context instanceof Map<?, ?> ? context : UNRESOLVED;
    }

    @Override
    public Set<Map.Entry<String, Object>> propertySet(Object context) {
        return Set.of();
    }
}
