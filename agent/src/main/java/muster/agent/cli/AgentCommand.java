package muster.agent.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import muster.agent.Agent;
import muster.agent.Signals;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.pages.StatsServer;
import muster.agent.rpc.Controls;

/** {@code muster agent}: a plain member. */
final class AgentCommand implements Command {
    private static final long LOOK_MILLIS = 20;

    @Override
    public String name() {
        return "agent";
    }

    @Override
    public String summary() {
        return "be a plain member, as 'serf agent' is";
    }

    @Override
    public String wordsHelp() {
        return "";
    }

    @Override
    public String story() {
        return """
                Runs a member of the cluster until it is told to leave (SIGTERM, SIGINT or 'muster leave'). Speaks Serf's
                protocol and RPC, so real Serf agents and the real 'serf' command line work with it. For an app use
                'muster run', for a balancer 'muster balance': both are agents already.

                Example: muster agent -node cache1 -tag role=cache -retry-join seed.example""";
    }

    @Override
    public List<Setting<?>> settings() {
        return Schema.AGENT;
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        Configuration configuration = invocation.configuration();
        Console console = invocation.console();
        Banner.level(configuration);
        return run(configuration, console, invocation.face(), Signals.catchThem());
    }

    /** With signals that a test can raise. */
    static int run(Configuration configuration, Console console, Face face, Signals signals) {
        console.line("==> Starting " + face.title() + " agent...");
        try (Agent agent = Agent.start(configuration, face.program());
                StatsServer _ = LongRunning.stats(configuration, agent, null)) {
            agent.whenEnded(() -> signals.raise(Signals.ENDED));
            if (face == Face.SERF) {
                console.line("==> Starting Serf agent RPC...");
            }
            Banner.print(console, face, configuration, agent);
            List<String> starters = configuration.value(Schema.JOIN);
            if (!starters.isEmpty()) {
                boolean replay = configuration.value(Schema.REPLAY);
                console.line("==> Joining cluster...(replay: " + replay + ")");
                CompletableFuture<Controls.JoinResult> join = inBackground(() -> agent.join(starters, replay));
                while (!join.isDone()) { // an address that does not answer takes long: a signal does not wait for it
                    String signal = signals.next(LOOK_MILLIS);
                    if (signal != null) {
                        return end(agent, signal, signals, configuration, console, face);
                    }
                }
                Controls.JoinResult result = join.join();
                if (result.joined() == 0) {
                    console.line(
                            face == Face.SERF
                                    ? "==> " + result.error()
                                    : "==> Error joining the cluster: "
                                            + result.error().strip() + "\n==> To keep trying instead, use -retry-join");
                    agent.withdraw();
                    return FAILED;
                }
                console.line("    Join completed. Synced with " + result.joined() + " initial agents");
            }
            LongRunning.begin(agent, configuration, console, signals, Schema.RETRY_JOIN);
            if (face == Face.SERF) {
                signals.whenHungUp(() -> {
                    console.line("==> Caught signal: hangup\n==> Reloading configuration...");
                    agent.reload();
                });
            }
            return end(agent, signals.next(), signals, configuration, console, face);
        } catch (CannotStart e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the main thread", e);
        } finally {
            Log.flush();
        }
    }

    private static <T> CompletableFuture<T> inBackground(Callable<T> task) {
        var result = new CompletableFuture<T>();
        Thread.ofPlatform().name("join").daemon().start(() -> {
            try {
                result.complete(task.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static int end(
            Agent agent, String signal, Signals signals, Configuration configuration, Console console, Face face)
            throws InterruptedException {
        if (signal.equals(Signals.ENDED)) {
            int code = agent.exitCode();
            return agent.nameLost() ? face.codeOfLostName() : code;
        }
        tell(console, face, "Caught signal: " + (face == Face.SERF ? nameInGo(signal) : signal));
        boolean leave = signal.equals(Signals.TERMINATE)
                ? configuration.value(Schema.LEAVE_ON_TERMINATE)
                : !configuration.value(Schema.SKIP_LEAVE_ON_INTERRUPT);
        if (!leave) {
            return FAILED;
        }
        tell(console, face, "Gracefully shutting down agent...");
        return Leaving.leave(agent, signals) ? OK : FAILED;
    }

    /** Serf prints it, we log it. */
    private static void tell(Console console, Face face, String text) {
        if (face == Face.SERF) {
            console.line("==> " + text);
        } else {
            Log.line(LogLevel.INFO, "agent: " + text);
        }
    }

    private static String nameInGo(String signal) {
        return signal.equals(Signals.TERMINATE) ? "terminated" : "interrupt";
    }
}
