package muster.agent.run;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import muster.agent.Agent;
import muster.agent.balance.Announcements;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.configuration.Schema;
import muster.agent.configuration.ServiceOption;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.balancing.Announcement;
import muster.balancing.ServiceTag;
import muster.gossip.wire.Message;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.Liveness;
import muster.supervisor.Probe;
import muster.supervisor.Readiness;
import muster.supervisor.RestartPolicy;
import muster.supervisor.Restarts;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Stopping;
import muster.supervisor.runner.Listener;
import muster.supervisor.runner.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * A supervised app on an agent: announced while it is ready, announced as draining before it is stopped. Safe for use by
 * any thread.
 */
public final class AppNode implements AutoCloseable {
    /** A leave, and the news of a drain, reach every balancer of a cluster of thousands within this. */
    private static final Duration NEWS_SPREAD = Duration.ofSeconds(1);

    // Without it, an app that is not ready on a node with the tag role=backend would look like a plain Serf agent's.
    private static final SortedMap<String, String> NOTHING_READY =
            Collections.unmodifiableSortedMap(new TreeMap<>(java.util.Map.of(Announcements.SPEAKS_FOR_ITSELF, "run")));

    private final Agent agent;
    private final List<ServiceOption> services;
    private final CompletableFuture<Integer> end = new CompletableFuture<>();
    private final Supervisor supervisor;
    private volatile boolean stopAsked;

    private AppNode(Agent agent, Configuration configuration, List<String> command) {
        this.agent = agent;
        this.services = configuration.value(Schema.SERVICE);
        // At the end, as draining, a service takes the most room: found out then, its last requests would fail.
        int bytes = agent.tagBytesWith(tags(true));
        if (bytes > Message.META_BYTES_MAX) {
            throw new IllegalArgumentException("the tags of this node and its services take " + bytes
                    + " bytes and may take " + Message.META_BYTES_MAX
                    + ": use fewer or shorter tags (-tag), service names or check paths");
        }
        this.supervisor = Supervisor.start(spec(agent, configuration, services, command), new Announcer());
    }

    /** Starts the app. Throws {@link IllegalArgumentException} with the remedy when the settings do not fit together. */
    public static AppNode start(Agent agent, Configuration configuration, List<String> command) {
        agent.announce(NOTHING_READY);
        var app = new AppNode(agent, configuration, command);
        agent.beforeLeaving(() -> {
            app.stop();
            app.end.join();
        });
        return app;
    }

    /** Drains, stops the app, and ends. Returns at once. */
    public void stop() {
        stopAsked = true;
        supervisor.stop();
    }

    /** A stop that cannot wait. Returns at once. */
    public void hurry() {
        stopAsked = true;
        supervisor.hurry();
    }

    /** {@code action} runs when the app has ended for good. It must not block. */
    public void whenEnded(Runnable action) {
        CompletableFuture<Void> _ = end.thenRun(action);
    }

    public boolean hasEnded() {
        return end.isDone();
    }

    /** With what the program exits: the app's code, or 0 after a stop that was asked for. Waits for the end. */
    public int exitCode() {
        return end.join();
    }

    @Override
    public void close() {
        supervisor.close();
    }

    private static ServiceSpec spec(
            Agent agent, Configuration configuration, List<ServiceOption> services, List<String> command) {
        String host = probeHost(agent);
        var probes = new ArrayList<Probe>();
        var ports = new ArrayList<Integer>();
        for (ServiceOption service : services) {
            probes.add(
                    service.checkPath().isEmpty()
                            ? new Probe.Tcp(host, service.port())
                            : new Probe.Http(host, service.port(), service.checkPath()));
            ports.add(service.port());
        }
        Duration drain = configuration.value(Schema.DRAIN_TIMEOUT);
        Duration news = drain.compareTo(NEWS_SPREAD) < 0 ? drain : NEWS_SPREAD;
        return ServiceSpec.of(services.getFirst().name(), command)
                .with(Launch.DEFAULTS.withEnvironment(EnvironmentReader.withoutSecrets(System.getenv())))
                .with(Restarts.DEFAULTS.withPolicy(policy(configuration.value(Schema.RESTART))))
                .with(Readiness.when(probes).withTimeout(configuration.value(Schema.READY_TIMEOUT)))
                // A bare TCP connection each second tells little and litters the log of the app.
                .with(Liveness.withdrawing(
                        probes.stream().filter(Probe.Http.class::isInstance).toList()))
                .with(Stopping.DEFAULTS
                        .withTimeout(configuration.value(Schema.STOP_TIMEOUT))
                        .withDrain(news, drain, ports));
    }

