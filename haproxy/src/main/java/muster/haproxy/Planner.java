package muster.haproxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides between commands and a reload. Pure. */
final class Planner {
    /**
     * Where it does not matter which number a server has. {@code first} goes by it, hashes are built on it, and a server that was
     * added gets another one than the file will give it; the static ones take no new servers.
     */
    private static final Set<String> INDIFFERENT = Set.of("roundrobin", "leastconn", "random");

    private Planner() {}

    /**
     * What to do.
     *
     * @param loaded the text that HAProxy was started with, brought up to date by commands since
     * @param wanted the text that was rendered now
     * @param running what HAProxy says that it has
     * @param departed lines of servers that were removed and may still be in use
     * @param drained those whom somebody lets drain, also where maintenance made HAProxy forget it
     */
    static Plan plan(
            ConfigText loaded,
            ConfigText wanted,
            RunningServers running,
            Map<ServerPath, ServerLine> departed,
            Set<ServerPath> drained) {
        List<ConfigText.Section> before = loaded.sections();
        List<ConfigText.Section> after = wanted.sections();
        if (before.size() != after.size()) {
            return new Plan.Reload("there are other sections");
        }
        var commands = new ArrayList<RuntimeCommand>();
        for (int i = 0; i < after.size(); i++) {
            ConfigText.Section old = before.get(i);
            ConfigText.Section section = after.get(i);
            if (!old.title().equals(section.title())) {
                return new Plan.Reload("'" + old.title() + "' became '" + section.title() + "'");
            }
            if (!old.rest().equals(section.rest())) {
                return new Plan.Reload("'" + section.title() + "' has other lines than its servers'");
            }
            String backend = section.backend();
            if (backend != null) {
                String reason = servers(backend, old, section, running.of(backend), departed, drained, commands);
                if (reason != null) {
                    return new Plan.Reload("'" + section.title() + "': " + reason);
                }
            }
        }
        return new Plan.Commands(commands);
    }

    /** Adds what is to be done with one backend's servers, or says why that cannot be. */
    private static @Nullable String servers(
            String backend,
            ConfigText.Section loaded,
            ConfigText.Section wanted,
            Map<String, RunningServers.Server> running,
            Map<ServerPath, ServerLine> departed,
            Set<ServerPath> drained,
            List<RuntimeCommand> commands) {
        // A command each, and requests in between: first who comes, then who goes, or there might be nobody for a
        // moment.
        var going = new ArrayList<RuntimeCommand>();
        var replaced = new ArrayList<RuntimeCommand>();
        running.forEach((name, server) -> {
            if (!wanted.servers().containsKey(name) && !wanted.mayHave(name)) {
                remove(new ServerPath(backend, name), server, going);
            }
        });
        for (ServerLine line : wanted.servers().values()) {
            var path = new ServerPath(backend, line.name());
            RunningServers.Server server = running.get(line.name());
            ServerLine old = loaded.servers().getOrDefault(line.name(), departed.get(path));
            if (server != null && old != null) {
                if (!old.options().equals(line.options())) {
                    return "the server " + line.name() + " has other options";
                }
                change(path, old, line, server, drained.contains(path), line.disabled() ? going : commands);
            } else if (line.host() == null) {
                return "the new server " + line.name() + " has no address of numbers";
            } else if (wanted.bindsByCookie()) {
                return "a new server where a cookie binds clients to servers";
            } else if (!INDIFFERENT.contains(firstWord(wanted.algorithm()))) {
                return "a new server with 'balance " + wanted.algorithm() + "'";
            } else if (server != null) {
                // Removed, still in use, and wanted again; nobody knows with what options it runs.
                remove(path, server, replaced);
                add(path, line, replaced);
            } else {
                add(path, line, commands);
            }
        }
        commands.addAll(replaced);
        commands.addAll(going);
        return null;
    }

    private static void remove(ServerPath path, RunningServers.Server server, List<RuntimeCommand> commands) {
        if (!server.inMaintenance()) {
            commands.add(RuntimeCommand.maintenance(path, true));
        }
        commands.add(new RuntimeCommand.Delete(path));
    }

    private static void add(ServerPath path, ServerLine line, List<RuntimeCommand> commands) {
        commands.add(new RuntimeCommand.Add(path, line));
        if (line.says("check")) {
            commands.add(RuntimeCommand.enable("health", path));
        }
        if (line.says("agent-check")) {
            commands.add(RuntimeCommand.enable("agent", path));
        }
        if (!line.disabled()) {
            commands.add(RuntimeCommand.maintenance(path, false));
        }
    }

    private static void change(
            ServerPath path,
            ServerLine old,
            ServerLine line,
            RunningServers.Server server,
            boolean drains,
            List<RuntimeCommand> commands) {
        if (line.host() != null && !(line.host().equals(server.host()) && line.port() == server.port())) {
            commands.add(new RuntimeCommand.SetAddress(path, line));
        }
        // An agent check sets the weight as it likes.
        int weightNow = line.says("agent-check") ? old.weight() : server.weight();
        if (line.weight() != weightNow) {
            commands.add(RuntimeCommand.weight(path, line.weight()));
        }
        if (drains && !line.disabled()) {
            if (server.inMaintenance() || !server.isDraining()) {
                commands.add(RuntimeCommand.drain(path));
            }
        } else if (line.disabled() != server.inMaintenance()) {
            commands.add(RuntimeCommand.maintenance(path, line.disabled()));
        }
    }

    private static String firstWord(String text) {
        return text.split("[ (]", 2)[0];
    }
}
