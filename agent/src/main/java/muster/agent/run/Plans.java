package muster.agent.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.LogTarget;
import muster.agent.configuration.ReadySign;
import muster.agent.configuration.Schema;
import muster.agent.configuration.ServiceOption;
import muster.agent.configuration.ServiceSchema;
import muster.supervisor.Finish;
import muster.supervisor.Launch;
import muster.supervisor.Liveness;
import muster.supervisor.Logging;
import muster.supervisor.Notification;
import muster.supervisor.OnFailed;
import muster.supervisor.Pace;
import muster.supervisor.Probe;
import muster.supervisor.Reach;
import muster.supervisor.Readiness;
import muster.supervisor.RestartPolicy;
import muster.supervisor.Restarts;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Stopping;

/** What an operator wrote about services, as services: those of files, and the one of a command line. */
public final class Plans {
    /** The news that a service drains reaches every balancer of a cluster of thousands within this. */
    private static final Duration NEWS_SPREAD = Duration.ofSeconds(1);

    private final Launch base;
    private final String probeHost;

    /**
     * For services that start so.
     *
     * @param base what they start with unless they say otherwise
     * @param probeHost where announced ones are asked
     */
    public Plans(Launch base, String probeHost) {
        this.base = base;
        this.probeHost = probeHost;
    }

    /** Those that files define. Throws {@link IllegalArgumentException} that names the service, with the remedy. */
    public List<Plan> ofFiles(Configuration configuration) {
        var plans = new ArrayList<Plan>();
        configuration.services().forEach((name, own) -> {
            List<String> command = own.value(ServiceSchema.COMMAND);
            if (command.isEmpty()) {
                throw new IllegalArgumentException(
                        "services." + name + " has no command; say what it runs, like" + " command: [node, app.js]");
            }
            plans.add(plan(
                    "services." + name,
                    ServiceSpec.of(name, command).with(base),
                    own.value(ServiceSchema.ANNOUNCE),
                    own));
        });
        return plans;
    }

    /** The command of a command line, as its flags say. Throws {@link IllegalArgumentException} with the remedy. */
    public Plan ofCommandLine(String name, List<String> command, Configuration configuration) {
        return ofCommandLine(ServiceSpec.of(name, command).with(base), configuration);
    }

    /** The same, where its environment, restarts and log are those of {@code usual} unless the flags say otherwise. */
    public Plan ofCommandLine(ServiceSpec usual, Configuration configuration) {
        return plan(usual.name(), usual, configuration.value(Schema.SERVICE), configuration);
    }

    /** Whether any of them is announced, which needs a member. */
    public static boolean anyAnnounced(Configuration configuration) {
        return !configuration.value(Schema.SERVICE).isEmpty()
                || configuration.services().values().stream()
                        .anyMatch(service ->
                                !service.value(ServiceSchema.ANNOUNCE).isEmpty());
    }

    private Plan plan(String place, ServiceSpec usual, List<ServiceOption> announced, Configuration own) {
        try {
            boolean oneshot = own.value(ServiceSchema.ONESHOT);
            ServiceSpec service = (oneshot ? ServiceSpec.oneshot(usual.name(), usual.command()) : usual)
                    .with(launch(own, usual.launch()))
                    // A oneshot that ends well is done whatever the policy; one that fails is tried again only if
                    // somebody says so.
                    .with(restarts(
                            own,
                            oneshot ? RestartPolicy.NEVER : usual.restarts().policy()))
                    .with(finish(own))
                    .with(own.isSet(ServiceSchema.LOG) ? logging(own) : usual.logging())
                    .withDependsOn(own.value(ServiceSchema.DEPENDS_ON))
                    .with(onFailed(own.value(ServiceSchema.ON_FAILED)))
                    .withStartDown(!own.value(ServiceSchema.START));
            service = oneshot
                    ? service.with(whenDone(own, announced))
                    : service.with(readiness(own, announced)).with(liveness(own, announced));
            return new Plan(service.with(stopping(own, announced)), own.origin(ServiceSchema.DEPENDS_ON), announced);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(place + ": " + e.getMessage(), e);
        }
    }

