package muster.agent.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import muster.agent.Agent;
import muster.agent.Signals;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.configuration.Schema;
import muster.agent.configuration.ServiceOption;
import muster.agent.configuration.Setting;
import muster.agent.control.ControlServer;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.pages.StatsServer;
import muster.agent.run.LocalServices;
import muster.agent.run.Plan;
import muster.agent.run.Plans;
import muster.agent.run.StopBudget;
import muster.supervisor.CannotSupervise;
import muster.supervisor.Launch;
import muster.supervisor.Reach;
import muster.supervisor.Signal;
import org.jspecify.annotations.Nullable;

/** {@code muster run … -- CMD}: an app, or the services of a file, with a member beside them where they are announced. */
final class RunCommand implements Command {
    private static final Set<String> STOPPING_BY_DEFAULT = Set.of("TSTP", "TTIN", "TTOU");

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
        return "[-- COMMAND [ARGUMENT …]]";
    }

    @Override
    public String story() {
        return """
                Starts the command and restarts it when it ends. With -service, announces what it serves to the cluster when
                it answers (on its port, or with 200 to 399 on the check path), takes it back when it stops answering.
                Without, it only supervises: no member, no port, and flags of members are refused. A file may define more services under the key 'services'.
                SIGTERM or SIGINT: says that it drains, waits until no connection to the ports is left, stops the app,
                leaves, and exits 0, all of it within -shutdown-timeout; a second signal hurries, a third ends at once. When the app ends for good,
                exits with the app's code. Whatever the app started ends with it, daemons too.
                WINCH, USR2, ALRM, PWR and the like are handed on to the command; HUP and USR1 as well, unless this is a member:
                then HUP reads its settings again and USR1 prints figures. 'muster svc' sees and steers the services.
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
        check(configuration, invocation.words());
        // The app's own output stays apart from ours.
        Console console = invocation.console().toError();
        Banner.level(configuration);
        Signals signals = Signals.catchThem();
        try (Agent agent = LongRunning.member(configuration);
                StatsServer _ = agent == null ? null : LongRunning.stats(configuration, agent, null)) {
            Launch base = Launch.DEFAULTS.withEnvironment(EnvironmentReader.withoutSecrets(System.getenv()));
            List<Plan> plans = plans(configuration, invocation.words(), agent, base);
            StopBudget budget = configuration.isSet(Schema.SHUTDOWN_TIMEOUT)
                    ? StopBudget.of(configuration.value(Schema.SHUTDOWN_TIMEOUT), agent != null)
                    : StopBudget.forAll(plans, agent != null);
            try (LocalServices services = LocalServices.of(plans, agent, List.of(), budget, true)) {
                services.checkOrder();
                // Nobody is joined before all settings have turned out to fit.
                LongRunning.open(console, configuration, signals, agent);
                try (ControlServer _ = LongRunning.control(configuration, console, agent, services)) {
                    if (!invocation.words().isEmpty()) {
                        handOn(signals, services, plans.getLast().service().name(), agent);
                    }
                    services.startAll();
                    int code = untilTheEnd(services, agent, signals);
                    hurryFromNowOn(services, signals);
                    return code;
                }
            }
        } catch (CannotStart | CannotSupervise | IllegalArgumentException e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the main thread", e);
        } finally {
            Log.flush();
        }
    }

    private static void check(Configuration configuration, List<String> words) {
        boolean announces = !configuration.value(Schema.SERVICE).isEmpty();
        if (words.isEmpty() && (announces || configuration.services().isEmpty())) {
            throw new Refusal("say what to run, after two dashes: muster run " + (announces ? "-service web:3000 " : "")
                    + "-- node app.js");
        }
    }

    /** The services of files, and after them the one of the command line. */
    private static List<Plan> plans(
            Configuration configuration, List<String> words, @Nullable Agent agent, Launch base) {
        var plans = new Plans(base, LocalServices.probeHost(agent));
        var all = new ArrayList<>(plans.ofFiles(configuration));
        if (!words.isEmpty()) {
            all.add(plans.ofCommandLine(nameOf(words, configuration), words, configuration));
        }
        return all;
    }

    /** The service it announces, or its program. */
    private static String nameOf(List<String> words, Configuration configuration) {
        List<ServiceOption> announced = configuration.value(Schema.SERVICE);
        Path program = Path.of(words.getFirst()).getFileName();
        return announced.isEmpty()
                ? program == null ? words.getFirst() : program.toString()
                : announced.getFirst().name();
    }

    /** Signals that ask for no end go to this service; a member keeps HUP and USR1 for itself. */
    static void handOn(Signals signals, LocalServices services, String name, @Nullable Agent agent) {
        Consumer<String> receiver = signal -> {
            Log.line(LogLevel.INFO, "run: service=" + name + " is handed on signal " + signal);
            // Helpers that do not know these would stop for good.
            Reach reach = STOPPING_BY_DEFAULT.contains(signal) ? Reach.PROCESS : Reach.GROUP;
            services.supervisor().signal(name, Signal.named(signal), reach);
        };
        signals.handOn(receiver);
        if (agent == null) {
            signals.whenHungUp(() -> receiver.accept("HUP"));
            signals.whenAskedForFigures(() -> receiver.accept("USR1"));
        }
    }

    /** What services left behind is still to be ended. */
    private static void hurryFromNowOn(LocalServices services, Signals signals) {
        Thread.ofPlatform().name("hurry").daemon().start(() -> {
            try {
                while (true) {
                    String signal = signals.next();
                    if (signal.equals(Signals.TERMINATE) || signal.equals(Signals.INTERRUPT)) {
                        services.hurry();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static int untilTheEnd(LocalServices services, @Nullable Agent agent, Signals signals)
            throws InterruptedException {
        services.whenEnded(() -> signals.raise(Signals.ENDED));
        if (agent != null) {
            agent.whenEnded(() -> signals.raise(Signals.LEFT));
        }
        boolean asked = false;
        boolean alone = false;
        while (!services.hasEnded()) {
            String signal = signals.next();
            if (signal.equals(Signals.ENDED)) {
                continue;
            }
            if (signal.equals(Signals.LEFT)) {
                alone = agent != null && !agent.leaveAsked(); // joins were given up
                services.stop(); // after an RPC leave it is stopped already
                continue;
            }
            Log.line(LogLevel.INFO, "run: Caught signal: " + signal);
            if (asked) {
                services.hurry();
            } else {
                services.stop();
                asked = true;
            }
        }
        if (agent == null) {
            return services.exitCode();
        }
        if (agent.leaveAsked()) {
            agent.exitCode(); // that client still waits for its answer
        } else {
            Leaving.leave(agent, signals, services.leftForLeave().toNanos());
        }
        return alone ? agent.exitCode() : services.exitCode();
    }
}
