package muster.supervisor;

/** One question whose answer says that a service is ready. */
public sealed interface Probe {
    String host();

    int port();

    /** Ready when a connection is accepted. */
    record Tcp(String host, int port) implements Probe {
        public Tcp {
            checkPort(port);
        }

        @Override
        public String toString() {
            return "tcp " + host + ":" + port;
        }
    }

    /**
     * Ready when GET answers with 200 to 399.
     *
     * @param path begins with a slash
     */
    record Http(String host, int port, String path) implements Probe {
        public Http {
            checkPort(port);
            if (!path.startsWith("/") || path.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
                throw new IllegalArgumentException("probe path \"" + path
                        + "\" must begin with / and have visible ASCII characters only, e.g. /health");
            }
        }

        @Override
        public String toString() {
            return "GET http://" + host + ":" + port + path;
        }
    }

    private static void checkPort(int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("probe port " + port + " must be from 1 to 65535");
        }
    }
}
