package muster.agent.rpc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import muster.gossip.wire.MsgPackReader;
import muster.gossip.wire.Rejection;

/** What Go's {@code %#v} makes of a value that go-msgpack has decoded without knowing its type. {@code serf monitor} prints events so. */
final class GoSyntax {
    private static final int FIXED_MAX =
            127; // the greatest number that is decoded as a signed one, and printed in tens

    private GoSyntax() {}

    /** Reads a map: of each pair {@code KEY: VALUE}. */
    static List<String> facts(MsgPackReader reader) {
        var facts = new ArrayList<String>();
        for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
            String key = reader.looseText();
            facts.add(key + ": " + value(reader, 0));
        }
        return facts;
    }

    /** {@code depth}: of the values that it is within. Within none, Go leaves the type of some away. */
    private static String value(MsgPackReader reader, int depth) {
        boolean outermost = depth == 0;
        if (depth > MsgPackReader.DEPTH_MAX) {
            reader.reject(Rejection.TOO_DEEP);
            return "";
        }
        return switch (reader.next()) {
            case NIL -> {
                reader.skip();
                yield outermost ? "<nil>" : "interface {}(nil)";
            }
            case BOOL -> Boolean.toString(reader.bool());
            case INTEGER -> integer(reader.integer());
            case REAL -> Double.toString(reader.real());
            case TEXT -> quoted(reader.looseText());
            case BINARY -> {
                var bytes = new StringJoiner(", ", outermost ? "[]byte{" : "[]uint8{", "}");
                for (byte each : reader.bytes().array()) {
                    bytes.add("0x" + Integer.toHexString(each & 0xff));
                }
                yield bytes.toString();
            }
            case ARRAY -> {
                var items = new StringJoiner(", ", "[]interface {}{", "}");
                for (int i = reader.array(); i > 0 && !reader.failed(); i--) {
                    items.add(value(reader, depth + 1));
                }
                yield items.toString();
            }
            case MAP -> {
                Map<String, String> pairs = new TreeMap<>(); // as Go prints them
                for (int i = reader.map(); i > 0 && !reader.failed(); i--) {
                    String key = value(reader, depth + 1);
                    pairs.put(key, value(reader, depth + 1));
                }
                var text = new StringJoiner(", ", "map[interface {}]interface {}{", "}");
                pairs.forEach((key, value) -> text.add(key + ":" + value));
                yield text.toString();
            }
            case EXTENSION, NOTHING -> {
                reader.skip();
                yield "";
            }
        };
    }

    private static String integer(long number) {
        return number > FIXED_MAX ? "0x" + Long.toHexString(number) : Long.toString(number);
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            switch (c) {
                case '"', '\\' -> quoted.append('\\').appendCodePoint(c);
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> {
                    if (Character.isISOControl(c)) {
                        quoted.append("\\x%02x".formatted(c));
                    } else {
                        quoted.appendCodePoint(c);
                    }
                }
            }
        });
        return quoted.append('"').toString();
    }
}
