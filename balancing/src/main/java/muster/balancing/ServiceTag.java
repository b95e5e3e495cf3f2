package muster.balancing;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Service;
import org.jspecify.annotations.Nullable;

/**
 * How a node announces services in its tags.
 *
 * <pre>
 *   svc.NAME = PORT [;proto=http|tcp] [;check=/path] [;weight=0..1000] [;state=unready|draining]
 * </pre>
 *
 * NAME is 1 to 64 letters, digits, {@code . _ -}. Without a word about it a service is http, unchecked, of weight 10.
 * Unknown parameters are skipped and counted: a newer node may say more than we understand. A known parameter with a
 * value that is not understood is a problem, because guessing would send traffic to the wrong place.
 *
 * <p>Tags come from the network: nothing here throws on any of them.
 */
public final class ServiceTag {
    public static final String KEY_PREFIX = "svc.";
    public static final int WEIGHT_DEFAULT = 10;
    public static final int WEIGHT_MAX = 1_000;
    public static final int NAME_CHARS_MAX = 64;

    /** A check path must fit a tag among others; all tags of a node share 512 bytes. */
    public static final int PATH_CHARS_MAX = 255;

    /** More do not fit into 512 bytes of tags; other sources have no such limit of their own. */
    public static final int SERVICES_PER_NODE_MAX = 64;

    /** Parameters looked at in one tag. */
    static final int PARAMETERS_MAX = 32;

    private static final String HTTP = "http";
    private static final String TCP = "tcp";
    private static final String UNREADY = "unready";
    private static final String DRAINING = "draining";

    private ServiceTag() {}

    /** What a tag says. */
    public sealed interface Parsed {
        /**
         * A service.
         *
         * @param skipped parameters that are not known here
         */
        record Ok(Service service, int skipped) implements Parsed {}

        /**
         * No service.
         *
         * @param sentence what is wrong and what is expected, safe to print
         */
        record Problem(String sentence) implements Parsed {}
    }

    /**
     * What all tags of a node say.
     *
     * @param services in the order of their names
     * @param problems one sentence for each tag that was not understood
     * @param skipped unknown parameters
     */
    public record Offers(List<Service> services, List<String> problems, int skipped) {}

    /**
     * One tag.
     *
     * @param name what follows {@code svc.} in the key
     */
    public static Parsed parse(String name, String value) {
        if (!isName(name)) {
            return problem(name, "a service name is 1 to " + NAME_CHARS_MAX + " letters, digits, '.', '_' or '-'");
        }
        String[] parts = value.split(";", PARAMETERS_MAX + 2);
        if (parts.length > PARAMETERS_MAX + 1) {
            return problem(name, "it has more than " + PARAMETERS_MAX + " parameters");
        }
        int port = number(parts[0], 65_535);
        if (port < 1) {
            return problem(name, "it must begin with a port from 1 to 65535, not " + quoted(parts[0]));
        }
        var seen = new Parameters();
        for (int i = 1; i < parts.length; i++) {
            String wrong = seen.add(parts[i]);
            if (wrong != null) {
                return problem(name, wrong);
            }
        }
        return new Parsed.Ok(seen.service(name, port), seen.skipped);
    }

    /**
     * The service of a node that names none: http, unchecked, of the usual weight.
     *
     * @param port what its tag {@code port} says
     */
    public static Parsed ofPort(String name, String port) {
        int number = number(port, 65_535);
        return number < 1
                ? new Parsed.Problem("tag port: it must be a port from 1 to 65535, not " + quoted(port))
                : new Parsed.Ok(new Service(name, number, HTTP, "", WEIGHT_DEFAULT, Condition.READY), 0);
    }

    /** The shortest tag value that {@link #parse} reads back as this service. */
    public static String format(Service service) {
        var value = new StringBuilder(32).append(service.port());
        if (!service.protocol().equals(HTTP)) {
            value.append(";proto=").append(service.protocol());
        }
        if (!service.checkPath().isEmpty()) {
            value.append(";check=").append(service.checkPath());
        }
        if (service.weight() != WEIGHT_DEFAULT) {
            value.append(";weight=").append(service.weight());
        }
        switch (service.condition()) {
            case READY -> {}
            case UNREADY -> value.append(";state=").append(UNREADY);
            case DRAINING -> value.append(";state=").append(DRAINING);
        }
        return value.toString();
    }

