package muster.agent.configuration;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The values that hold, after all sources are merged and checked. Immutable. */
public final class Configuration {
    private final Map<Setting<?>, Held> values;
    private final Map<Setting<?>, SortedMap<String, Configuration>> definitions;
    private final Supplier<Configuration> again;

    private Configuration(
            Map<Setting<?>, Held> values,
            Map<Setting<?>, SortedMap<String, Configuration>> definitions,
            @Nullable Supplier<Configuration> again) {
        this.values = Map.copyOf(values);
        this.definitions = Map.copyOf(definitions);
        this.again = again == null ? () -> this : again;
    }

    /**
     * Reads the files that the flags or environment name, merges everything and checks it.
     *
     * @param flags what {@link FlagParser} found
     * @param settings those that the command at hand uses
     * @throws BadConfiguration with every problem found
     */
    public static Configuration load(List<Given> flags, Map<String, String> environment, List<Setting<?>> settings) {
        return load(List.of(), flags, environment, settings);
    }

    /** The same, with other defaults than the settings' own. */
    public static Configuration load(
            List<Given> defaults, List<Given> flags, Map<String, String> environment, List<Setting<?>> settings) {
        List<Given> variables = EnvironmentReader.read(environment, settings);
        var atHand = new ArrayList<>(variables);
        atHand.addAll(flags);
        var given = new ArrayList<>(defaults);
        var definitions = new HashMap<Setting<?>, SortedMap<String, List<Given>>>();
        for (Path file : files(atHand)) {
            FileReader.Content content = FileReader.read(file, Schema.ALL);
            content.definitions().forEach((kind, named) -> {
                SortedMap<String, List<Given>> all = definitions.computeIfAbsent(kind, _ -> new TreeMap<>());
                named.forEach((name, own) ->
                        all.computeIfAbsent(name, _ -> new ArrayList<>()).addAll(own));
            });
            for (Given value : content.given()) {
                // One file may serve several commands: what this one does not use is none of its business.
                if (settings.contains(value.setting())) {
                    given.add(value);
                }
            }
        }
        given.addAll(atHand);
        return resolve(given, definitions, () -> load(defaults, flags, environment, settings));
    }

    /** The same once more, as the files are now. Throws {@link BadConfiguration} as {@link #load} does. */
    public Configuration again() {
        return again.get();
    }

    /** Merges in rising rank. Throws {@link BadConfiguration} with every bad value and its origin. */
    public static Configuration resolve(List<Given> rising) {
        return resolve(rising, Map.of(), null);
    }

    /** This one with more flags on top. Throws {@link BadConfiguration} with every bad value and its origin. */
    public Configuration with(List<Given> flags) {
        var problems = new ArrayList<String>();
        Map<Setting<?>, Held> more = new HashMap<>(values);
        merge(more, flags, problems);
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return new Configuration(more, definitions, null);
    }

    private static Configuration resolve(
            List<Given> rising,
            Map<Setting<?>, SortedMap<String, List<Given>>> definitions,
            @Nullable Supplier<Configuration> again) {
        var problems = new ArrayList<String>();
        Map<Setting<?>, Held> values = merged(rising, problems);
        var resolved = new HashMap<Setting<?>, SortedMap<String, Configuration>>();
        definitions.forEach((kind, named) -> {
            var all = new TreeMap<String, Configuration>();
            named.forEach((name, given) -> all.put(name, new Configuration(merged(given, problems), Map.of(), null)));
            resolved.put(kind, Collections.unmodifiableSortedMap(all));
        });
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return new Configuration(values, resolved, again);
    }

    private static Map<Setting<?>, Held> merged(List<Given> rising, List<String> problems) {
        var values = new HashMap<Setting<?>, Held>();
        merge(values, rising, problems);
        return values;
    }

    private static void merge(Map<Setting<?>, Held> values, List<Given> rising, List<String> problems) {
        for (Given given : rising) {
            try {
                merge(values, given.setting(), given);
            } catch (IllegalArgumentException e) {
                problems.add(given.origin() + ": " + e.getMessage());
            }
        }
    }

    /** The services that files define, by name: of each, the settings of {@link ServiceSchema}. */
    public SortedMap<String, Configuration> services() {
        return definitions.getOrDefault(Schema.SERVICE, Collections.emptySortedMap());
    }

    /** The templated files that files define, by name: of each, the settings of {@link TemplateSchema}. */
    public SortedMap<String, Configuration> templates() {
        return definitions.getOrDefault(Schema.TEMPLATE, Collections.emptySortedMap());
    }

    /** The value that holds, or the setting's default. */
    public <T> T value(Setting<T> setting) {
        T given = given(values, setting);
        return given == null ? setting.fallback() : given;
    }

    /** Whether anybody set it. */
    public boolean isSet(Setting<?> setting) {
        return values.containsKey(setting);
    }

    /**
     * Where the setting was given, for messages about a value that only turns out to be wrong when it is used: {@code
     * environment variable MUSTER_BIND}. The highest rank, where several add up; the flag that sets it, where none is.
     */
    public String origin(Setting<?> setting) {
        Held held = values.get(setting);
        return held == null ? "flag -" + setting.flag() : held.origin();
    }

    /** A value, merged, and where the last part of it came from. */
    private record Held(Object value, String origin) {}

    private static <T> void merge(Map<Setting<?>, Held> values, Setting<T> setting, Given given) {
        if (setting.kind().shape() == Kind.Shape.SCALAR || setting.kind().shape() == Kind.Shape.SWITCH) {
            Kind.checkPlain(given.text());
        }
        T parsed = setting.kind().parse().apply(given.text());
        T lower = given(values, setting);
        T merged = lower == null ? parsed : setting.kind().merge().apply(lower, parsed);
        values.put(setting, new Held(merged, given.origin()));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // put by merge() only, with the setting's own type
    private static <T> @Nullable T given(Map<Setting<?>, Held> values, Setting<T> setting) {
        Held held = values.get(setting);
        return held == null ? null : (T) held.value();
    }

    /** In the order in which files and directories were named; either may be given for the other, as Serf takes them. */
    private static List<Path> files(List<Given> atHand) {
        var files = new ArrayList<Path>();
        for (Given each : atHand) {
            if (Schema.CONFIG_DIR.equals(each.setting())) {
                paths(Schema.CONFIG_DIR, each)
                        .forEach(path -> files.addAll(Files.isRegularFile(path) ? List.of(path) : filesIn(path)));
            } else if (Schema.CONFIG_FILE.equals(each.setting())) {
                paths(Schema.CONFIG_FILE, each)
                        .forEach(path -> files.addAll(Files.isDirectory(path) ? filesIn(path) : List.of(path)));
            }
        }
        return files;
    }

    private static List<Path> paths(Setting<List<String>> setting, Given given) {
        try {
            return setting.kind().parse().apply(given.text()).stream()
                    .map(Path::of)
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new BadConfiguration(given.origin() + ": " + e.getMessage());
        }
    }

    private static List<Path> filesIn(Path directory) {
        var files = new ArrayList<Path>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, "*.{json,yaml,yml}")) {
            all.forEach(files::add);
        } catch (IOException e) {
            throw new BadConfiguration(directory + ": not a readable directory; check -config-dir");
        }
        files.sort(null);
        return files;
    }
}
