package muster.agent.cli;

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
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.pages.StatsServer;
import muster.agent.pages.View;
import muster.balancing.Pool;
import org.jspecify.annotations.Nullable;

/** What the commands that stay have in common once they are up. */
final class LongRunning {
    private LongRunning() {}

    /** Warns of what may turn out badly, heeds the signals that do not end the program, and keeps to the seeds from now on. */
    static void begin(
            Agent agent,
            Configuration configuration,
            Console console,
            Signals signals,
            Setting<List<String>> seedsOfThisCommand) {
        signals.whenHungUp(agent::reload);
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
