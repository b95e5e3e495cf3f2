package muster.agent.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Settings from {@code MUSTER_} variables. Of these, empty ones count as not set. */
public final class EnvironmentReader {
    static final String PREFIX = "MUSTER_";

    /** Serf's own variables, understood as well so that scripts for its command line keep working. */
    private static final Map<String, Setting<?>> SERF = Map.of(
            "SERF_RPC_ADDR", Schema.RPC_ADDR,
            "SERF_RPC_AUTH", Schema.RPC_AUTH);

    /** What the launchers read. */
    private static final List<String> LAUNCHER =
            List.of("MUSTER_BUILD", "MUSTER_CACHE", "MUSTER_JAVA_HOME", "MUSTER_JAVA_OPTS", "MUSTER_REHEARSAL");

    private EnvironmentReader() {}

    /** What a program that we start may see of our own environment: all but the keys of the cluster and of RPC. */
    public static SortedMap<String, String> withoutSecrets(Map<String, String> environment) {
        var rest = new TreeMap<>(environment);
        rest.remove(Schema.ENCRYPT.variable());
        rest.remove(Schema.RPC_AUTH.variable());
        rest.remove("SERF_RPC_AUTH");
        return rest;
    }

    /** Serf's variables rank below ours, so they come first. */
    public static List<Given> read(Map<String, String> environment, List<Setting<?>> settings) {
        var given = new ArrayList<Given>();
        SERF.forEach((variable, setting) -> add(given, environment, variable, setting, settings));
        for (Setting<?> setting : settings) {
            add(given, environment, setting.variable(), setting, settings);
        }
        return given;
    }

    /**
     * A warning for each {@code MUSTER_} variable that no setting of any command has. Warnings, not errors: Kubernetes
     * puts such variables into every container beside a service that is called muster.
     */
    public static List<String> warnings(Map<String, String> environment, List<Setting<?>> all) {
        var known = all.stream().map(Setting::variable).toList();
        var warnings = new ArrayList<String>();
        for (String variable : new TreeMap<>(environment).keySet()) {
            boolean launcher = LAUNCHER.contains(variable);
            if (variable.startsWith(PREFIX) && !launcher && !known.contains(variable)) {
                warnings.add("environment variable " + variable + " is not a setting and is ignored"
                        + Suggestion.didYouMean(variable, "", known));
            }
        }
        return warnings;
    }

    private static void add(
            List<Given> given,
            Map<String, String> environment,
            String variable,
            Setting<?> setting,
            List<Setting<?>> settings) {
        String text = environment.getOrDefault(variable, "");
        if (!text.isEmpty() && settings.contains(setting)) {
            given.add(new Given(setting, text, "environment variable " + variable));
        }
    }
}
