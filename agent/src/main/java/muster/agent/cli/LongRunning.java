package muster.agent.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;
import muster.agent.Agent;
import muster.agent.Signals;
import muster.agent.balance.Balancer;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.Names;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.control.ControlDirectory;
import muster.agent.control.ControlServer;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.pages.StatsServer;
import muster.agent.pages.View;
import muster.agent.render.Followers;
import muster.agent.run.LocalServices;
import muster.agent.run.Plans;
import muster.supervisor.linux.FileTrouble;
import org.jspecify.annotations.Nullable;

/** What the commands that stay have in common once they are up. */
final class LongRunning {
    private LongRunning() {}

    /** Settings that only a member needs: whoever gives one wants to be one, also without a service to announce. */
    private static final List<Setting<?>> OF_MEMBERS = List.of(
            Schema.NODE,
            Schema.BIND,
            Schema.ADVERTISE,
            Schema.TAGS,
            Schema.ROLE,
            Schema.JOIN_FOREVER,
            Schema.RETRY_JOIN,
            Schema.DISCOVER,
            Schema.RPC_ADDR,
            Schema.STATS,
            Schema.STATSD_ADDR,
            Schema.STATSITE_ADDR,
            Schema.TEMPLATE);

    /** Of the settings of members, those that a program heeds which is none. */
    private static final List<Setting<?>> ALSO_ALONE = List.of(
            Schema.LOG_LEVEL, Schema.SYSLOG_ADDRESS, Schema.SYSLOG_FACILITY, Schema.CONFIG_FILE, Schema.CONFIG_DIR);

    /** The member beside the services of this program; null where none is wanted. */
    static @Nullable Agent member(Configuration configuration) throws CannotStart {
        if (memberWanted(configuration)) {
            return Agent.start(configuration);
        }
        // Variables and files may be there for several programs; a flag is meant for this one.
        String idle = Schema.MEMBER.stream()
                .filter(setting -> configuration.isSet(setting) && !ALSO_ALONE.contains(setting))
                .map(configuration::origin)
                .filter(origin -> origin.startsWith("flag "))
                .collect(Collectors.joining(", "));
        if (!idle.isEmpty()) {
            throw new Refusal(
                    idle + ": only a member of a cluster heeds this, and this program would be none; give -join,"
                            + " -node or -service, or leave it out");
        }
        return null;
    }

    /** Whether the services of this program need a member beside them. */
    private static boolean memberWanted(Configuration configuration) {
        return Plans.anyAnnounced(configuration)
                || !configuration.templates().isEmpty()
                || OF_MEMBERS.stream().anyMatch(configuration::isSet);
    }

    /** The first lines of a program that runs services, as a member or not. */
    static void open(Console console, Configuration configuration, Signals signals, @Nullable Agent agent) {
        if (agent == null) {
            Log.start(console.out());
        } else {
            Banner.print(console, Face.MUSTER, configuration, agent);
            begin(agent, configuration, console, signals, Schema.JOIN_FOREVER);
        }
    }

    /** Listens to {@code muster svc}; null where that cannot be. */
    static @Nullable ControlServer control(
            Configuration configuration, Console console, @Nullable Agent agent, LocalServices services) {
        Path directory = ControlDirectory.of(configuration.value(Schema.CONTROL_DIR), console.environment());
        try {
            return ControlServer.start(
                    directory,
                    new SvcAnswers(agent == null ? "" : agent.node().self().name(), services));
        } catch (IOException e) {
            Log.line(
                    LogLevel.WARN,
                    "run: 'muster svc' does not reach these services: " + FileTrouble.of(e)
                            + "; give a directory of this user alone with -control-dir");
            return null;
        }
    }

    /**
     * Heeds the signals that do not end the program, says that its log follows, warns of what may turn out badly, and keeps to the
     * seeds from now on.
     */
    static void begin(
            Agent agent,
            Configuration configuration,
            Console console,
            Signals signals,
            Setting<List<String>> seedsOfThisCommand) {
        Followers templates = Followers.of(agent, configuration, console.environment());
        agent.whenReloaded(templates::changed);
        signals.whenHungUp(agent::reload);
        signals.whenAskedForFigures(() -> figures(agent, console));
        Banner.logFollows(console); // who reads that may send them
        String name = agent.node().self().name();
        if (!Names.isPlain(name)) {
            Log.line(
                    LogLevel.WARN,
                    "agent: the node name '" + name + "' has more than letters, digits, dashes and dots: other programs"
                            + " may not take it; choose another with -node");
        }
        var seeds = new LinkedHashSet<>(configuration.value(seedsOfThisCommand));
        seeds.addAll(configuration.value(Schema.RETRY_JOIN));
        agent.keepTo(List.copyOf(seeds));
    }

    /** As {@code muster info} prints them, to standard error: where Serf's figures go. */
    private static void figures(Agent agent, Console console) {
        try {
            console.error().print(String.join("\n", InfoCommand.lines(agent.stats())) + "\n");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            Log.line(LogLevel.WARN, "agent: no figures: " + e.getMessage());
        }
    }

    /** The statistics pages where they are wanted, else null. */
    static @Nullable StatsServer stats(Configuration configuration, Agent agent, @Nullable Balancer balancer)
            throws CannotStart {
        Endpoint endpoint = configuration.value(Schema.STATS);
        if (!configuration.isSet(Schema.STATS)) {
            return null;
        }
        long startedNanos = System.nanoTime();
        try {
            return StatsServer.start(endpoint, () -> view(agent, balancer, startedNanos));
        } catch (CannotStart e) {
            throw new CannotStart(configuration.origin(Schema.STATS) + ": " + e.getMessage());
        }
    }

    static View view(Agent agent, @Nullable Balancer balancer, long startedNanos) {
        return new View(
                agent.node().self().name(),
                Version.number(),
                (System.nanoTime() - startedNanos) / 1_000_000_000,
                balancer == null
                        ? List.of()
                        : balancer.pools().stream()
                                .filter(pool -> balancer.serves(pool.name()))
                                .toList(),
                balancer == null ? Collections.emptySortedMap() : balancer.counters(),
                agent.members());
    }
}
