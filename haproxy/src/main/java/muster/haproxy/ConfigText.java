package muster.haproxy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
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
     * @param bindsByCookie likewise: clients are bound to servers by a cookie, which a server that is added does not get before 3.0
     * @param templates the prefixes of {@code server-template}: servers of these names are HAProxy's own
     * @param opaque names in lines that were not understood; "" stands for any name
     */
    record Section(
            String title,
            List<String> rest,
            Map<String, ServerLine> servers,
            String algorithm,
            boolean bindsByCookie,
            List<String> templates,
            Set<String> opaque) {

        /** The proxy's name where servers can belong to it; null for frontends and the like. */
        @Nullable
        String backend() {
            String[] words = title.split(" ", 3);
            boolean has = words.length > 1 && (words[0].equals("backend") || words[0].equals("listen"));
            return has ? words[1] : null;
        }

        /** Whether a running server of this name may come from a line that is not among {@link #servers}. */
        boolean mayHave(String server) {
            return opaque.contains("")
                    || opaque.contains(server)
                    || templates.stream()
                            .anyMatch(prefix -> server.startsWith(prefix)
                                    && server.substring(prefix.length()).matches("[0-9]+"));
        }

        private Section inMaintenance(Set<ServerPath> kept) {
            String backend = backend();
            var lines = new LinkedHashMap<String, ServerLine>();
            servers.forEach((name, line) -> lines.put(
                    name,
                    backend != null && kept.contains(new ServerPath(backend, name)) ? line.inMaintenance() : line));
            return new Section(title, rest, lines, algorithm, bindsByCookie, templates, opaque);
        }

        /** With those in maintenance that are trusted less than the best of those that would get requests. */
        private Section doubting(Function<ServerLine, Trust> trust, Predicate<ServerPath> gets) {
            String backend = backend();
            Trust best = servers.values().stream()
                    .filter(ServerLine::takesRequests)
                    .filter(line -> backend != null && gets.test(new ServerPath(backend, line.name())))
                    .map(trust)
                    .min(Comparator.naturalOrder())
                    .orElse(Trust.GONE);
            var doubted = new LinkedHashMap<String, ServerLine>();
            servers.forEach((name, line) ->
                    doubted.put(name, trust.apply(line).compareTo(best) > 0 ? line.inMaintenance() : line));
            return new Section(title, rest, doubted, algorithm, bindsByCookie, templates, opaque);
        }
    }

    /** The same, with these servers in maintenance. */
    ConfigText inMaintenance(Set<ServerPath> kept) {
        return new ConfigText(
                sections.stream().map(section -> section.inMaintenance(kept)).toList());
    }

    /**
     * The same, but servers that membership trusts less than others of their backend are in maintenance. Where it trusts
     * none, all stay: a backend never empties by opinion alone.
     *
     * @param gets whether HAProxy has nothing against requests to this one
     */
    ConfigText doubting(Function<ServerLine, Trust> trust, Predicate<ServerPath> gets) {
        return new ConfigText(
                sections.stream().map(section -> section.doubting(trust, gets)).toList());
    }

    /** Of all backends, in order. */
    Map<ServerPath, ServerLine> servers() {
        var servers = new LinkedHashMap<ServerPath, ServerLine>();
        for (Section section : sections) {
            String backend = section.backend();
            if (backend != null) {
                section.servers().forEach((name, line) -> servers.put(new ServerPath(backend, name), line));
            }
        }
        return servers;
    }

    /** Whether any backend has a server. */
    boolean hasServers() {
        return sections.stream().anyMatch(section -> !section.servers().isEmpty());
    }

    /** Whether all but the servers is the same. */
    boolean hasSameRestAs(ConfigText other) {
        return sections.stream()
                .map(section -> section.title() + section.rest())
                .toList()
                .equals(other.sections.stream()
                        .map(section -> section.title() + section.rest())
                        .toList());
    }

    List<Section> sections() {
        return sections;
    }

    static ConfigText parse(String text) {
        var parser = new Parser();
        // .if and the like: what holds and what does not, HAProxy alone knows
        parser.conditional = text.lines().anyMatch(line -> line.strip().startsWith("."));
        text.lines().forEach(parser::line);
        parser.end();
        return new ConfigText(List.copyOf(parser.sections));
    }

    /** What a {@code defaults} section hands on. */
    private record Inherited(String algorithm, boolean bindsByCookie, List<String> defaultServer) {
        static final Inherited NOTHING = new Inherited("roundrobin", false, List.of());
    }

    private static final class Parser {
        final List<Section> sections = new ArrayList<>();
        boolean conditional;
        private final Map<String, Inherited> named = new HashMap<>();
        private Inherited last = Inherited.NOTHING;

        private String title = "";
        private List<String> titleWords = List.of();
        private List<String> rest = new ArrayList<>();
        private Map<String, ServerLine> servers = new LinkedHashMap<>();
        private List<String> templates = new ArrayList<>();
        private Set<String> opaque = new HashSet<>();
        private String algorithm = "";
        private boolean bindsByCookie;
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
            opaque = new HashSet<>();
            int from = words.indexOf("from");
            Inherited inherited =
                    from >= 0 && from + 1 < words.size() ? named.getOrDefault(words.get(from + 1), last) : last;
            if (words.getFirst().equals("defaults") && from < 0) {
                inherited = Inherited.NOTHING;
            }
            algorithm = inherited.algorithm();
            bindsByCookie = inherited.bindsByCookie();
            defaultServer = new ArrayList<>(inherited.defaultServer());
        }

        void end() {
            if (title.isEmpty() && rest.isEmpty()) {
                return;
            }
            sections.add(new Section(
                    title,
                    List.copyOf(rest),
                    servers,
                    algorithm,
                    bindsByCookie,
                    List.copyOf(templates),
                    Set.copyOf(opaque)));
            if (title.startsWith("defaults")) {
                last = new Inherited(algorithm, bindsByCookie, List.copyOf(defaultServer));
                if (titleWords.size() > 1 && !titleWords.get(1).equals("from")) {
                    named.put(titleWords.get(1), last);
                }
            }
        }

        private boolean isServer(List<String> words) {
            if (conditional
                    || !words.getFirst().equals("server")
                    || titleWords.size() < 2
                    || !isPlain(titleWords.get(1))
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
                case "cookie" -> bindsByCookie = true;
                case "default-server" -> defaultServer.addAll(words.subList(1, words.size()));
                case "server-template" -> {
                    if (words.size() > 1) {
                        templates.add(words.get(1));
                    }
                }
                case "server" -> opaque.add(words.size() > 1 && isPlain(words.get(1)) ? words.get(1) : "");
                default -> {}
            }
        }

        private static boolean arePlain(List<String> words) {
            return words.stream().allMatch(Parser::isPlain);
        }

        private static boolean isPlain(String word) {
            return PLAIN.matcher(word).matches();
        }
    }
}
