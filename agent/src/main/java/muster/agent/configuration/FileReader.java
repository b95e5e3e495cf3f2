package muster.agent.configuration;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Settings from a YAML file; Serf's JSON files are YAML too. Works on the composed tree instead of loaded objects: it
 * knows the line of everything, and no type of a value is guessed (a tag {@code on} stays the word on).
 */
public final class FileReader {
    private static final int FILE_BYTES_MAX = 1 << 20; // a configuration is a few KiB; anything bigger is a wrong path

    private static final int DEPTH_MAX = 32; // a configuration has four levels

    private static final Pattern DEFINED_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._@-]{0,62}");

    private FileReader() {}

    /**
     * What a file holds.
     *
     * @param given its settings
     * @param definitions of each kind in {@link Schema#DEFINITIONS}: by the name of the thing, its own settings
     */
    public record Content(List<Given> given, Map<Setting<?>, SortedMap<String, List<Given>>> definitions) {}

    /** Throws {@link BadConfiguration} with file:line:column for everything wrong in the file. {@code all}: every setting there is. */
    public static Content read(Path file, List<Setting<?>> all) {
        Optional<Node> root = compose(file, "-config-file");
        if (root.isEmpty()) {
            return new Content(List.of(), Map.of()); // an empty file sets nothing
        }
        if (!(root.get() instanceof MappingNode map)) {
            throw new BadConfiguration(
                    place(file, root.get()) + ": a configuration is a map of keys, like 'node_name: web1'");
        }
        var given = new ArrayList<Given>();
        var problems = new ArrayList<String>();
        var definitions = new HashMap<Setting<?>, SortedMap<String, List<Given>>>();
        readKeys(file, map, "", all, problems, (setting, value) -> {
            List<Setting<?>> own = Schema.DEFINITIONS.get(setting);
            // As a list these are what the flag says too, as a map they are things with settings of their own.
            if (own != null && value instanceof MappingNode named) {
                definitions.put(setting, readDefinitions(file, setting, own, named, problems));
            } else {
                readValue(file, "", setting, value, given, problems);
            }
        });
        if (!problems.isEmpty()) {
            throw new BadConfiguration(problems);
        }
        return new Content(given, definitions);
    }

    private static SortedMap<String, List<Given>> readDefinitions(
            Path file, Setting<?> kind, List<Setting<?>> own, MappingNode named, List<String> problems) {
        var definitions = new TreeMap<String, List<Given>>();
        for (NodeTuple tuple : named.getValue()) {
            String name = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (!DEFINED_NAME.matcher(name).matches()) {
                problems.add(place(file, tuple.getKeyNode()) + ": a " + kind.flag()
                        + " needs a name of letters, digits and ._@-, at most 63 of them");
            } else if (definitions.containsKey(name)) {
                problems.add(place(file, tuple.getKeyNode()) + ": " + kind.flag() + " '" + name
                        + "' is there twice; keep one");
            } else if (!(tuple.getValueNode() instanceof MappingNode keys)) {
                problems.add(place(file, tuple.getValueNode()) + ": " + kind.key() + "." + name
                        + ": expected a map, like {" + own.getFirst().key() + ": …}");
            } else {
                var given = new ArrayList<Given>();
                definitions.put(name, given);
                String prefix = kind.key() + "." + name + ".";
                readKeys(
                        file,
                        keys,
                        prefix,
                        own,
                        problems,
                        (setting, value) -> readValue(file, prefix, setting, value, given, problems));
            }
        }
        return definitions;
    }

    private static void readKeys(
            Path file,
            MappingNode map,
            String prefix,
            List<Setting<?>> all,
            List<String> problems,
            BiConsumer<Setting<?>, Node> reader) {
        Set<String> seen = new HashSet<>();
        for (NodeTuple tuple : map.getValue()) {
            String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
            Setting<?> setting = find(key, all);
            if (setting == null && prefix.isEmpty() && SerfOnly.isWithoutEffect(key)) {
                Log.line(
                        LogLevel.WARN,
                        "agent: " + place(file, tuple.getKeyNode()) + ": key '" + key + "' does nothing, as in Serf: "
                                + SerfOnly.instead(key));
            } else if (setting == null) {
                problems.add(place(file, tuple.getKeyNode()) + ": " + unknown(prefix, key, all));
            } else if (!seen.add(key)) {
                problems.add(place(file, tuple.getKeyNode()) + ": key '" + prefix + key + "' is there twice; keep one");
            } else {
                reader.accept(setting, tuple.getValueNode());
            }
        }
    }

    /** A file of plain values, one or a list; JSON is YAML too. {@code flag} named the file, for messages. */
    public static List<String> texts(Path file, String flag) {
        var texts = new ArrayList<String>();
        if (compose(file, flag).orElse(null) instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                if (!(item instanceof ScalarNode scalar)) {
                    throw new BadConfiguration(place(file, item) + ": an item must be plain text");
                }
                texts.add(scalar.getValue());
            }
            return texts;
        }
        throw new BadConfiguration(file + ": must hold a list of texts, like [\"one\", \"two\"]; check " + flag);
    }

    /** A file of names and texts. {@code flag} named the file, for messages. */
    public static SortedMap<String, String> map(Path file, String flag) {
        var map = new TreeMap<String, String>();
        if (compose(file, flag).orElse(null) instanceof MappingNode found) {
            for (NodeTuple entry : found.getValue()) {
                if (!(entry.getKeyNode() instanceof ScalarNode key
                        && entry.getValueNode() instanceof ScalarNode item)) {
                    throw new BadConfiguration(
                            place(file, entry.getKeyNode()) + ": an entry must be \"name\": \"text\"");
                }
                map.put(key.getValue(), item.getValue());
            }
            return map;
        }
        throw new BadConfiguration(file + ": must hold names and texts, like {\"role\": \"web\"}; check " + flag);
    }

    private static String unknown(String prefix, String key, List<Setting<?>> all) {
        if (prefix.isEmpty() && !SerfOnly.instead(key).isEmpty()) {
            return "key '" + key + "' of Serf is not supported: " + SerfOnly.instead(key);
        }
        String similar =
                Suggestion.didYouMean(key, "", all.stream().map(Setting::key).toList());
        return "unknown key '" + prefix + key + "'"
                + (similar.isEmpty()
                        ? "; 'muster help " + (prefix.isEmpty() ? "COMMAND" : "run") + "' lists them"
                        : similar);
    }

    /** Composing calls itself for each level, without a limit. */
    private static void refuseDeep(Path file, Iterable<Event> events) {
        int depth = 0;
        for (Event event : events) {
            switch (event) {
                case CollectionStartEvent _ -> depth++;
                case CollectionEndEvent _ -> depth--;
                default -> {}
            }
            if (depth > DEPTH_MAX) {
                throw new BadConfiguration(file + ": nested more than " + DEPTH_MAX + " deep; is it the right file?");
            }
        }
    }

    /** The JDK's message begins with the path, which may be long, or is nothing but it. */
    private static String reason(IOException e) {
        String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }

    private static Optional<Node> compose(Path file, String flag) {
        try {
            if (Files.isDirectory(file)) {
                throw new BadConfiguration(file + ": is a directory; -config-dir reads all files of one");
            }
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new BadConfiguration(file + ": larger than " + FILE_BYTES_MAX + " bytes; is it the right file?");
            }
            var settings = LoadSettings.builder()
                    .setLabel(file.toString())
                    .setAllowDuplicateKeys(true) // reported here, with our own message
                    .build();
            // Read here, because the parser would hide what went wrong when it reads.
            String text = Files.readString(file);
            refuseDeep(file, new Parse(settings).parseString(text));
            return new Compose(settings).composeString(text);
        } catch (NoSuchFileException e) {
            throw new BadConfiguration(file + ": no such file; check " + flag);
        } catch (AccessDeniedException e) {
            throw new BadConfiguration(
                    file + ": this user may not read it; change its owner or mode, or check " + flag);
        } catch (CharacterCodingException e) {
            throw new BadConfiguration(file + ": is not UTF-8 text; is it the right file?");
        } catch (IOException e) {
            throw new BadConfiguration(file + ": cannot be read: " + reason(e) + "; check " + flag);
        } catch (MarkedYamlEngineException e) {
            Mark mark = e.getProblemMark().orElse(null);
            throw new BadConfiguration(
                    file + (mark == null ? "" : ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                            + ": not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new BadConfiguration(file + ": not YAML: " + e.getMessage());
        }
    }

    private static void readValue(
            Path file, String prefix, Setting<?> setting, Node value, List<Given> given, List<String> problems) {
        String key = prefix + setting.key();
        String origin = place(file, value) + ": " + key;
        switch (value) {
            case ScalarNode scalar -> given.add(new Given(setting, scalar.getValue(), origin));
            case SequenceNode list
            when setting.kind().shape() == Kind.Shape.LIST -> {
                for (Node item : list.getValue()) {
                    if (item instanceof ScalarNode scalar) {
                        given.add(new Given(setting, scalar.getValue(), place(file, item) + ": " + key));
                    } else {
                        problems.add(place(file, item) + ": an item of '" + key + "' must be plain text");
                    }
                }
            }
            case SequenceNode list
            when setting.kind().shape() == Kind.Shape.WORDS -> {
                var words = new ArrayList<String>();
                for (Node item : list.getValue()) {
                    if (item instanceof ScalarNode scalar) {
                        words.add(scalar.getValue());
                    } else {
                        problems.add(place(file, item) + ": a word of '" + key + "' must be plain text");
                    }
                }
                given.add(new Given(setting, Kind.ofWords(words), origin));
            }
            case MappingNode map
            when setting.kind().shape() == Kind.Shape.MAP -> {
                for (NodeTuple entry : map.getValue()) {
                    if (entry.getKeyNode() instanceof ScalarNode name
                            && entry.getValueNode() instanceof ScalarNode item) {
                        given.add(new Given(
                                setting, name.getValue() + "=" + item.getValue(), place(file, item) + ": " + key));
                    } else {
                        problems.add(
                                place(file, entry.getKeyNode()) + ": an entry of '" + key + "' must be 'name: text'");
                    }
                }
            }
            default ->
                problems.add(origin + ": expected " + expected(setting.kind().shape()));
        }
    }

    private static String expected(Kind.Shape shape) {
        return switch (shape) {
            case SWITCH -> "true or false";
            case SCALAR -> "one value";
            case LIST -> "a list, like [one, two]";
            case MAP -> "a map, like {role: backend}";
            case WORDS -> "a list of words, or one text for the shell";
        };
    }

    private static @Nullable Setting<?> find(String key, List<Setting<?>> all) {
        for (Setting<?> setting : all) {
            if (setting.key().equals(key)) {
                return setting;
            }
        }
        return null;
    }

    private static String place(Path file, Node node) {
        Mark mark = node.getStartMark().orElse(null);
        return mark == null ? file.toString() : file + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
    }
}
