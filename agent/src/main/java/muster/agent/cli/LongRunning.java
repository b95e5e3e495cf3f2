package muster.agent.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
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
import muster.balancing.Pool;
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
            Schema.RPC_ADDR,
            Schema.STATS,
            Schema.TEMPLATE);

    /** Whether the services of this program need a member beside them. */
    static boolean memberWanted(Configuration configuration) {
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
            Banner.logFollows(console);
            begin(agent, configuration, console, signals, Schema.JOIN_FOREVER);
        }
    }

    /** Listens to {@code muster svc}; null where that cannot be. */
    static @Nullable ControlServer control(Configuration configuration, Console console, LocalServices services) {
        Path directory = ControlDirectory.of(configuration.value(Schema.CONTROL_DIR), console.environment());
        try {
            return ControlServer.start(directory, new SvcAnswers(services));
        } catch (IOException e) {
            Log.line(
                    LogLevel.WARN,
                    "run: 'muster svc' does not reach these services: " + e.getMessage()
                            + "; give a writable directory with -control-dir");
            return null;
        }
    }

    /** Warns of what may turn out badly, heeds the signals that do not end the program, and keeps to the seeds from now on. */
    static void begin(
            Agent agent,
            Configuration configuration,
            Console console,
            Signals signals,
            Setting<List<String>> seedsOfThisCommand) {
        Followers templates = Followers.of(agent, configuration, console.environment());
        signals.whenHungUp(() -> {
            agent.reload();
            templates.changed();
        });
        signals.whenAskedForFigures(() -> figures(agent, console));
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
        long now = System.nanoTime();
        List<Pool.Snapshot> pools = balancer == null
                ? List.of()
                : balancer.fleet().pools().values().stream()
                        .map(pool -> pool.snapshot(now))
                        .toList();
        return new View(
                agent.node().self().name(),
                Version.number(),
                (now - startedNanos) / 1_000_000_000,
                pools,
                balancer == null ? Collections.emptySortedMap() : balancer.counters(),
                agent.members());
    }
}