    private static RestartPolicy policy(String word) {
        return switch (word) {
            case "never" -> RestartPolicy.NEVER;
            case "on-failure" -> RestartPolicy.ON_FAILURE;
            default -> RestartPolicy.ALWAYS;
        };
    }

    // The address that balancers will use, where it is one of this host's: an app that listens on another one only is
    // not
    // ready for them. Behind address translation it is not ours, and then any address of ours must do.
    private static String probeHost(Agent agent) {
        String advertised = agent.node().advertised().host();
        InetAddress bound = agent.node().bound().getAddress();
        try {
            if (NetworkInterface.getByInetAddress(InetAddress.getByName(advertised)) != null
                    || InetAddress.getByName(advertised).isLoopbackAddress()) {
                return advertised;
            }
        } catch (SocketException | UnknownHostException e) {
            Log.line(LogLevel.DEBUG, "run: is " + advertised + " ours? " + e.getMessage());
        }
        return bound.isAnyLocalAddress() ? InetAddress.getLoopbackAddress().getHostAddress() : bound.getHostAddress();
    }

    private SortedMap<String, String> tags(boolean draining) {
        var tags = new TreeMap<>(NOTHING_READY);
        for (ServiceOption service : services) {
            tags.put(
                    ServiceTag.KEY_PREFIX + service.name(),
                    ServiceTag.format(new Announcement.Service(
                            service.name(),
                            service.port(),
                            service.protocol(),
                            service.checkPath(),
                            service.weight(),
                            draining)));
        }
        return Collections.unmodifiableSortedMap(tags);
    }

    /** On the supervisor's thread. */
    private final class Announcer implements Listener {
        @Override
        public void started(ServiceSpec service, long pid) {
            Log.line(LogLevel.INFO, "run: service=" + service.name() + " started pid=" + pid);
        }

        @Override
        public void ready(ServiceSpec service) {
            Log.line(LogLevel.INFO, "run: service=" + service.name() + " ready, announcing it");
            agent.announce(tags(false));
        }

        @Override
        public void notReady(ServiceSpec service, String reason) {
            LogLevel level = stopAsked ? LogLevel.INFO : LogLevel.WARN;
            Log.line(level, "run: service=" + service.name() + " not ready: " + reason);
            agent.announce(NOTHING_READY);
        }

        @Override
        public void draining(ServiceSpec service) {
            Log.line(
                    LogLevel.INFO,
                    "run: service=" + service.name() + " draining: no new requests, those in flight finish");
            agent.announce(tags(true));
        }

        @Override
        public void exited(ServiceSpec service, long pid, ExitStatus status) {
            Log.line(
                    stopAsked ? LogLevel.INFO : LogLevel.WARN,
                    "run: service=" + service.name() + " pid=" + pid + " " + status);
        }

        @Override
        public void failed(ServiceSpec service, String reason, int code) {
            Log.line(LogLevel.ERR, "run: service=" + service.name() + " failed: " + reason);
            end.complete(stopAsked ? 0 : code);
        }

        @Override
        public void down(ServiceSpec service, @Nullable ExitStatus last) {
            Log.line(LogLevel.INFO, "run: service=" + service.name() + " is down");
            end.complete(stopAsked || last == null ? 0 : last.code());
        }
    }
}
