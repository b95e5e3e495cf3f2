package muster.agent.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import muster.agent.Agent;
import muster.agent.Signals;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.configuration.Schema;
import muster.agent.configuration.ServiceSchema;
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
import muster.supervisor.ExitStatus;
import muster.supervisor.Kind;
import muster.supervisor.OnFailed;
import muster.supervisor.ServiceSpec;
import muster.supervisor.runner.Listener;
import muster.supervisor.s6.Container;
import muster.supervisor.s6.Variables;
import org.jspecify.annotations.Nullable;

/** {@code muster init}, also as {@code /init}: the first process of a container, or of any process tree. */
final class InitCommand implements Command {
    @Override
    public String name() {
        return "init";
    }

    @Override
    public String summary() {
        return "be the init of a container: an s6-overlay v1 tree, services of a file, a command";
    }

    @Override
    public String wordsHelp() {
        return "[COMMAND [ARGUMENT …]]";
    }

    @Override
    public String story() {
        return """
                Does what /init of s6-overlay v1 does with an unchanged image: fix-attrs.d, cont-init.d in order, services.d,
                then the command, if there is one; when that ends, or on SIGTERM, everything stops, cont-finish.d runs, and it
                exits with the code of the command, or of the service that ended the container. A second signal hurries, a third ends at once.
                The settings of a service are for the command, as with 'muster run', but it is not restarted without -restart.
                Services of a file (key 'services') run beside those of the tree; those that are announced make it a member
                of the cluster, as with 'muster run', and are drained before they stop.
                As process 1 it reaps every orphan; otherwise it becomes a subreaper and works the same.
                Signals are handed on to the command as with 'muster run'. A link named 'init' is this command.

                Example: muster init -config-file /etc/muster.yaml""";
    }

    @Override
    public List<Setting<?>> settings() {
        return Schema.INIT;
    }

