package muster.agent.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.FreePort;
import muster.agent.MusterProgram;
import muster.agent.rpc.SerfProgram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -syslog} and Debian's rsyslog, with a /dev of their own: the machine's log is left alone. */
class RsyslogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Process world;
    private Path log;

    @BeforeEach
    void ownDev() throws Exception {
        assumeTrue(
                new ProcessBuilder("sh", "-c", "command -v rsyslogd").start().waitFor() == 0,
                "rsyslog is not installed; ./verify installs it");
        Path devices = Files.createDirectory(folder.resolve("devices"));
        log = folder.resolve("messages");
        world = new ProcessBuilder("unshare", "-m", "sh", "-c", """
                        mount --rbind /dev "$0" && mount -t tmpfs tmpfs /dev || exit 1
                        for each in null zero random urandom; do : >/dev/$each; mount --bind "$0/$each" /dev/$each; done
                        echo Ready && exec cat""", devices.toString())
                .redirectErrorStream(true)
                .start();
        assumeTrue(world.getInputStream().read() == 'R', "no mounts here: they need root");
    }

    @AfterEach
    void end() {
        if (world != null) {
            world.destroyForcibly().onExit().join();
        }
    }

    private List<String> within() {
        return List.of("nsenter", "-t", Long.toString(world.pid()), "-m");
    }

    private Process rsyslog() throws Exception {
        Path settings = Files.writeString(folder.resolve("rsyslog.conf"), """
                module(load="imuxsock" SysSock.RateLimit.Interval="0")
                template(name="all" type="string" string="%%syslogfacility-text%%.%%syslogseverity-text%% %%programname%% %%procid%%:%%msg%%\\n")
                *.* action(type="omfile" file="%s" template="all")
                """.formatted(log));
        var words = new ArrayList<>(within());
        words.addAll(List.of(
                "rsyslogd",
                "-n",
                "-f",
                settings.toString(),
                "-i",
                folder.resolve("pid").toString()));
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("rsyslog.out").toFile())
                .start();
        var look = new ArrayList<>(within());
        look.addAll(List.of("test", "-S", "/dev/log"));
        await().atMost(PATIENCE).until(() -> new ProcessBuilder(look).start().waitFor() == 0);
        return process;
    }

    private List<String> lines() throws Exception {
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    @Test
    void its_lines_arrive_under_their_facility_with_serfs_priorities_also_after_a_restart_of_rsyslog()
            throws Exception {
        Process first = rsyslog();
        try (MusterProgram agent = MusterProgram.started(
                folder,
                within(),
                Map.of(),
                "agent",
                "-node",
                "grüße",
                "-bind",
                "127.0.0.1:0",
                "-rpc-addr",
                "127.0.0.1:0",
                "-profile",
                "local",
                "-syslog",
                "-config-file",
                Files.writeString(folder.resolve("a.json"), "{\"syslog_facility\": \"LOCAL3\"}")
                        .toString())) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(lines())
                            .anyMatch(line ->
                                    line.matches("local3.notice muster \\d+: serf: EventMemberJoin: grüße 127.0.0.1"))
                            .anyMatch(line ->
                                    line.matches("local3.warning muster \\d+: agent: the node name 'grüße' .*")));
            first.destroy();
            first.onExit().join();
            MusterProgram.run(Map.of(), "event", "-rpc-addr", agent.rpc(), "while-it-is-away");
            Process second = rsyslog();
            try {
                // Counted as lost until the new socket is found; the agent lives on.
                await().atMost(PATIENCE).untilAsserted(() -> {
                    MusterProgram.run(Map.of(), "event", "-rpc-addr", agent.rpc(), "again");
                    assertThat(lines()).anyMatch(line -> line.contains("Received event: user-event: again"));
                });
            } finally {
                second.destroy();
                second.onExit().join();
            }
        } finally {
            first.destroyForcibly();
        }
    }

    @Test
    void called_as_serf_its_lines_are_those_of_serf() throws Exception {
        SerfProgram.needed();
        Process rsyslog = rsyslog();
        var words = new ArrayList<>(within());
        words.addAll(List.of(SerfProgram.path().toString(), "agent", "-node=n", "-syslog", "-profile=local"));
        words.add("-bind=127.0.0.1:" + FreePort.next());
        words.add("-rpc-addr=127.0.0.1:" + FreePort.next());
        Process serf = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("serf.out").toFile())
                .start();
        try (MusterProgram ours = MusterProgram.started(
                folder,
                within(),
                Map.of(),
                "serf",
                "agent",
                "-node=n",
                "-syslog",
                "-profile=local",
                "-bind=127.0.0.1:0",
                "-rpc-addr=127.0.0.1:0")) {
            String last = "local0.notice serf: agent: Received event: member-join";
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(linesOf(serf.pid())).contains(last);
                assertThat(linesOf(ours.pid())).containsAll(linesOf(serf.pid()));
            });
            assertThat(linesOf(serf.pid())).hasSize(3);
        } finally {
            serf.destroyForcibly().onExit().join();
            rsyslog.destroyForcibly();
        }
    }

    /** What came of this process, without its number. */
    private List<String> linesOf(long process) throws Exception {
        return lines().stream()
                .filter(line -> line.contains(" " + process + ":"))
                .map(line -> line.replace(" " + process + ":", ":"))
                .toList();
    }
}
