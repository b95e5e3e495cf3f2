package muster.agent.cli;

import java.util.List;
import muster.agent.Agent;
import muster.agent.Signals;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.pages.StatsServer;
import muster.agent.run.AppNode;

/** {@code muster run … -- CMD}: an app with a member beside it. */
final class RunCommand implements Command {
    private static final int ENDED_BY_FORCE = 137;

    @Override
    public String name() {
        return "run";
    }

    @Override
    public String summary() {
        return "run an app, announce it when it is ready, drain it before it stops";
    }

    @Override
    public String wordsHelp() {
        return "-- COMMAND [ARGUMENT …]";
    }

    @Override
    public String story() {
        return """
                Starts the command and restarts it when it ends. Announces its services to the cluster when they answer
                (on their port, or with 200 to 399 on the check path), takes them back when they stop answering.
                SIGTERM or SIGINT: says that it drains, waits until no connection to the ports is left, stops the app,
                leaves, and exits 0; a second signal hurries. When the app ends for good, exits with the app's code.
                The app keeps standard output; Muster's own lines go to standard error.

                Example: muster run -service web:3000,check=/health -join seed.example -- node app.js

                More nodes on one machine need their own names and ports, and the port of the node they join:
                  muster run -node a -bind 127.0.0.1:7001 -rpc-addr 127.0.0.1:7101 -join 127.0.0.1:7946 -service web:3001 -- …""";
    }

    @Override
    public List<Setting<?>> settings() {
        return Schema.RUN;
    }

    @Override
    public int run(Invocation invocation) {
        Configuration configuration = invocation.configuration();
        if (configuration.value(Schema.SERVICE).isEmpty()) {
            throw new Refusal("say what the app serves: -service NAME:PORT, like -service web:3000");
        }
        if (invocation.words().isEmpty()) {
            throw new Refusal("say what to run, after two dashes: muster run -service web:3000 -- node app.js");
        }
        // The app's own output stays apart from ours.
        var console = new Console(
                invocation.console().error(),
                invocation.console().error(),
                invocation.console().environment());
        Banner.level(configuration);
        Signals signals = Signals.catchThem();
        try (Agent agent = Agent.start(configuration);
                StatsServer _ = LongRunning.stats(configuration, agent, null)) {
            Banner.print(console, Face.MUSTER, configuration, agent);
            Banner.logFollows(console);
            LongRunning.begin(agent, configuration, console, signals, Schema.JOIN_FOREVER);
            try (AppNode app = AppNode.start(agent, configuration, invocation.words())) {
                return untilTheEnd(app, agent, signals);
            }
        } catch (CannotStart | IllegalArgumentException e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the main thread", e);
        } finally {
            Log.flush();
        }
    }

    private static int untilTheEnd(AppNode app, Agent agent, Signals signals) throws InterruptedException {
        app.whenEnded(() -> signals.raise(Signals.ENDED));
        agent.whenEnded(() -> signals.raise(Signals.LEFT));
        int asked = 0;
        boolean alone = false;
        while (!app.hasEnded()) {
            String signal = signals.next();
            if (signal.equals(Signals.ENDED)) {
                continue;
            }
            if (signal.equals(Signals.LEFT)) {
                alone = !agent.leaveAsked(); // joins were given up
                app.stop(); // after an RPC leave it is stopped already
                continue;
            }
            Log.line(LogLevel.INFO, "run: Caught signal: " + signal);
            switch (++asked) {
                case 1 -> app.stop();
                case 2 -> app.hurry();
                default -> {
                    Log.line(LogLevel.WARN, "run: ending by force");
                    return ENDED_BY_FORCE;
                }
            }
        }
        if (agent.leaveAsked()) {
            agent.exitCode(); // that client still waits for its answer
        } else {
            Leaving.leave(agent, signals);
        }
        return alone ? agent.exitCode() : app.exitCode();
    }
}