    @Override
    public int run(Invocation invocation) {
        Configuration configuration = invocation.configuration();
        check(configuration, invocation.words());
        Console console = invocation.console().toError();
        Banner.level(configuration);
        Signals signals = Signals.catchThem();
        try (Agent agent = LongRunning.member(configuration);
                StatsServer _ = agent == null ? null : LongRunning.stats(configuration, agent, null)) {
            try (Container container = Container.prepare(
                    Path.of(configuration.value(Schema.TREE)),
                    Path.of(configuration.value(Schema.RUN_DIR)),
                    Variables.of(console.environment()),
                    EnvironmentReader.withoutSecrets(console.environment()))) {
                List<Plan> plans = plans(configuration, container, invocation.words(), agent);
                var end = new End(signals);
                var budget = StopBudget.of(configuration.value(Schema.SHUTDOWN_TIMEOUT), agent != null);
                try (LocalServices services = LocalServices.of(plans, agent, List.of(container, end), budget, false)) {
                    // Nobody is joined before all settings have turned out to fit.
                    LongRunning.open(console, configuration, signals, agent);
                    try (ControlServer _ = LongRunning.control(configuration, console, agent, services)) {
                        return new Life(container, plans, services, agent, signals, end, budget).live();
                    }
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
        if (words.isEmpty()) {
            checkWithoutCommand(configuration);
        }
        // Without one it is an init for a command or for services of a file; but not when somebody named it.
        Path tree = Path.of(configuration.value(Schema.TREE));
        if (configuration.isSet(Schema.TREE) && !Files.isDirectory(tree)) {
            throw new Refusal("the tree " + tree + " is no directory; give that in which services.d is with -tree");
        }
    }

    /** Variables and files may be there for several programs; a flag is meant for this one. */
    private static void checkWithoutCommand(Configuration configuration) {
        if (configuration.isSet(Schema.SERVICE)) {
            throw new Refusal(configuration.origin(Schema.SERVICE) + ": announces what the command serves, and there is"
                    + " no command; give one after two dashes, or write 'announce' below a service of a file");
        }
        for (Setting<?> setting : ServiceSchema.FLAGS) {
            String origin = configuration.origin(setting);
            if (configuration.isSet(setting) && origin.startsWith("flag ")) {
                throw new Refusal(origin + " is about the command, and there is no command; give one after two dashes,"
                        + " or write '" + setting.key() + "' below a service of a file");
            }
        }
    }

    /** The services of files, and after them the command. */
    private static List<Plan> plans(
            Configuration configuration, Container container, List<String> words, @Nullable Agent agent) {
        var plans = new Plans(container.launch(), LocalServices.probeHost(agent));
        var all = new ArrayList<>(plans.ofFiles(configuration));
        if (!words.isEmpty()) {
            all.add(plans.ofCommandLine(container.command(words), configuration));
        }
        return all;
    }

    /** Why the container is to end, and with which code; the first reason counts. After a signal that is how CMD ends. */
    private static final class End implements Listener {
        private static final int OPEN = -1;

        private final Signals signals;
        private final AtomicInteger code = new AtomicInteger(OPEN);
        private volatile boolean begun;

        End(Signals signals) {
            this.signals = signals;
        }

        void with(int wanted) {
            if (code.compareAndSet(OPEN, wanted)) {
                signals.raise(Signals.ENDED);
            }
        }

        /** From now on only the end of CMD counts. */
        void begins() {
            begun = true;
        }

        boolean isDecided() {
            return code.get() != OPEN;
        }

        int code() {
            return Math.max(0, code.get());
        }

        @Override
        public void ready(ServiceSpec service) {
            if (service.name().equals(Container.COMMAND) && service.kind() == Kind.ONESHOT) {
                with(0);
            }
        }

        @Override
        public void down(ServiceSpec service, @Nullable ExitStatus last) {
            if (service.name().equals(Container.COMMAND)) {
                with(last == null ? 0 : last.code());
            }
        }

        @Override
        public void failed(ServiceSpec service, String reason, int failure) {
            // Its services stop already; now all the rest of an ordered end begins, and the one budget for it.
            boolean takesAllWithIt = service.onFailed() == OnFailed.EXIT && !begun;
            if (takesAllWithIt || service.name().equals(Container.COMMAND)) {
                with(failure);
            }
        }
    }

    private record Life(
            Container container,
            List<Plan> plans,
            LocalServices services,
            @Nullable Agent agent,
            Signals signals,
            End end,
            StopBudget budget) {

        int live() throws InterruptedException {
            container.begin(services.supervisor(), end::with);
            CompletableFuture<Void> _ = services.supervisor().exit().thenAccept(end::with); // before an RPC leave, say
            if (agent != null) {
                agent.whenEnded(() -> signals.raise(Signals.LEFT));
            }
            if (plans.stream().anyMatch(plan -> plan.service().name().equals(Container.COMMAND))) {
                RunCommand.handOn(signals, services, Container.COMMAND, agent);
            }
            Thread.ofPlatform().name("boot").daemon().start(this::boot);
            String signal = signals.next();
            if (signal.equals(Signals.LEFT)) {
                hasLeft();
            } else if (!end.isDecided()) {
                Log.line(LogLevel.INFO, "init: Caught signal: " + signal);
            }
            services.endExpected();
            end.begins();
            try {
                return shutdownAndLeave(asksForTheEnd(signal));
            } finally {
                services.waitForNobody();
            }
        }

        /** The member has ended from within; as with {@code run}, the services end with it. */
        private void hasLeft() {
            if (agent == null || agent.leaveAsked()) {
                Log.line(LogLevel.INFO, "init: this member was asked to leave, stopping");
            } else {
                end.with(agent.exitCode());
                Log.line(LogLevel.ERR, "init: this member cannot go on, as said above, stopping");
            }
        }

        private static boolean asksForTheEnd(String signal) {
            return signal.equals(Signals.TERMINATE) || signal.equals(Signals.INTERRUPT);
        }

        /** {@code asked}: by a signal; the next one hurries. */
        private int shutdownAndLeave(boolean asked) throws InterruptedException {
            long deadline = System.nanoTime() + budget.whole().toNanos();
            if (agent == null) {
                return shutdown(asked);
            }
            // Nobody needs this node once its services are down: cont-finish.d may run meanwhile.
            CompletableFuture<Void> _ = services.supervisor().exit().thenAccept(_ -> beginLeave(agent));
            int code = shutdown(asked);
            Leaving.leave(agent, signals, deadline - System.nanoTime());
            return code;
        }

        private static void beginLeave(Agent agent) {
            Thread.ofPlatform().name("early leave").daemon().start(() -> {
                try {
                    boolean _ = agent.leaveInTime();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }

        private void boot() {
            try {
                int failure = container.boot();
                if (failure != 0) {
                    end.with(failure);
                    return;
                }
                plans.forEach(plan -> container.show(plan.service()));
                services.startAll();
            } catch (IllegalArgumentException e) {
                Log.line(LogLevel.ERR, "init: " + e.getMessage());
                end.with(FAILED);
            } catch (RuntimeException e) {
                // A bug. A container that goes on without its services helps nobody.
                Log.line(LogLevel.ERR, "init: a fault in the boot, the container ends", e);
                end.with(FAILED);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** In the background, so that another signal is heard meanwhile. */
        private int shutdown(boolean asked) throws InterruptedException {
            var done = new CompletableFuture<Integer>();
            Thread.ofPlatform().name("shutdown").daemon().start(() -> {
                try {
                    done.complete(container.shutdown(end::code, budget.forServices(), services.anyDrains()));
                } catch (InterruptedException | RuntimeException e) {
                    done.completeExceptionally(e);
                }
                signals.raise(Signals.ENDED);
            });
            boolean hurries = asked;
            while (!done.isDone()) {
                String signal = signals.next();
                if (asksForTheEnd(signal)) {
                    Log.line(
                            LogLevel.INFO,
                            "init: Caught signal: " + signal + (hurries ? " again, hurrying" : ", stopping already"));
                    if (hurries) {
                        container.hurry();
                    }
                    hurries = true;
                }
            }
            return done.join();
        }
    }
}
