package muster.haproxy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A configuration, split into the servers of its backends and all the rest. Not a checker: HAProxy is. What it does not
 * understand belongs to the rest, so that a change there is a reload.
 */
final class ConfigText {
    private static final Set<String> SECTIONS = Set.of(
            "global",
            "defaults",
            "frontend",
            "backend",
            "listen",
            "peers",
            "resolvers",
            "userlist",
            "mailers",
            "program",
            "cache",
            "http-errors",
            "ring",
            "log-forward",
            "log-profile",
            "fcgi-app",
            "crt-store",
            "traces",
            "acme");

    /** Words without quoting, escaping, variables, comments, or anything that ends a command of the runtime API. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.:@/%,=+~()\\[\\]-]+");

    private static final Pattern BLANK = Pattern.compile("[ \\t\\r]+");

    private final List<Section> sections;

    private ConfigText(List<Section> sections) {
        this.sections = sections;
    }

    /**
     * A section.
     *
     * @param title its first line: "backend web"
     * @param rest its other lines but the servers', in order
     * @param servers by name, in order
     * @param algorithm of {@code balance}, with what is inherited
     * @param templates the prefixes of {@code server-template}: servers of these names are HAProxy's own
     */
    record Section(
            String title,
            List<String> rest,
            Map<String, ServerLine> servers,
            String algorithm,
            List<String> templates) {

        /** The proxy's name where servers can belong to it; null for frontends and the like. */
        @Nullable
        String backend() {
            String[] words = title.split(" ", 3);
            boolean has = words.length > 1 && (words[0].equals("backend") || words[0].equals("listen"));
            return has ? words[1] : null;
        }

        boolean isOfTemplate(String server) {
            return templates.stream()
                    .anyMatch(prefix -> server.startsWith(prefix)
                            && server.substring(prefix.length()).matches("[0-9]+"));
        }
    }

    List<Section> sections() {
        return sections;
    }

    static ConfigText parse(String text) {
        var parser = new Parser();
        text.lines().forEach(parser::line);
        parser.end();
        return new ConfigText(List.copyOf(parser.sections));
    }

    /** What a {@code defaults} section hands on. */
    private record Inherited(String algorithm, List<String> defaultServer) {
        static final Inherited NOTHING = new Inherited("roundrobin", List.of());
    }

    private static final class Parser {
        final List<Section> sections = new ArrayList<>();
        private final Map<String, Inherited> named = new HashMap<>();
        private Inherited last = Inherited.NOTHING;

        private String title = "";
        private List<String> titleWords = List.of();
        private List<String> rest = new ArrayList<>();
        private Map<String, ServerLine> servers = new LinkedHashMap<>();
        private List<String> templates = new ArrayList<>();
        private String algorithm = "";
        private List<String> defaultServer = new ArrayList<>();

        void line(String line) {
            String bare = line.strip();
            if (bare.isEmpty() || bare.startsWith("#")) {
                return;
            }
            List<String> words = Arrays.asList(BLANK.split(bare));
            if (SECTIONS.contains(words.getFirst())) {
                end();
                begin(words);
            } else if (!isServer(words)) {
                rest.add(String.join(" ", words));
                note(words);
            }
        }

        private void begin(List<String> words) {
            titleWords = words;
            title = String.join(" ", words);
            rest = new ArrayList<>();
            servers = new LinkedHashMap<>();
            templates = new ArrayList<>();
            int from = words.indexOf("from");
            Inherited inherited =
                    from >= 0 && from + 1 < words.size() ? named.getOrDefault(words.get(from + 1), last) : last;
            if (words.getFirst().equals("defaults") && from < 0) {
                inherited = Inherited.NOTHING;
            }
            algorithm = inherited.algorithm();
            defaultServer = new ArrayList<>(inherited.defaultServer());
        }

        void end() {
            if (title.isEmpty() && rest.isEmpty()) {
                return;
            }
            sections.add(new Section(title, List.copyOf(rest), servers, algorithm, List.copyOf(templates)));
            if (title.startsWith("defaults")) {
                last = new Inherited(algorithm, List.copyOf(defaultServer));
                if (titleWords.size() > 1 && !titleWords.get(1).equals("from")) {
                    named.put(titleWords.get(1), last);
                }
            }
        }

        private boolean isServer(List<String> words) {
            if (!words.getFirst().equals("server")
                    || !(title.startsWith("backend ") || title.startsWith("listen "))
                    || !arePlain(words)
                    || !arePlain(defaultServer)) {
                return false;
            }
            ServerLine server = ServerLine.of(words.subList(1, words.size()), defaultServer);
            // Two of one name: HAProxy says what it thinks of that.
            return server != null && servers.putIfAbsent(server.name(), server) == null;
        }

        private void note(List<String> words) {
            switch (words.getFirst()) {
                case "balance" -> algorithm = String.join(" ", words.subList(1, words.size()));
                case "default-server" -> defaultServer.addAll(words.subList(1, words.size()));
                case "server-template" -> {
                    if (words.size() > 1) {
                        templates.add(words.get(1));
                    }
                }
                default -> {}
            }
        }

        private static boolean arePlain(List<String> words) {
            return words.stream().allMatch(word -> PLAIN.matcher(word).matches());
        }
    }
}
