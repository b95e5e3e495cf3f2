package muster.agent.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Settings from {@code MUSTER_} variables. Of these, empty ones count as not set. */
public final class EnvironmentReader {
    static final String PREFIX = "MUSTER_";

    private static final String SERF_RPC_AUTH = "SERF_RPC_AUTH";

    /** Serf's own variables, understood as well so that scripts for its command line keep working. */
    private static final Map<String, Setting<?>> SERF =
            Map.of("SERF_RPC_ADDR", Schema.RPC_ADDR, SERF_RPC_AUTH, Schema.RPC_AUTH);

    /** What launchers and the shims for s6's commands read, and what event handlers are given. */
    private static final Set<String> OUTSIDE = Set.of(
            "MUSTER_BUILD",
            "MUSTER_CACHE",
            "MUSTER_JAVA_HOME",
            "MUSTER_JAVA_OPTS",
            "MUSTER_MEMBER_PORT",
            "MUSTER_MEMBER_SERVICES",
            "MUSTER_REHEARSAL",
            "MUSTER_RUN_DIR");

    private static final Pattern SERVICE_LINK = Pattern.compile(
            "MUSTER_(.*_)?(SERVICE_(HOST|PORT(_.*)?)|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?|ENV_.*)");
    private static final Pattern SERVICE_PLACE = Pattern.compile("(tcp|udp|sctp)://.*");

    /** Which signal the JVM uses for itself instead of USR2; set by the launcher. */
    public static final String JVM_SIGNAL = "_JAVA_SR_SIGNUM";

    /** What LC_ALL was before the launcher set it for our JVM: "=" and its value, or empty where it was not set. */
    private static final String LOCALE_BEFORE = "_MUSTER_LC_ALL";

    private EnvironmentReader() {}

    /** Our environment as our caller made it: without what the launcher set for our JVM. */
    public static SortedMap<String, String> asGiven(Map<String, String> environment) {
        var given = new TreeMap<>(environment);
        given.remove(JVM_SIGNAL);
        String locale = given.remove(LOCALE_BEFORE);
        if (locale != null) {
            given.remove("LC_ALL");
            if (!locale.isEmpty()) {
                given.put("LC_ALL", locale.substring(1));
            }
        }
        return given;
    }

    /** What a program that we start may see of our own environment: all but the keys of the cluster and of RPC, and what is for our JVM. */
    public static SortedMap<String, String> withoutSecrets(Map<String, String> environment) {
        var rest = asGiven(environment);
        rest.remove(Schema.ENCRYPT.variable());
        rest.remove(Schema.RPC_AUTH.variable());
        rest.remove(SERF_RPC_AUTH);
        return rest;
    }

    /** As {@link #withoutSecrets}, but with what Serf's handlers have: they call {@code serf}, which reads its key there. */
    public static SortedMap<String, String> forHandlers(Map<String, String> environment) {
        var rest = withoutSecrets(environment);
        String key = environment.get(SERF_RPC_AUTH);
        if (key != null) {
            rest.put(SERF_RPC_AUTH, key);
        }
        return rest;
    }

    /** Without the variables that Serf's command line reads, and its agent does not. */
    public static Map<String, String> withoutSerfs(Map<String, String> environment) {
        var rest = new TreeMap<>(environment);
        rest.keySet().removeAll(SERF.keySet());
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
     * Throws {@link BadConfiguration} with every {@code MUSTER_} variable that is not among {@code known}, the settings of
     * all commands: it is a mistyped one. What an orchestrator sets for a service whose name begins with muster is not
     * ours and is passed over.
     */
    public static void refuseUnknown(Map<String, String> environment, Stream<Setting<?>> known) {
        Set<String> strange = new TreeSet<>();
        environment.forEach((variable, text) -> {
            if (variable.startsWith(PREFIX) && !OUTSIDE.contains(variable) && !isServiceLink(variable, text)) {
                strange.add(variable);
            }
        });
        if (strange.isEmpty()) {
            return; // the usual case, and commands are to start fast
        }
        var variables = known.map(Setting::variable).distinct().toList();
        strange.removeAll(variables);
        var names = variables.stream()
                .map(variable -> variable.substring(PREFIX.length()))
                .toList();
        if (!strange.isEmpty()) {
            throw new BadConfiguration(strange.stream()
                    .map(variable -> "unknown environment variable " + variable
                            + Suggestion.didYouMean(variable.substring(PREFIX.length()), PREFIX, names)
                            + " (variables that begin with " + PREFIX + " are settings; unset what is not)")
                    .toList());
        }
    }

    /** As Kubernetes and Docker's links announce other services to a container. */
    private static boolean isServiceLink(String variable, String text) {
        return SERVICE_LINK.matcher(variable).matches()
                || isServicePlace(variable, text)
                || (variable.endsWith("_NAME") && text.startsWith("/"));
    }

    private static boolean isServicePlace(String variable, String text) {
        return variable.endsWith("_PORT") && SERVICE_PLACE.matcher(text).matches();
    }

    private static void add(
            List<Given> given,
            Map<String, String> environment,
            String variable,
            Setting<?> setting,
            List<Setting<?>> settings) {
        String text = environment.getOrDefault(variable, "");
        // What has the name of a setting is that setting, MUSTER_ENV_FILE too, unless its value cannot be one.
        if (!text.isEmpty() && settings.contains(setting) && !isServicePlace(variable, text)) {
            given.add(new Given(setting, text, "environment variable " + variable));
        }
    }
}
