package muster.gossip;

import java.util.function.Predicate;
import muster.gossip.wire.FilterCodec.Filter;

/** Whether a query is meant for a member. */
final class Filters {
    private Filters() {}

    /**
     * One of {@code together} filters of a query, which share the steps that a single expression may have: a stranger's query
     * must not be able to take long by their number. An expression that is none, or too large, holds for nobody, as in Serf.
     */
    static Predicate<Row> test(Filter filter, int together) {
        return switch (filter) {
            case Filter.Nodes(var names) -> row -> names.contains(row.name);
            case Filter.Tag(String name, String source) -> {
                Expression expression = Expression.compile(source);
                int stepsMax = Expression.STEPS_MAX / together;
                yield row -> expression != null
                        && expression.size() <= stepsMax
                        && expression.foundIn(row.tags.getOrDefault(name, ""));
            }
        };
    }
}
