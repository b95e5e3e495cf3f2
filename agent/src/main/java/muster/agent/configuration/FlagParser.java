package muster.agent.configuration;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Command lines as Go's flag package reads them, because that is what Serf's users type: one or two dashes, {@code -x v}
 * or {@code -x=v}, switches only {@code -x} or {@code -x=false}. The first word without a dash, or a lone {@code --},
 * ends the flags.
 */
public final class FlagParser {
    private FlagParser() {}

    /**
     * What a command line holds: the settings in their order, whether help was asked for, and the words after the flags.
     *
     * @param dashed a lone {@code --} stands before the words, so they are words whatever they look like
     */
    public record Parsed(List<Given> given, boolean helpWanted, List<String> words, boolean dashed) {

        /** Throws {@link BadConfiguration} when a word looks like a flag: what comes after the first word is none. */
        public void refuseFlagsAmongWords() {
            for (String word : words) {
                if (!dashed && isFlag(word)) {
                    throw new BadConfiguration("'" + word + "' comes too late: flags go before words."
                            + " If it is meant as a word, write -- before the first word");
                }
            }
        }
    }

    /** Throws {@link BadConfiguration} naming the flag and the remedy. */
    public static Parsed parse(List<String> arguments, List<Setting<?>> settings) {
        var given = new ArrayList<Given>();
        int at = 0;
        boolean dashed = false;
        while (at < arguments.size()) {
            String word = arguments.get(at);
            if (word.equals("--")) {
                at++;
                dashed = true;
                break;
            }
            if (!isFlag(word)) {
                break;
            }
            at++;
            String body = word.substring(word.startsWith("--") ? 2 : 1);
            int equals = body.indexOf('=');
            String name = equals < 0 ? body : body.substring(0, equals);
            if (name.equals("h") || name.equals("help")) {
                return new Parsed(given, true, List.of(), false);
            }
            Setting<?> setting = find(name, settings);
            if (setting == null) {
                throw unknown(word, name, settings);
            }
            String value;
            if (equals >= 0) {
                value = body.substring(equals + 1);
            } else if (setting.kind().shape() == Kind.Shape.SWITCH) {
                value = "true";
            } else if (at < arguments.size()) {
                value = arguments.get(at++);
            } else {
                throw new BadFlag(
                        "flag needs an argument: -" + name,
                        "flag -" + name + " needs a value: -" + name + " "
                                + setting.kind().valueName());
            }
            given.add(new Given(setting, value, "flag -" + name));
        }
        return new Parsed(given, false, List.copyOf(arguments.subList(at, arguments.size())), dashed);
    }

    private static boolean isFlag(String word) {
        return word.length() > 1 && word.charAt(0) == '-';
    }

    private static @Nullable Setting<?> find(String flag, List<Setting<?>> settings) {
        for (Setting<?> setting : settings) {
            if (setting.flag().equals(flag)) {
                return setting;
            }
        }
        return null;
    }

    private static BadFlag unknown(String word, String name, List<Setting<?>> settings) {
        var flags = settings.stream().map(Setting::flag).toList();
        boolean named = !name.isEmpty() && name.charAt(0) != '-';
        return new BadFlag(
                named ? "flag provided but not defined: -" + name : "bad flag syntax: " + word,
                "unknown flag -" + name + Suggestion.didYouMean(name, "-", flags)
                        + " (-h lists the flags of this command)");
    }
}
