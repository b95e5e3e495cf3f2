package muster.gossip;

import muster.gossip.wire.FilterCodec.Filter;

/** Whether a query is meant for a member. */
final class Filters {
    private Filters() {}

    static boolean holds(Filter filter, Row row) {
        return switch (filter) {
            case Filter.Nodes(var names) -> names.contains(row.name);
            case Filter.Tag(String name, String source) -> {
                Expression expression = Expression.compile(source);
                yield expression != null && expression.foundIn(row.tags.getOrDefault(name, ""));
            }
        };
    }
}
