package muster.agent.configuration;

import java.util.List;
import java.util.Map;
import muster.supervisor.Probe;
import muster.supervisor.Readiness;

/** The value of {@code -ready} and {@code -live}: what says that a service is well. */
public sealed interface ReadySign {
    /** It is asked. */
    record Asked(Probe probe) implements ReadySign {}

    /** It writes a newline to this descriptor. */
    record Descriptor(int number) implements ReadySign {}

    /** It sends {@code READY=1} as to systemd. */
    record Systemd() implements ReadySign {}

    /** Of those that need more than a word. */
    Map<String, String> FORMS =
            Map.of("tcp", "tcp:PORT", "http", "http:PORT/PATH", "file", "file:PATH", "command", "command:TEXT");

    /** Where a probe without a host asks. */
    String HERE = "127.0.0.1";

    /** Throws {@link IllegalArgumentException} with the remedy. */
    static ReadySign parse(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? text : text.substring(0, colon);
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        String whole = FORMS.get(kind);
        if (whole != null && rest.isEmpty()) {
            throw new IllegalArgumentException("'" + text + "' does not say what is asked; write " + whole);
        }
        return switch (kind) {
            case "systemd" -> new Systemd();
            case "fd" ->
                new Descriptor(Kind.number(3, Readiness.DESCRIPTOR_MAX).parse().apply(rest));
            case "tcp" -> new Asked(tcp(rest));
            case "http" -> new Asked(http(rest.startsWith("//") ? rest.substring(2) : rest));
            case "file" -> new Asked(new Probe.File(rest));
            case "command" -> new Asked(new Probe.Command(List.of("/bin/sh", "-c", rest)));
            default ->
                throw new IllegalArgumentException("'" + text + "' is none of tcp:PORT, tcp:HOST:PORT,"
                        + " http:PORT/PATH, http://HOST:PORT/PATH, file:PATH, command:TEXT, fd:NUMBER and systemd");
        };
    }

    /** As {@link #parse}, of those that can be asked again. */
    static ReadySign parseProbe(String text) {
        ReadySign sign = parse(text);
        if (sign instanceof Asked) {
            return sign;
        }
        throw new IllegalArgumentException("'" + text + "' cannot be asked again; use tcp, http, file or command");
    }

    private static Probe tcp(String place) {
        Endpoint endpoint = Endpoint.parse(place.indexOf(':') < 0 ? ":" + place : place);
        return new Probe.Tcp(endpoint.hostOr(HERE), endpoint.portOr(0));
    }

    private static Probe http(String place) {
        int slash = place.indexOf('/');
        String host = slash < 0 ? place : place.substring(0, slash);
        Endpoint endpoint = Endpoint.parse(host.indexOf(':') < 0 ? ":" + host : host);
        return new Probe.Http(endpoint.hostOr(HERE), endpoint.portOr(0), slash < 0 ? "/" : place.substring(slash));
    }
}
