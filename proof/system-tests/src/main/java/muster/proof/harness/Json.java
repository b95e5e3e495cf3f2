package muster.proof.harness;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads JSON into maps, lists, strings, numbers and booleans. */
public final class Json {

    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    @SuppressWarnings("unchecked") // JSON objects have string keys
    public static Map<String, @Nullable Object> object(String text) {
        try (var parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            parser.nextToken();
            if (value(parser) instanceof Map<?, ?> map) {
                return (Map<String, @Nullable Object>) map;
            }
        }
        throw new AssertionError("not a JSON object: " + text);
    }

    /** The objects of an array. */
    @SuppressWarnings("unchecked") // JSON objects have string keys
    public static List<Map<String, @Nullable Object>> objects(@Nullable Object array) {
        if (array instanceof List<?> list) {
            return list.stream()
                    .map(item -> (Map<String, @Nullable Object>) Objects.requireNonNull(item))
                    .toList();
        }
        throw new AssertionError("not a JSON array: " + array);
    }

    private static @Nullable Object value(JsonParser parser) {
        return switch (Objects.requireNonNull(parser.currentToken(), "the JSON ends too early")) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    var name = parser.currentName();
                    parser.nextToken();
                    map.put(name, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new AssertionError("unexpected " + parser.currentToken() + " in JSON");
        };
    }
}
