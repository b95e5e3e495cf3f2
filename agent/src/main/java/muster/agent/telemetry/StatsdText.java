package muster.agent.telemetry;

import java.util.Locale;
import muster.gossip.Figure;

/** A figure as a line of statsd's protocol, in the form that Serf's go-metrics gives it. */
final class StatsdText {
    private static final String SERVICE = "serf-agent.";

    private final String host;

    /** @param host the name of this machine; go-metrics tells gauges of many machines apart by it */
    StatsdText(String host) {
        this.host = host + ".";
    }

    String line(Figure figure) {
        String type = switch (figure.kind()) {
            case COUNT -> "c";
            case SAMPLE, TOOK -> "ms";
            case GAUGE -> "g";
        };
        String name = SERVICE + (figure.kind() == Figure.Kind.GAUGE ? host : "") + figure.name();
        return plain(name) + ":" + String.format(Locale.ROOT, "%f", figure.value()) + "|" + type + "\n";
    }

    /** Names of events and queries come from the network: none may end the line, or begin its next part. */
    private static String plain(String name) {
        var plain = new StringBuilder(name);
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (c <= ' ' || c == ':' || c == '|' || c == '@' || c == '#') {
                plain.setCharAt(i, '_');
            }
        }
        return plain.toString();
    }
}