    private static Launch launch(Configuration own, Launch base) {
        var files = new ArrayList<>(base.environmentFiles());
        files.addAll(own.value(ServiceSchema.ENV_FILE));
        String umask = own.value(ServiceSchema.UMASK);
        String nice = own.value(ServiceSchema.NICE);
        String oomScoreAdj = own.value(ServiceSchema.OOM_SCORE_ADJ);
        Launch launch = base.withEnvironmentFiles(files)
                .withOwnVariables(own.value(ServiceSchema.ENV))
                .withDirectory(own.value(ServiceSchema.CWD))
                .as(own.value(ServiceSchema.USER), own.value(ServiceSchema.GROUP))
                .withLimits(own.value(ServiceSchema.LIMIT));
        launch = umask.isEmpty() ? launch : launch.withUmask(Integer.parseInt(umask, 8));
        launch = nice.isEmpty() ? launch : launch.withNice(Integer.parseInt(nice));
        return oomScoreAdj.isEmpty() ? launch : launch.withOomScoreAdj(Integer.parseInt(oomScoreAdj));
    }

    private static Restarts restarts(Configuration own, RestartPolicy usual) {
        List<Integer> codes = own.value(ServiceSchema.SUCCESS_CODE);
        RestartPolicy policy = own.isSet(ServiceSchema.RESTART) ? policy(own.value(ServiceSchema.RESTART)) : usual;
        return Restarts.DEFAULTS
                .withPolicy(policy)
                .withSuccessStatuses(codes.isEmpty() ? List.of(0) : codes)
                .withPace(new Pace.BackOff(
                        own.value(ServiceSchema.RESTART_DELAY),
                        own.value(ServiceSchema.RESTART_DELAY_MAX),
                        0.1,
                        own.value(ServiceSchema.RESTART_RESET)))
                .withCrashLimit(own.value(ServiceSchema.CRASH_LIMIT), own.value(ServiceSchema.CRASH_WINDOW));
    }

    private static RestartPolicy policy(String word) {
        return switch (word) {
            case "never" -> RestartPolicy.NEVER;
            case "on-failure" -> RestartPolicy.ON_FAILURE;
            default -> RestartPolicy.ALWAYS;
        };
    }

    private static OnFailed onFailed(String word) {
        return switch (word) {
            case "exit" -> OnFailed.EXIT;
            case "stop-dependents" -> OnFailed.STOP_DEPENDENTS;
            default -> OnFailed.IGNORE;
        };
    }

    private Readiness readiness(Configuration own, List<ServiceOption> announced) {
        List<Probe> probes = announcedProbes(announced);
        Notification notification = Notification.NONE;
        int descriptor = 0;
        for (ReadySign sign : own.value(ServiceSchema.READY)) {
            if (!(sign instanceof ReadySign.Asked) && notification != Notification.NONE) {
                throw new IllegalArgumentException(
                        "ready: fd and systemd exclude each other, and are for one time each");
            }
            switch (sign) {
                case ReadySign.Asked asked -> probes.add(asked.probe());
                case ReadySign.Systemd systemd -> notification = Notification.SYSTEMD;
                case ReadySign.Descriptor at -> {
                    notification = Notification.DESCRIPTOR;
                    descriptor = at.number();
                }
            }
        }
        Duration delay = own.value(ServiceSchema.READY_DELAY);
        boolean waits = !probes.isEmpty() || notification != Notification.NONE;
        return new Readiness(
                notification,
                descriptor,
                probes,
                delay,
                // A service that is ready when it runs needs no time limit, and the usual one may be shorter than its
                // delay.
                waits ? own.value(ServiceSchema.READY_TIMEOUT) : Duration.ZERO,
                own.value(ServiceSchema.PROBE_TIMEOUT));
    }

    private static Readiness whenDone(Configuration own, List<ServiceOption> announced) {
        if (own.isSet(ServiceSchema.READY) || own.isSet(ServiceSchema.LIVE) || !announced.isEmpty()) {
            throw new IllegalArgumentException(
                    "a oneshot is ready when it has ended with success; remove ready, live and announce");
        }
        return own.isSet(ServiceSchema.READY_TIMEOUT)
                ? Readiness.NONE.withTimeout(own.value(ServiceSchema.READY_TIMEOUT))
                : Readiness.NONE;
    }

