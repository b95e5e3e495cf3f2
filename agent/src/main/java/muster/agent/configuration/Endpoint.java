package muster.agent.configuration;

import java.net.InetAddress;

/**
 * A host and a port as an operator writes them: {@code 10.0.0.1}, {@code 10.0.0.1:7946}, {@code :8080},
 * {@code [fe80::1]:7946}, {@code seed.example}.
 *
 * @param host a name or literal without brackets; empty when none was written
 * @param port 0 to 65535, or {@link #NO_PORT}
 */
public record Endpoint(String host, int port) {
    public static final int NO_PORT = -1;
    private static final int PORT_MAX = 65_535;
    private static final int HOST_LENGTH_MAX = 253; // of a name in DNS

    /**
     * Parses any of the forms above. What looks like an IP address has to be one; whether a name leads anywhere is not
     * asked. Throws {@link IllegalArgumentException} with the remedy.
     */
    public static Endpoint parse(String text) {
        Endpoint endpoint = split(text);
        checkHost(endpoint.host, text);
        return endpoint;
    }

    /** Of a node to join, as Serf takes it: perhaps {@code NAME/} in front, and a host in any case. Throws as {@link #parse}. */
    public static Endpoint ofSeed(String written) {
        Endpoint endpoint = parse(written.substring(written.indexOf('/') + 1));
        if (endpoint.host.isEmpty()) {
            throw new IllegalArgumentException("'" + written + "' names no host: write HOST or HOST:PORT");
        }
        return endpoint;
    }

    private static Endpoint split(String text) {
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end < 0 || (end + 1 < text.length() && text.charAt(end + 1) != ':')) {
                throw wrong(text, "an IPv6 address with a port is written [ADDRESS]:PORT");
            }
            String host = text.substring(1, end);
            return end + 1 == text.length()
                    ? new Endpoint(host, NO_PORT)
                    : new Endpoint(host, port(text.substring(end + 2), text));
        }
        int colon = text.indexOf(':');
        if (colon < 0) {
            // The system would read 8080 as the address 0.0.31.144.
            if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw wrong(text, "write HOST:PORT, or :" + text + " for a port alone");
            }
            return new Endpoint(text, NO_PORT);
        }
        if (text.indexOf(':', colon + 1) >= 0) {
            return new Endpoint(text, NO_PORT); // a bare IPv6 address: it cannot carry a port
        }
        return new Endpoint(text.substring(0, colon), port(text.substring(colon + 1), text));
    }

    public boolean hasPort() {
        return port != NO_PORT;
    }

    public int portOr(int other) {
        return port == NO_PORT ? other : port;
    }

    public String hostOr(String other) {
        return host.isEmpty() ? other : host;
    }

    /** In the form that {@link #parse} reads back. */
    @Override
    public String toString() {
        String shown = host.indexOf(':') >= 0 && hasPort() ? "[" + host + "]" : host;
        return hasPort() ? shown + ":" + port : shown;
    }

    private static void checkHost(String host, String text) {
        if (host.indexOf(':') >= 0) {
            if (!isLiteral(host)) {
                throw wrong(text, "an IPv6 address looks like 2001:db8::1, with a port [2001:db8::1]:7946");
            }
        } else if (!host.isEmpty() && host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'))) {
            if (!isLiteral(host)) {
                throw wrong(text, "an IPv4 address is four numbers from 0 to 255, like 10.0.0.1");
            }
        } else if (host.length() > HOST_LENGTH_MAX || !host.chars().allMatch(Endpoint::isOfName)) {
            throw wrong(
                    text,
                    "a host is an IP address or a name of at most " + HOST_LENGTH_MAX
                            + " letters, digits, dots, dashes and underscores; leave it away for every address");
        }
    }

    private static boolean isLiteral(String host) {
        try {
            InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isOfName(int c) {
        return Character.isLetterOrDigit(c) || c == '.' || c == '-' || c == '_';
    }

    private static int port(String digits, String text) {
        try {
            int port = Integer.parseInt(digits);
            if (port >= 0 && port <= PORT_MAX) {
                return port;
            }
        } catch (NumberFormatException e) {
            // falls through to the one message
        }
        throw wrong(text, "the port must be a number from 0 to " + PORT_MAX);
    }

    private static IllegalArgumentException wrong(String text, String remedy) {
        return new IllegalArgumentException("'" + text + "' is not an address: " + remedy);
    }
}
