package muster.supervisor;

import java.util.List;

/** One question whose answer says that a service is well. */
public sealed interface Probe {
    /** Well when a connection is accepted. */
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
     * Well when GET answers with 200 to 399.
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

    /**
     * Well when this file exists.
     *
     * @param path seen from the directory of the service
     */
    record File(String path) implements Probe {
        public File {
            if (path.isEmpty() || path.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("a file probe needs a path");
            }
        }

        @Override
        public String toString() {
            return "file " + path;
        }
    }

    /** Well when this command, run as the service is (user, directory, environment), exits with 0. */
    record Command(List<String> words) implements Probe {
        public Command {
            words = List.copyOf(words);
            if (words.isEmpty() || words.get(0).isEmpty()) {
                throw new IllegalArgumentException("a command probe needs a command");
            }
        }

        @Override
        public String toString() {
            return "command " + String.join(" ", words);
        }
    }

    private static void checkPort(int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("probe port " + port + " must be from 1 to 65535");
        }
    }
}