    private Liveness liveness(Configuration own, List<ServiceOption> announced) {
        List<Probe> probes = announcedProbes(announced);
        // A bare TCP connection each second tells little and litters the log of the app.
        probes.removeIf(probe -> !(probe instanceof Probe.Http));
        for (ReadySign sign : own.value(ServiceSchema.LIVE)) {
            if (sign instanceof ReadySign.Asked asked) {
                probes.add(asked.probe());
            }
        }
        return new Liveness(
                probes,
                own.value(ServiceSchema.LIVE_EVERY),
                own.value(ServiceSchema.PROBE_TIMEOUT),
                own.value(ServiceSchema.LIVE_FAILURES),
                switch (own.value(ServiceSchema.LIVE_ACTION)) {
                    case "restart" -> Liveness.Action.RESTART;
                    case "nothing" -> Liveness.Action.NOTHING;
                    default -> Liveness.Action.WITHDRAW;
                });
    }

    private List<Probe> announcedProbes(List<ServiceOption> announced) {
        var probes = new ArrayList<Probe>();
        for (ServiceOption service : announced) {
            probes.add(
                    service.checkPath().isEmpty()
                            ? new Probe.Tcp(probeHost, service.port())
                            : new Probe.Http(probeHost, service.port(), service.checkPath()));
        }
        return probes;
    }

    private static Stopping stopping(Configuration own, List<ServiceOption> announced) {
        Stopping stopping = Stopping.DEFAULTS
                .withTimeout(own.value(ServiceSchema.STOP_TIMEOUT))
                .withReach(
                        switch (own.value(ServiceSchema.STOP_REACH)) {
                            case "process" -> Reach.PROCESS;
                            case "mixed" -> Reach.MIXED;
                            default -> Reach.GROUP;
                        });
        if (!own.value(ServiceSchema.STOP_SIGNAL).isEmpty()) {
            stopping = stopping.withSignals(own.value(ServiceSchema.STOP_SIGNAL));
        }
        if (announced.isEmpty()) {
            return stopping;
        }
        Duration drain = own.value(ServiceSchema.DRAIN_TIMEOUT);
        Duration news = drain.compareTo(NEWS_SPREAD) < 0 ? drain : NEWS_SPREAD;
        return stopping.withDrain(
                news, drain, announced.stream().map(ServiceOption::port).toList());
    }

    private static Finish finish(Configuration own) {
        List<String> command = own.value(ServiceSchema.FINISH);
        return command.isEmpty()
                ? Finish.NONE
                : Finish.by(command).withTimeout(own.value(ServiceSchema.FINISH_TIMEOUT));
    }

    private static Logging logging(Configuration own) {
        List<LogTarget> targets = own.value(ServiceSchema.LOG);
        var sinks = new ArrayList<Logging.Sink>();
        boolean stamped = own.value(ServiceSchema.LOG_STAMP);
        for (LogTarget target : targets) {
            switch (target) {
                case LogTarget.Inherit alone
                when targets.size() == 1 -> {
                    return Logging.INHERITED;
                }
                case LogTarget.Service alone
                when targets.size() == 1 -> {
                    return new Logging.ToService(alone.name());
                }
                case LogTarget.Inherit no ->
                    throw new IllegalArgumentException("log: inherit stands alone; use console beside other targets");
                case LogTarget.Service no ->
                    throw new IllegalArgumentException("log: service:" + no.name() + " stands alone");
                case LogTarget.Console console -> sinks.add(new Logging.Sink.Console(stamped));
                case LogTarget.File file ->
                    sinks.add(new Logging.Sink.File(
                            file.path(),
                            own.value(ServiceSchema.LOG_SIZE),
                            own.value(ServiceSchema.LOG_KEEP),
                            own.value(ServiceSchema.LOG_AGE),
                            stamped));
                case LogTarget.Syslog syslog ->
                    sinks.add(new Logging.Sink.Syslog(syslog.transport(), own.value(ServiceSchema.LOG_FACILITY)));
            }
        }
        return new Logging.Captured(sinks, own.value(ServiceSchema.LOG_LINE));
    }
}
