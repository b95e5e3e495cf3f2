package muster.agent.configuration;

import muster.supervisor.Logging;

/** The value of {@code -log}: one place where the output of a service goes. */
public sealed interface LogTarget {
    /** Where ours goes. */
    record Inherit() implements LogTarget {}

    /** Our standard output, with the service's name. */
    record Console() implements LogTarget {}

    /** A file that is rotated. */
    record File(String path) implements LogTarget {}

    /** A syslog receiver. */
    record Syslog(Logging.Transport transport) implements LogTarget {}

    /** Another service's standard input. */
    record Service(String name) implements LogTarget {}

    /** Throws {@link IllegalArgumentException} with the remedy. */
    static LogTarget parse(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? text : text.substring(0, colon);
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        boolean complete = switch (kind) {
            case "inherit", "console" -> rest.isEmpty();
            case "file", "unix", "service" -> !rest.isEmpty();
            case "udp", "tcp" -> rest.startsWith("//");
            default -> false;
        };
        if (!complete) {
            throw new IllegalArgumentException("'" + text + "' is none of inherit, console, file:PATH,"
                    + " udp://HOST:PORT, tcp://HOST:PORT, unix:PATH and service:NAME");
        }
        return switch (kind) {
            case "inherit" -> new Inherit();
            case "console" -> new Console();
            case "file" -> new File(rest);
            case "unix" -> new Syslog(new Logging.Transport.Unix(rest));
            case "service" -> new Service(rest);
            default -> new Syslog(remote(kind, rest.substring(2), text));
        };
    }

    /** A syslog receiver and nothing else. Throws {@link IllegalArgumentException} with the remedy. */
    static Logging.Transport receiver(String text) {
        try {
            if (parse(text) instanceof Syslog syslog) {
                return syslog.transport();
            }
        } catch (IllegalArgumentException e) {
            if (text.startsWith("udp://") || text.startsWith("tcp://")) {
                throw e;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is none of udp://HOST:PORT, tcp://HOST:PORT and unix:PATH");
    }

    private static Logging.Transport remote(String kind, String place, String text) {
        Endpoint endpoint = Endpoint.parse(place);
        String host = endpoint.hostOr("");
        if (host.isEmpty()) {
            throw new IllegalArgumentException("'" + text + "' names no host, like " + kind + "://loghost:514");
        }
        int port = endpoint.portOr(SYSLOG_PORT);
        return kind.equals("udp") ? new Logging.Transport.Udp(host, port) : new Logging.Transport.Tcp(host, port);
    }

    /** RFC 5426. */
    int SYSLOG_PORT = 514;
}
