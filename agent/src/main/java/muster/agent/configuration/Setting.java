package muster.agent.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One thing an operator can set.
 *
 * @param flag as on the command line, without dashes
 * @param key as in a file; Serf's name where Serf has one
 * @param fallback the value when nobody sets it
 * @param help one line: what it does, and why one would change it
 */
public record Setting<T>(String flag, String key, Kind<T> kind, T fallback, String help) {

    /** A setting whose file key is its flag with underscores. */
    public static <T> Setting<T> of(String flag, Kind<T> kind, T fallback, String help) {
        return new Setting<>(flag, flag.replace('-', '_'), kind, fallback, help);
    }

    /** The environment variable that sets it: {@code rpc-addr} is {@code MUSTER_RPC_ADDR}. */
    public String variable() {
        return EnvironmentReader.PREFIX + flag.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** The settings of the lists, one after another. Here, because the schemas are made of each other. */
    @SafeVarargs
    public static List<Setting<?>> join(List<Setting<?>>... lists) {
        var all = new ArrayList<Setting<?>>();
        for (List<Setting<?>> list : lists) {
            all.addAll(list);
        }
        return List.copyOf(all);
    }
}
