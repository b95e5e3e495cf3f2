package muster.haproxy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What HAProxy says of one server.
 *
 * @param host a literal address, or "-"
 * @param status {@code UP}, {@code DOWN}, {@code MAINT}, {@code DRAIN}, {@code no check} and so on, as on its own page
 * @param check the last check, in words; "" if there was none
 * @param sinceSeconds in that status
 * @param inFlight requests now
 * @param requests in this process: a reload begins at 0
 * @param failures connections that were not made, and answers that were none
 */
public record ServerFigures(
        String backend,
        String name,
        String host,
        int port,
        String status,
        String check,
        long sinceSeconds,
        int inFlight,
        long requests,
        long failures) {

    /** One spelling for each address and port, however it is written. */
    public static String place(String host, int port) {
        String canonical = ServerLine.canonical(host);
        return (canonical == null ? host : canonical) + " " + port;
    }

    static final String COMMAND = "show stat -1 4 -1"; // of all proxies the servers

    /** @throws IOException if it is no such table, with what stands there */
    static List<ServerFigures> parse(String answer, RunningServers running) throws IOException {
        List<String> lines = answer.lines().filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty() || !lines.getFirst().startsWith("# ")) {
            throw new IOException(
                    "HAProxy did not give its figures but said: " + (lines.isEmpty() ? "nothing" : lines.getFirst()));
        }
        List<String> names = cells(lines.getFirst().substring(2));
        var all = new ArrayList<ServerFigures>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> cells = cells(line);
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < Math.min(names.size(), cells.size()); i++) {
                row.put(names.get(i), cells.get(i));
            }
            String backend = row.getOrDefault("pxname", "");
            String name = row.getOrDefault("svname", "");
            RunningServers.Server server = running.of(backend).get(name);
            if (server != null) {
                all.add(new ServerFigures(
                        backend,
                        name,
                        server.host(),
                        server.port(),
                        row.getOrDefault("status", ""),
                        check(row),
                        number(row, "lastchg"),
                        (int) number(row, "scur"),
                        number(row, "stot"),
                        number(row, "econ") + number(row, "eresp")));
            }
        }
        return all;
    }

    private static String check(Map<String, String> row) {
        String code = row.getOrDefault("check_status", "").replace("* ", "");
        String words = row.getOrDefault("last_chk", "");
        return code.isEmpty() || code.equals("INI") ? "" : words.isEmpty() ? code : code + " " + words;
    }

    private static long number(Map<String, String> row, String column) {
        String digits = row.getOrDefault(column, "");
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : 0;
    }

    /** Quoted ones may hold commas; a quote in them is written twice. */
    private static List<String> cells(String line) {
        var cells = new ArrayList<String>();
        var cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                    cell.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString());
        return cells;
    }
}
