package muster.haproxy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A {@code server} line of a configuration, with what it inherits.
 *
 * @param host a literal address; null for names, sockets and whatever else only HAProxy understands
 * @param port 0 where {@code host} is null
 * @param weight 0 to 256
 * @param disabled it is to be in maintenance
 * @param options the rest, what is inherited from {@code default-server} first; the order matters, the last word wins
 */
record ServerLine(String name, @Nullable String host, int port, int weight, boolean disabled, List<String> options) {
    private static final int WEIGHT_UNLESS_SAID = 1;

    ServerLine {
        options = List.copyOf(options);
    }

    /**
     * From the words behind {@code server}, or null where they are none that we understand.
     *
     * @param inherited the words of the {@code default-server} lines that reach it
     */
    static @Nullable ServerLine of(List<String> words, List<String> inherited) {
        if (words.size() < 2) {
            return null;
        }
        var all = new ArrayList<>(inherited);
        all.addAll(words.subList(2, words.size()));
        int weight = WEIGHT_UNLESS_SAID;
        boolean disabled = false;
        var options = new ArrayList<String>();
        for (int i = 0; i < all.size(); i++) {
            switch (all.get(i)) {
                case "weight" -> {
                    weight = i + 1 < all.size() ? number(all.get(++i), 256) : -1;
                    if (weight < 0) {
                        return null;
                    }
                }
                case "disabled" -> disabled = true;
                case "enabled" -> disabled = false;
                case String option -> options.add(option);
            }
        }
        String address = words.get(1);
        int colon = address.lastIndexOf(':');
        String host = colon < 0 ? null : literal(address.substring(0, colon));
        int port = host == null ? 0 : number(address.substring(colon + 1), 65_535);
        if (port <= 0) {
            // A name, a port that is relative to the client's, a socket: part of what cannot be told to the running
            // one.
            options.addFirst(address);
            return new ServerLine(words.get(0), null, 0, weight, disabled, options);
        }
        return new ServerLine(words.get(0), host, port, weight, disabled, options);
    }

    /** Whether {@code check}, {@code agent-check} and the like hold after all that was said. */
    boolean says(String option) {
        return options.lastIndexOf(option) > options.lastIndexOf("no-" + option);
    }

    /** Whether requests go to it while nobody doubts it. */
    boolean takesRequests() {
        return !disabled && weight > 0 && !options.contains("backup");
    }

    /** The same, in maintenance. */
    ServerLine inMaintenance() {
        return new ServerLine(name, host, port, weight, true, options);
    }

    /** Digits only: a port with a sign is relative to the client's. */
    private static int number(String digits, int max) {
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int value = Integer.parseInt(digits);
        return value <= max ? value : -1;
    }

    /** As {@code show servers state} writes it. */
    private static @Nullable String literal(String text) {
        String host = text.replaceFirst("^ipv[46]@", "");
        host = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return canonical(host);
    }

    /** One spelling for each address; null for what is none. */
    static @Nullable String canonical(String host) {
        if (host.indexOf('%') >= 0) {
            return null; // a zone: only that machine knows what it means
        }
        try {
            return InetAddress.ofLiteral(host).getHostAddress().toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