    /** All services in a node's tags; tags without the prefix are not looked at. */
    public static Offers services(SortedMap<String, String> tags) {
        var services = new ArrayList<Service>();
        var problems = new ArrayList<String>();
        int skipped = 0;
        for (var tag : tags.tailMap(KEY_PREFIX).entrySet()) {
            if (!tag.getKey().startsWith(KEY_PREFIX)) {
                break;
            }
            if (services.size() + problems.size() >= SERVICES_PER_NODE_MAX) {
                problems.add("it announces more than " + SERVICES_PER_NODE_MAX + " services; the rest is ignored");
                break;
            }
            switch (parse(tag.getKey().substring(KEY_PREFIX.length()), tag.getValue())) {
                case Parsed.Ok ok -> {
                    services.add(ok.service());
                    skipped += ok.skipped();
                }
                case Parsed.Problem problem -> problems.add(problem.sentence());
            }
        }
        return new Offers(List.copyOf(services), List.copyOf(problems), skipped);
    }

    /** Whether this can be the name of a service. */
    public static boolean isName(String name) {
        if (name.isEmpty() || name.length() > NAME_CHARS_MAX) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    /** Whether this can be a check path: begins with a slash, visible ASCII, no semicolon (it would end the value). */
    public static boolean isCheckPath(String path) {
        if (!path.startsWith("/") || path.length() > PATH_CHARS_MAX) {
            return false;
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == ';' || c == '#') {
                return false;
            }
        }
        return true;
    }

    private static Parsed problem(String name, String sentence) {
        return new Parsed.Problem("tag " + KEY_PREFIX + (isName(name) ? name : quoted(name)) + ": " + sentence);
    }

    /** Digits only, without sign or blank; -1 if it is not a number from 0 to max. */
    private static int number(String text, int max) {
        if (text.isEmpty() || text.length() > 5) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number <= max ? number : -1;
    }

    /** Hostile text made safe for a log line or a terminal. */
    private static String quoted(String text) {
        int shown = Math.min(text.length(), 40);
        var safe = new StringBuilder(shown + 4).append('"');
        for (int i = 0; i < shown; i++) {
            char c = text.charAt(i);
            safe.append(c >= ' ' && c < 0x7f && c != '"' ? c : '?');
        }
        return safe.append(shown < text.length() ? "…\"" : "\"").toString();
    }

    /** The parameters of one tag as they are read. */
    private static final class Parameters {
        private @Nullable String protocol;
        private @Nullable String checkPath;
        private @Nullable Condition condition;
        private int weight = -1;
        private int skipped;

        /** What is wrong with this one, or null. */
        @Nullable
        String add(String parameter) {
            int equals = parameter.indexOf('=');
            String key = equals < 0 ? parameter : parameter.substring(0, equals);
            String value = equals < 0 ? "" : parameter.substring(equals + 1);
            switch (key) {
                case "proto" -> {
                    if (protocol != null) {
                        return twice(key);
                    }
                    if (!value.equals(HTTP) && !value.equals(TCP)) {
                        return "proto is http or tcp, not " + quoted(value);
                    }
                    protocol = value;
                }
                case "check" -> {
                    if (checkPath != null) {
                        return twice(key);
                    }
                    if (!isCheckPath(value)) {
                        return "check is a path like /health of at most " + PATH_CHARS_MAX
                                + " visible ASCII characters, not " + quoted(value);
                    }
                    checkPath = value;
                }
                case "weight" -> {
                    if (weight >= 0) {
                        return twice(key);
                    }
                    weight = number(value, WEIGHT_MAX);
                    if (weight < 0) {
                        return "weight is a number from 0 to " + WEIGHT_MAX + ", not " + quoted(value);
                    }
                }
                case "state" -> {
                    if (condition != null) {
                        return twice(key);
                    }
                    if (!value.equals(UNREADY) && !value.equals(DRAINING)) {
                        return "state is unready, draining or not given, not " + quoted(value);
                    }
                    condition = value.equals(UNREADY) ? Condition.UNREADY : Condition.DRAINING;
                }
                default -> skipped++;
            }
            return null;
        }

        Service service(String name, int port) {
            return new Service(
                    name,
                    port,
                    protocol == null ? HTTP : protocol,
                    checkPath == null ? "" : checkPath,
                    weight < 0 ? WEIGHT_DEFAULT : weight,
                    condition == null ? Condition.READY : condition);
        }

        private static String twice(String key) {
            return key + " is given twice";
        }
    }
}
