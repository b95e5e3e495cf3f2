package muster.demo;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads the balancer's {@code /pools.json}: of each backend what the demo watches, whatever else the page tells. */
final class PoolsPage {
    private static final JsonFactory JSON = new JsonFactory();

    private PoolsPage() {}

    /**
     * One backend as the balancer sees it.
     *
     * @param state in lower case: ready, suspect, …
     * @param reason a sentence, or empty
     */
    record Backend(String node, String state, String reason) {
        boolean ready() {
            return state.equals("ready");
        }
    }

    /** The backends by node. */
    static Map<String, Backend> parse(String json) throws IOException {
        Map<String, Backend> backends = new TreeMap<>();
        // One map of the text fields per object that is open; a backend is an object that has a node and a state.
        Deque<Map<String, String>> open = new ArrayDeque<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT -> open.push(new HashMap<>());
                    case VALUE_STRING -> {
                        Map<String, String> fields = open.peek();
                        String name = parser.currentName();
                        if (fields != null && name != null) {
                            fields.put(name, parser.getString());
                        }
                    }
                    case END_OBJECT -> {
                        Map<String, String> fields = open.pop();
                        String node = fields.get("node");
                        String state = fields.get("state");
                        if (node != null && state != null) {
                            backends.put(
                                    node,
                                    new Backend(
                                            node, state.toLowerCase(Locale.ROOT), fields.getOrDefault("reason", "")));
                        }
                    }
                    default -> {
                        // Numbers, arrays and the like tell nothing here.
                    }
                }
            }
        } catch (JacksonException e) {
            throw new IOException("the balancer's /pools.json cannot be read: " + e.getOriginalMessage(), e);
        }
        return backends;
    }
}
