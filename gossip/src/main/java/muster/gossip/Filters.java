package muster.gossip;

import java.util.function.Predicate;
import muster.gossip.wire.FilterCodec.Filter;

/** Whether a query is meant for a member. */
final class Filters {
    private Filters() {}

    /** An expression that is none holds for nobody, as in Serf. */
    static Predicate<Row> test(Filter filter) {
        return switch (filter) {
            case Filter.Nodes(var names) -> row -> names.contains(row.name);
            case Filter.Tag(String name, String source) -> {
                Expression expression = Expression.compile(source);
                yield row -> expression != null && expression.foundIn(row.tags.getOrDefault(name, ""));
            }
        };
    }
}
