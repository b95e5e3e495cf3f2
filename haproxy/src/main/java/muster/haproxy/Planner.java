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
     */
    static Plan plan(ConfigText loaded, ConfigText wanted, RunningServers running) {
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
                String reason = servers(backend, old, section, running.of(backend), commands);
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
            List<RuntimeCommand> commands) {
        // First who goes: a name may come back with another line.
        running.forEach((name, server) -> {
            if (!wanted.servers().containsKey(name) && !wanted.isOfTemplate(name)) {
                remove(backend, name, server, commands);
            }
        });
        for (ServerLine line : wanted.servers().values()) {
            RunningServers.Server server = running.get(line.name());
            ServerLine old = loaded.servers().get(line.name());
            if (server != null && old == null) {
                // Removed, still in use, and wanted again; nobody knows with what options it runs.
                remove(backend, line.name(), server, commands);
                server = null;
            }
            if (server != null && old != null) {
                if (!old.options().equals(line.options())) {
                    return "the server " + line.name() + " has other options";
                }
                change(backend, old, line, server, commands);
            } else if (line.host() == null) {
                return "the new server " + line.name() + " has no address of numbers";
            } else if (!INDIFFERENT.contains(firstWord(wanted.algorithm()))) {
                return "a new server with 'balance " + wanted.algorithm() + "'";
            } else {
                add(backend, line, commands);
            }
        }
        return null;
    }

    private static void remove(
            String backend, String name, RunningServers.Server server, List<RuntimeCommand> commands) {
        if (!server.inMaintenance()) {
            commands.add(new RuntimeCommand.SetState(backend, name, true));
        }
        commands.add(new RuntimeCommand.Delete(backend, name));
    }

    private static void add(String backend, ServerLine line, List<RuntimeCommand> commands) {
        commands.add(new RuntimeCommand.Add(backend, line));
        if (line.says("check")) {
            commands.add(new RuntimeCommand.Enable("health", backend, line.name()));
        }
        if (line.says("agent-check")) {
            commands.add(new RuntimeCommand.Enable("agent", backend, line.name()));
        }
        if (!line.disabled()) {
            commands.add(new RuntimeCommand.SetState(backend, line.name(), false));
        }
    }

    private static void change(
            String backend,
            ServerLine old,
            ServerLine line,
            RunningServers.Server server,
            List<RuntimeCommand> commands) {
        if (line.host() != null && !(line.host().equals(server.host()) && line.port() == server.port())) {
            commands.add(new RuntimeCommand.SetAddress(backend, line));
        }
        // An agent check sets the weight as it likes.
        int weightNow = line.says("agent-check") ? old.weight() : server.weight();
        if (line.weight() != weightNow) {
            commands.add(new RuntimeCommand.SetWeight(backend, line.name(), line.weight()));
        }
        if (line.disabled() != server.inMaintenance()) {
            commands.add(new RuntimeCommand.SetState(backend, line.name(), line.disabled()));
        }
    }

    private static String firstWord(String text) {
        return text.split("[ (]", 2)[0];
    }
}
