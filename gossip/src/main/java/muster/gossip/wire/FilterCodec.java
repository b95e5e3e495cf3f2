package muster.gossip.wire;

import java.util.ArrayList;
import java.util.List;

/** A query's filter: who is asked. All filters of a query must hold. */
public final class FilterCodec {
    private static final int NODES = 0;
    private static final int TAG = 1;
    private static final Struct TAG_FIELDS = Struct.of("Tag", "Expr");

    private FilterCodec() {}

    public sealed interface Filter {
        /** Only members of these names. */
        record Nodes(List<String> names) implements Filter {
            public Nodes {
                names = List.copyOf(names);
            }
        }

        /** Only members whose tag of this name has the expression (RE2) somewhere in its value; no tag has the value "". */
        record Tag(String name, String expression) implements Filter {}
    }

    public static Bytes encode(Filter filter) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        switch (filter) {
            case Filter.Nodes(List<String> names) -> {
                out.rawByte(NODES).array(names.size());
                names.forEach(out::text);
            }
            case Filter.Tag(String name, String expression) ->
                out.rawByte(TAG)
                        .map(2)
                        .text("Expr")
                        .text(expression)
                        .text("Tag")
                        .text(name);
        }
        return out.toBytes();
    }

    public static Decoded<Filter> decode(Bytes bytes) {
        if (bytes.isEmpty()) {
            return new Decoded.Rejected<>(Rejection.EMPTY_FILTER, 0);
        }
        var in = new MsgPackReader(bytes.array(), 1, bytes.size());
        Filter filter = switch (bytes.at(0)) {
            case NODES -> {
                List<String> names = new ArrayList<>();
                int count = in.array();
                for (int i = 0; i < count && !in.failed(); i++) {
                    names.add(in.looseText());
                }
                yield new Filter.Nodes(names);
            }
            case TAG -> readTag(in);
            default -> {
                in.reject(Rejection.UNKNOWN_TYPE);
                yield new Filter.Nodes(List.of());
            }
        };
        return in.outcome(filter);
    }

    private static Filter readTag(MsgPackReader in) {
        String name = "";
        String expression = "";
        var fields = TAG_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Tag" -> name = in.looseText();
                case "Expr" -> expression = in.looseText();
                default -> in.skip();
            }
        }
        return new Filter.Tag(name, expression);
    }
}
