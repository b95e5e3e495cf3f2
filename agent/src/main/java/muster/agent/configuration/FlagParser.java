package muster.agent.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Command lines as Go's flag package reads them, because that is what Serf's users type: one or two dashes, {@code -x v}
 * or {@code -x=v}, switches only {@code -x} or {@code -x=false}. The first word without a dash, or a lone {@code --},
 * ends the flags.
 */
public final class FlagParser {
    /** Flags of Serf's that Muster does not have, and what to do instead. */
    private static final Map<String, String> SERF_ONLY = Map.of(
            "discover", "multicast discovery is not there; name a seed with -retry-join",
            "syslog", "syslog is not there; the log is on standard output");

    private FlagParser() {}

    /** What a command line holds: the settings in their order, whether help was asked for, and the words after the flags. */
    public record Parsed(List<Given> given, boolean helpWanted, List<String> words) {}

    /** Throws {@link BadConfiguration} naming the flag and the remedy. */
    public static Parsed parse(List<String> arguments, List<Setting<?>> settings) {
        var given = new ArrayList<Given>();
        int at = 0;
        while (at < arguments.size()) {
            String word = arguments.get(at);
            if (word.equals("--")) {
                at++;
                break;
            }
            if (word.length() < 2 || word.charAt(0) != '-') {
                break;
            }
            at++;
            String body = word.substring(word.startsWith("--") ? 2 : 1);
            int equals = body.indexOf('=');
            String name = equals < 0 ? body : body.substring(0, equals);
            if (name.equals("h") || name.equals("help")) {
                return new Parsed(given, true, List.of());
            }
            Setting<?> setting = find(name, settings);
            if (setting == null) {
                throw unknown(name, settings);
            }
            String value;
            if (equals >= 0) {
                value = body.substring(equals + 1);
            } else if (setting.kind().shape() == Kind.Shape.SWITCH) {
                value = "true";
            } else if (at < arguments.size()) {
                value = arguments.get(at++);
            } else {
                throw new BadConfiguration("flag -" + name + " needs a value: -" + name + " "
                        + setting.kind().valueName());
            }
            given.add(new Given(setting, value, "flag -" + name));
        }
        return new Parsed(given, false, List.copyOf(arguments.subList(at, arguments.size())));
    }

    private static @Nullable Setting<?> find(String flag, List<Setting<?>> settings) {
        for (Setting<?> setting : settings) {
            if (setting.flag().equals(flag)) {
                return setting;
            }
        }
        return null;
    }

    private static BadConfiguration unknown(String name, List<Setting<?>> settings) {
        String serf = SERF_ONLY.get(name);
        if (serf != null) {
            return new BadConfiguration("flag -" + name + " of Serf is not supported: " + serf);
        }
        var flags = settings.stream().map(Setting::flag).toList();
        return new BadConfiguration("unknown flag -" + name + Suggestion.didYouMean(name, "-", flags)
                + " (-h lists the flags of this command)");
    }
}
