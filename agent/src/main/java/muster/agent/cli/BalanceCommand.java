package muster.agent.cli;

import java.util.List;
import muster.agent.Agent;
import muster.agent.Signals;
import muster.agent.balance.Balancer;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.pages.StatsServer;
import org.jspecify.annotations.Nullable;

/** {@code muster balance}: forwards requests to the nodes that announce a service. */
final class BalanceCommand implements Command {
    @Override
    public String name() {
        return "balance";
    }

    @Override
    public String summary() {
        return "balance HTTP over the nodes that announce a service";
    }

    @Override
    public String wordsHelp() {
        return "";
    }

    @Override
    public String story() {
        return """
                Serves HTTP/1.1 and gives each request to a node that announces the service of the pool ('muster run'), or
                that is a plain Serf agent with the tag role=backend. Follows joins, leaves, failures and suspicions at
                once; retries safe requests on another node. With -with haproxy, HAProxy forwards: it is started, and told of
                every change without a lost connection. SIGTERM or SIGINT: takes no new connections, finishes
                requests in flight (at most -drain-timeout), leaves, exits 0.

                Example: muster balance -listen :8080 -pool web -stats 127.0.0.1:1936

                A balancer needs nobody to join: nodes can name it as their seed.""";
    }

    @Override
    public List<Setting<?>> settings() {
        return Schema.BALANCE;
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        Configuration configuration = invocation.configuration();
        Console console = invocation.console();
        Banner.level(configuration);
        Signals signals = Signals.catchThem();
        console.line("==> Starting Muster balancer...");
        try (Agent agent = Agent.start(configuration);
                Balancer balancer = Balancer.start(agent, configuration, console.environment());
                StatsServer stats = Balancer.byHaproxy(configuration)
                        ? null // that is HAProxy's own page
                        : LongRunning.stats(configuration, agent, balancer)) {
            Endpoint listen = configuration.value(Schema.LISTEN);
            Banner.print(
                    console,
                    Face.MUSTER,
                    configuration,
                    agent,
                    "Listening",
                    "'" + new Endpoint(listen.hostOr("*"), balancer.port()) + "'",
                    "Pool",
                    configuration.value(Schema.POOL),
                    "Statistics",
                    statsPlace(configuration, stats));
            LongRunning.begin(agent, configuration, console, signals, Schema.JOIN_FOREVER);
            agent.whenEnded(() -> signals.raise(Signals.ENDED));
            String signal = signals.next();
            if (signal.equals(Signals.ENDED)) {
                return agent.exitCode();
            }
            Log.line(LogLevel.INFO, "balance: Caught signal: " + signal);
            drain(balancer, signals);
            return Leaving.leave(agent, signals) ? OK : FAILED;
        } catch (CannotStart e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the main thread", e);
        } finally {
            Log.flush();
        }
    }

    /** A second signal ends the wait. */
    private static void drain(Balancer balancer, Signals signals) throws InterruptedException {
        Thread draining = Thread.ofPlatform().name("drain").daemon().start(() -> {
            try {
                balancer.drain();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        while (!draining.join(java.time.Duration.ofMillis(20))) {
            if (signals.next(1) != null) {
                Log.line(LogLevel.WARN, "balance: second signal: not waiting for requests in flight");
                draining.interrupt();
                return;
            }
        }
    }

    private static String statsPlace(Configuration configuration, @Nullable StatsServer stats) {
        Endpoint wanted = configuration.value(Schema.STATS);
        boolean on = stats != null || (Balancer.byHaproxy(configuration) && wanted.hasPort());
        return on
                ? "'http://" + new Endpoint(wanted.hostOr("*"), stats == null ? wanted.port() : stats.port()) + "/'"
                : "off (-stats HOST:PORT)";
    }
}
