package muster.haproxy;

/**
 * One command of HAProxy's runtime API. HAProxy has no status codes; what an answer means is known per command, and what is
 * not known is a refusal.
 */
sealed interface RuntimeCommand {

    /** What became of it. */
    enum Verdict {
        DONE,
        /** Not yet: somebody still uses it. To be tried again. */
        LATER,
        /** It cannot be done without a reload. */
        REFUSED
    }

    /** As it is sent, without the end of the line. */
    String text();

    Verdict verdict(String answer);

    private static String path(String backend, String server) {
        return backend + "/" + server;
    }

    private static Verdict silent(String answer) {
        return answer.isBlank() ? Verdict.DONE : Verdict.REFUSED;
    }

    /** A new server; it begins in maintenance and without checks. */
    record Add(String backend, ServerLine line) implements RuntimeCommand {
        @Override
        public String text() {
            var text = new StringBuilder("add server " + path(backend, line.name()) + " " + endpoint(line));
            text.append(" weight ").append(line.weight());
            for (int i = 0; i < line.options().size(); i++) {
                if (line.options().get(i).equals("init-addr")) {
                    i++; // how names become addresses at the start: it has an address, and HAProxy refuses the word
                    // here
                } else {
                    text.append(' ').append(line.options().get(i));
                }
            }
            return text.toString();
        }

        @Override
        public Verdict verdict(String answer) {
            return answer.contains("New server registered") ? Verdict.DONE : Verdict.REFUSED;
        }
    }

    /** "health" or "agent": its checks are to run. */
    record Enable(String what, String backend, String server) implements RuntimeCommand {
        @Override
        public String text() {
            return "enable " + what + " " + path(backend, server);
        }

        @Override
        public Verdict verdict(String answer) {
            return silent(answer);
        }
    }

    record SetState(String backend, String server, boolean maintenance) implements RuntimeCommand {
        @Override
        public String text() {
            return "set server " + path(backend, server) + " state " + (maintenance ? "maint" : "ready");
        }

        @Override
        public Verdict verdict(String answer) {
            return silent(answer);
        }
    }

    record SetWeight(String backend, String server, int weight) implements RuntimeCommand {
        @Override
        public String text() {
            return "set server " + path(backend, server) + " weight " + weight;
        }

        @Override
        public Verdict verdict(String answer) {
            return silent(answer);
        }
    }

    record SetAddress(String backend, ServerLine line) implements RuntimeCommand {
        @Override
        public String text() {
            return "set server " + path(backend, line.name()) + " addr " + line.host() + " port " + line.port();
        }

        /** It says in words what it changed, and ends them like this. */
        @Override
        public Verdict verdict(String answer) {
            return answer.strip().endsWith("by 'stats socket command'") ? Verdict.DONE : Verdict.REFUSED;
        }
    }

    /** Only in maintenance, and when no request uses it any more. */
    record Delete(String backend, String server) implements RuntimeCommand {
        @Override
        public String text() {
            return "del server " + path(backend, server);
        }

        @Override
        public Verdict verdict(String answer) {
            if (answer.contains("Server deleted") || answer.contains("No such server")) {
                return Verdict.DONE;
            }
            return answer.contains("still has connections") ? Verdict.LATER : Verdict.REFUSED;
        }
    }

    private static String endpoint(ServerLine line) {
        String host = line.host();
        if (host == null) {
            throw new IllegalArgumentException(line.name() + " has no literal address");
        }
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + line.port();
    }
}
