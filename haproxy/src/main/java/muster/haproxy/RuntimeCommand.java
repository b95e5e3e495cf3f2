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

    /** To maintenance, or back from it. */
    static RuntimeCommand maintenance(ServerPath server, boolean on) {
        return set(server, "state " + (on ? "maint" : "ready"));
    }

    /** What somebody had set by hand: no new request but those that are bound to it. */
    static RuntimeCommand drain(ServerPath server) {
        return set(server, "state drain");
    }

    /** Its checks have failed already, as a process before this one has seen; only with checks. */
    static RuntimeCommand down(ServerPath server) {
        return set(server, "health down");
    }

    static RuntimeCommand weight(ServerPath server, int weight) {
        return set(server, "weight " + weight);
    }

    /** "health" or "agent": its checks are to run. */
    static RuntimeCommand enable(String what, ServerPath server) {
        return new Silent("enable " + what + " " + server);
    }

    private static RuntimeCommand set(ServerPath server, String what) {
        return new Silent("set server " + server + " " + what);
    }

    /** One that HAProxy answers with nothing when it did it. */
    record Silent(String text) implements RuntimeCommand {
        @Override
        public Verdict verdict(String answer) {
            return answer.isBlank() ? Verdict.DONE : Verdict.REFUSED;
        }
    }

    /** A new server; it begins in maintenance and without checks. */
    record Add(ServerPath server, ServerLine line) implements RuntimeCommand {
        @Override
        public String text() {
            var text = new StringBuilder("add server " + server + " " + endpoint(line));
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

    record SetAddress(ServerPath server, ServerLine line) implements RuntimeCommand {
        @Override
        public String text() {
            return "set server " + server + " addr " + line.host() + " port " + line.port();
        }

        /** It says in words what it changed, and ends them like this. */
        @Override
        public Verdict verdict(String answer) {
            return answer.strip().endsWith("by 'stats socket command'") ? Verdict.DONE : Verdict.REFUSED;
        }
    }

    /** Only in maintenance, and when no request uses it any more. */
    record Delete(ServerPath server) implements RuntimeCommand {
        @Override
        public String text() {
            return "del server " + server;
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
