package muster.agent.configuration;

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

    /** Parses any of the forms above. Throws {@link IllegalArgumentException} with the remedy. */
    public static Endpoint parse(String text) {
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
