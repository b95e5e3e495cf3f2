package muster.haproxy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a process knows of servers and no file says, so that the one after a reload knows it too: whose checks have failed,
 * whom somebody lets drain or put into maintenance, whom membership doubts.
 *
 * @param text in the format of {@code server-state-file}, for configurations that load one. Only those servers are in it:
 *     HAProxy would take address and weight of all others from there too, and not from its configuration
 * @param dead their checks have failed
 * @param draining by hand, and not in maintenance
 */
record Carried(String text, List<ServerPath> dead, List<ServerPath> draining) {
    Carried {
        dead = List.copyOf(dead);
        draining = List.copyOf(draining);
    }

    /**
     * From what runs to what will.
     *
     * @param answer to {@code show servers state}
     * @param wanted what will be loaded
     * @param doubted the same, with those in maintenance whom membership doubts or somebody put there
     */
    static Carried of(String answer, RunningServers running, ConfigText wanted, ConfigText doubted) {
        List<String> rows = answer.lines().filter(row -> !row.isBlank()).toList();
        List<String> columns = Arrays.asList(rows.get(1).substring(2).split(" ", -1));
        Map<ServerPath, ServerLine> lines = wanted.servers();
        Map<ServerPath, ServerLine> doubts = doubted.servers();
        var text =
                new StringBuilder(rows.get(0)).append('\n').append(rows.get(1)).append('\n');
        var dead = new ArrayList<ServerPath>();
        var draining = new ArrayList<ServerPath>();
        for (String row : rows.subList(2, rows.size())) {
            String[] values = row.split(" ", -1);
            var path = new ServerPath(values[columns.indexOf("be_name")], values[columns.indexOf("srv_name")]);
            RunningServers.Server server = running.get(path);
            ServerLine line = lines.get(path);
            ServerLine doubt = doubts.get(path);
            if (server == null || line == null || doubt == null) {
                continue;
            }
            // Another address is another server, of which nothing is known.
            boolean isDead = server.isDead() && isAt(server, line) && line.says("check");
            // HAProxy takes no line that says both; who drains does so again after maintenance.
            boolean isDraining = server.isDraining() && !doubt.disabled();
            int admin = (isDraining ? RunningServers.FORCED_DRAIN : 0)
                    | (doubt.disabled() && !line.disabled() ? RunningServers.FORCED_MAINTENANCE : 0);
            if (!isDead && admin == 0) {
                continue;
            }
            if (isDead) {
                dead.add(path);
            }
            if (isDraining) {
                draining.add(path);
            }
            values[columns.indexOf("srv_admin_state")] = Integer.toString(admin);
            values[columns.indexOf("srv_uweight")] = Integer.toString(line.weight());
            values[columns.indexOf("srv_iweight")] = Integer.toString(line.weight());
            if (line.host() != null) {
                values[columns.indexOf("srv_addr")] = line.host();
                values[columns.indexOf("srv_port")] = Integer.toString(line.port());
            }
            text.append(String.join(" ", values)).append('\n');
        }
        return new Carried(text.toString(), dead, draining);
    }

    /** For a process that did not load the text: what it still has to be told. */
    List<RuntimeCommand> commands(RunningServers now) {
        var commands = new ArrayList<RuntimeCommand>();
        for (ServerPath each : dead) {
            RunningServers.Server server = now.get(each);
            if (server != null && !server.isDead() && !server.inMaintenance()) {
                commands.add(RuntimeCommand.down(each));
            }
        }
        for (ServerPath each : draining) {
            RunningServers.Server server = now.get(each);
            if (server != null && !server.isDraining()) {
                commands.add(RuntimeCommand.drain(each));
            }
        }
        return commands;
    }

    private static boolean isAt(RunningServers.Server server, ServerLine line) {
        return line.host() == null || (line.host().equals(server.host()) && line.port() == server.port());
    }
}
