package muster.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.supervisor.Kind;
import muster.supervisor.Launch;
import muster.supervisor.Limit;
import muster.supervisor.Liveness;
import muster.supervisor.Logging;
import muster.supervisor.Notification;
import muster.supervisor.OnFailed;
import muster.supervisor.Pace;
import muster.supervisor.Probe;
import muster.supervisor.Reach;
import muster.supervisor.Resource;
import muster.supervisor.RestartPolicy;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Signal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator writes, in a file or as flags, becomes the same service. */
class PlansTest {
    private static final Plans PLANS =
            new Plans(Launch.DEFAULTS.withEnvironment(new TreeMap<>(Map.of("PATH", "/bin"))), "10.0.0.1");

    @TempDir
    private Path folder;

    private Configuration file(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("muster.yaml"), text);
        return flags("-config-file", file.toString());
    }

    private static Configuration flags(String... words) {
        return Configuration.load(FlagParser.parse(List.of(words), Schema.RUN).given(), Map.of(), Schema.RUN);
    }

    @Test
    void a_plan_knows_where_it_is_said_what_it_needs() throws IOException {
        Configuration configuration = file("services:\n  web:\n    command: a\n    depends_on: nope\n");
        assertThat(PLANS.ofFiles(configuration).getFirst().needsFrom())
                .isEqualTo(folder.resolve("muster.yaml") + ":4:17: services.web.depends_on");
    }

    @Test
    void every_key_of_a_service_has_its_meaning() throws IOException {
        Configuration configuration = file("""
                services:
                  cache:
                    command: [cached, -v]
                  web:
                    command: exec node app.js
                    announce: web:3000;check=/health
                    user: www
                    group: www-data
                    cwd: /srv
                    env: {PORT: "3000", MODE: live}
                    env_file: [/etc/web.env]
                    umask: "027"
                    limits: {nofile: 1024:4096, core: unlimited}
                    nice: 5
                    oom_score_adj: -100
                    restart: on-failure
                    success_codes: [0, 143]
                    restart_delay: 1s
                    restart_delay_max: 1m
                    restart_reset: 5m
                    crash_limit: 3
                    crash_window: 10s
                    on_failed: exit
                    ready: [tcp:3001, "file:up", fd:7]
                    ready_delay: 100ms
                    ready_timeout: 30s
                    probe_timeout: 2s
                    live: ["command:./check -q"]
                    live_every: 5s
                    live_failures: 2
                    live_action: restart
                    stop_signals: [INT, TERM]
                    stop_timeout: 7s
                    stop_reach: mixed
                    drain_timeout: 20s
                    finish: ./clean-up
                    finish_timeout: 3s
                    log: [console, "file:/var/log/web", "udp://loghost"]
                    log_size: 1m
                    log_keep: 2
                    log_facility: 16
                    depends_on: [cache]
                    start: false
                """);

        List<Plan> plans = PLANS.ofFiles(configuration);

        assertThat(plans).extracting(plan -> plan.service().name()).containsExactly("cache", "web");
        assertThat(plans.getFirst().service().command()).containsExactly("cached", "-v");
        ServiceSpec web = plans.getLast().service();
        assertThat(web.command()).containsExactly("/bin/sh", "-c", "exec node app.js", "sh");
        Launch launch = web.launch();
        assertThat(launch.environment()).containsExactly(Map.entry("PATH", "/bin"));
        assertThat(launch.environmentFiles()).containsExactly("/etc/web.env");
        assertThat(launch.ownVariables()).containsExactly(Map.entry("MODE", "live"), Map.entry("PORT", "3000"));
        assertThat(List.of(launch.user(), launch.group(), launch.directory()))
                .containsExactly("www", "www-data", "/srv");
        assertThat(launch.umask()).isEqualTo(027);
        assertThat(launch.nice()).isEqualTo(5);
        assertThat(launch.oomScoreAdj()).isEqualTo(-100);
        assertThat(launch.limits())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(Resource.NOFILE, new Limit(1024, 4096), Resource.CORE, Limit.of(Limit.UNLIMITED)));
        assertThat(web.restarts().policy()).isEqualTo(RestartPolicy.ON_FAILURE);
        assertThat(web.restarts().successStatuses()).containsExactly(0, 143);
        assertThat(web.restarts().pace())
                .isEqualTo(new Pace.BackOff(Duration.ofSeconds(1), Duration.ofMinutes(1), 0.1, Duration.ofMinutes(5)));
        assertThat(web.restarts().crashesMax()).isEqualTo(3);
        assertThat(web.onFailed()).isEqualTo(OnFailed.EXIT);
        assertThat(web.readiness().probes())
                .containsExactly(
                        new Probe.Http("10.0.0.1", 3000, "/health"),
                        new Probe.Tcp("127.0.0.1", 3001),
                        new Probe.File("up"));
        assertThat(web.readiness().notification()).isEqualTo(Notification.DESCRIPTOR);
        assertThat(web.readiness().descriptor()).isEqualTo(7);
        assertThat(web.readiness().timeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(web.liveness().action()).isEqualTo(Liveness.Action.RESTART);
        assertThat(web.liveness().probes())
                .containsExactly(
                        new Probe.Http("10.0.0.1", 3000, "/health"),
                        new Probe.Command(List.of("/bin/sh", "-c", "./check -q")));
        assertThat(web.stopping().signals()).containsExactly(Signal.INT, Signal.TERM);
        assertThat(web.stopping().timeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(web.stopping().reach()).isEqualTo(Reach.MIXED);
        assertThat(web.stopping().drainAtMost()).isEqualTo(Duration.ofSeconds(20));
        assertThat(web.stopping().drainPorts()).containsExactly(3000);
        assertThat(web.finish().command()).containsExactly("/bin/sh", "-c", "./clean-up", "sh");
        assertThat(web.logging())
                .isEqualTo(Logging.to(
                        new Logging.Sink.Console(true),
                        new Logging.Sink.File("/var/log/web", 1 << 20, 2, Duration.ZERO, true),
                        new Logging.Sink.Syslog(new Logging.Transport.Udp("loghost", 514), 16)));
        assertThat(web.dependsOn()).containsExactly("cache");
        assertThat(web.startDown()).isTrue();
        assertThat(plans.getLast().announced()).hasSize(1);
        assertThat(Plans.anyAnnounced(configuration)).isTrue();
    }

    @Test
    void flags_say_the_same_as_keys() throws IOException {
        Configuration configuration = flags(
                "-user",
                "www",
                "-stop-signal",
                "INT",
                "-limit",
                "nofile=99",
                "-env",
                "A=1",
                "-crash-limit",
                "4",
                "-log",
                "console",
                "-ready",
                "systemd");
        ServiceSpec byFlags =
                PLANS.ofCommandLine("web", List.of("app"), configuration).service();

        Configuration inFile = file("""
                services:
                  web: {command: [app], user: www, stop_signals: INT, limits: {nofile: 99}, env: {A: "1"},
                        crash_limit: 4, log: console, ready: systemd}
                """);

        assertThat(PLANS.ofFiles(inFile)).extracting(Plan::service).containsExactly(byFlags);
        assertThat(Plans.anyAnnounced(configuration)).isFalse();
    }

    @Test
    void a_oneshot_is_not_tried_again_unless_somebody_says_so() throws IOException {
        Configuration configuration = file("""
                services:
                  a: {command: [migrate], oneshot: true}
                  b: {command: [migrate], oneshot: true, restart: on-failure}
                """);

        assertThat(PLANS.ofFiles(configuration))
                .extracting(
                        plan -> plan.service().kind(),
                        plan -> plan.service().restarts().policy())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(Kind.ONESHOT, RestartPolicy.NEVER),
                        org.assertj.core.groups.Tuple.tuple(Kind.ONESHOT, RestartPolicy.ON_FAILURE));
    }

    @Test
    void what_does_not_fit_together_is_refused_with_the_name_of_the_service() throws IOException {
        for (String[] each : new String[][] {
            {"{log: [inherit, console], command: a}", "services.web: log: inherit stands alone"},
            {"{ready: [fd:3, systemd], command: a}", "services.web: ready: fd and systemd exclude each other"},
            {"{nice: 99, command: a}", "services.web: nice 99 must be from -20 to 19"},
            {"{user: www}", "services.web has no command"},
            {"{oneshot: true, live: tcp:1, command: a, announce: \"web:1\"}", "services.web: a oneshot is ready when"}
        }) {
            Configuration configuration = file("services: {web: " + each[0] + "}\n");
            assertThatThrownBy(() -> PLANS.ofFiles(configuration))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(each[1]);
        }
    }

    @Test
    void a_bad_value_is_refused_with_its_place() {
        assertThatThrownBy(() -> file("services:\n  web:\n    command: a\n    live: fd:3\n"))
                .isInstanceOf(BadConfiguration.class)
                .hasMessageContaining("muster.yaml:4:11: services.web.live: 'fd:3' cannot be asked again");
    }
}
