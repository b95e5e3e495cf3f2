package muster.haproxy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The servers of a running HAProxy, as {@code show servers state} lists them.
 *
 * @param byBackend by the backend's name, then by the server's
 */
record RunningServers(SortedMap<String, SortedMap<String, Server>> byBackend) {
    /** Of the answer's first line. */
    private static final String VERSION = "1";

    /** SRV_ADMF_FMAINT of HAProxy's server-t.h: somebody or an agent check put it into maintenance, or its line says "disabled". */
    static final int FORCED_MAINTENANCE = 0x01;

    /** SRV_ADMF_FDRAIN: somebody or an agent check lets it drain. */
    static final int FORCED_DRAIN = 0x08;

    /**
     * One server.
     *
     * @param host a literal address in canonical form, or "-"
     * @param admin SRV_ADMF_* bits
     * @param operation 0: stopped, 1: starting, 2: running, 3: stopping
     */
    record Server(String host, int port, int weight, int admin, int operation) {
        boolean inMaintenance() {
            return (admin & FORCED_MAINTENANCE) != 0;
        }

        /** Somebody said so by hand; no file can. */
        boolean isDraining() {
            return (admin & FORCED_DRAIN) != 0;
        }

        /** Its checks have failed; in maintenance they say nothing. */
        boolean isDead() {
            return operation == 0 && !inMaintenance();
        }
    }

    /** @throws NotUnderstood if it is no such list, with what stands there */
    static RunningServers parse(String answer) throws NotUnderstood {
        List<String> lines = answer.lines().filter(line -> !line.isBlank()).toList();
        if (lines.size() < 2
                || !lines.getFirst().equals(VERSION)
                || !lines.get(1).startsWith("# ")) {
            throw new NotUnderstood("HAProxy did not list its servers but said: " + first(answer));
        }
        List<String> names = Arrays.asList(lines.get(1).substring(2).split(" ", -1));
        var byBackend = new TreeMap<String, SortedMap<String, Server>>();
        for (String line : lines.subList(2, lines.size())) {
            var columns = columns(names, line);
            byBackend
                    .computeIfAbsent(text(columns, "be_name", line), _ -> new TreeMap<>())
                    .put(text(columns, "srv_name", line), server(columns, line));
        }
        return new RunningServers(byBackend);
    }

    SortedMap<String, Server> of(String backend) {
        return byBackend.getOrDefault(backend, new TreeMap<>());
    }

    void forEach(BiConsumer<ServerPath, Server> each) {
        byBackend.forEach((backend, servers) ->
                servers.forEach((name, server) -> each.accept(new ServerPath(backend, name), server)));
    }

    /** Null if there is none. */
    @Nullable
    Server get(ServerPath path) {
        return of(path.backend()).get(path.server());
    }

    private static Map<String, String> columns(List<String> names, String line) {
        List<String> values = new ArrayList<>(Arrays.asList(line.split(" ", -1)));
        var columns = new HashMap<String, String>();
        for (int i = 0; i < Math.min(names.size(), values.size()); i++) {
            columns.put(names.get(i), values.get(i));
        }
        return columns;
    }

    private static Server server(Map<String, String> columns, String line) throws NotUnderstood {
        String host = text(columns, "srv_addr", line);
        String canonical = ServerLine.canonical(host);
        return new Server(
                canonical == null ? "-" : canonical,
                number(columns, "srv_port", line),
                number(columns, "srv_uweight", line),
                number(columns, "srv_admin_state", line),
                number(columns, "srv_op_state", line));
    }

    private static String text(Map<String, String> columns, String name, String line) throws NotUnderstood {
        String value = columns.get(name);
        if (value == null) {
            throw new NotUnderstood("HAProxy lists a server without " + name + ": " + first(line));
        }
        return value;
    }

    private static int number(Map<String, String> columns, String name, String line) throws NotUnderstood {
        try {
            return Integer.parseInt(text(columns, name, line));
        } catch (NumberFormatException e) {
            throw new NotUnderstood("HAProxy lists a server whose " + name + " is no number: " + first(line));
        }
    }

    private static String first(String text) {
        String line = text.strip().lines().findFirst().orElse("nothing");
        return line.length() <= 200 ? line : line.substring(0, 200) + "…";
    }

    /** HAProxy answered something else than what this room knows of. */
    static final class NotUnderstood extends Exception {
        private static final long serialVersionUID = 1;

        NotUnderstood(String message) {
            super(message);
        }
    }
}
