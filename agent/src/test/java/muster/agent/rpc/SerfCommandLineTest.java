package muster.agent.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import muster.agent.Agent;
import muster.agent.RunningAgents;
import muster.gossip.Member;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The strictest client of a Serf agent's RPC is Serf's own command line. */
class SerfCommandLineTest {
    private static final long PATIENCE_SECONDS = 30;

    private final RunningAgents agents = new RunningAgents();

    private record Outcome(int code, String output) {}

    private static Path serf() {
        return Stream.of("/usr/bin/serf", "/usr/sbin/serf", "/usr/local/bin/serf")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(Path.of("/"));
    }

    @BeforeAll
    static void needsSerf() {
        assumeTrue(!serf().equals(Path.of("/")), "serf is not installed (Debian package serf); ./verify installs it");
    }

    @AfterEach
    void close() {
        agents.close();
    }

    private static Outcome serf(Agent agent, String command, String... words) throws IOException, InterruptedException {
        var line = new ArrayList<>(List.of(serf().toString(), command, "-rpc-addr=" + RunningAgents.rpc(agent)));
        line.addAll(List.of(words));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), output);
    }

    @Test
    void members_are_listed_as_text_json_and_by_filter() throws Exception {
        Agent agent = agents.start("m1", "-tag", "role=web");
        await().until(() -> agent.members().size() == 1);
        int port = agent.node().bound().getPort();
        assertThat(serf(agent, "members").output()).isEqualTo("m1  127.0.0.1:" + port + "  alive  role=web\n");
        assertThat(serf(agent, "members", "-format=json").output())
                .contains("\"name\": \"m1\"", "\"addr\": \"127.0.0.1:" + port + "\"", "\"version\": 5");
        assertThat(serf(agent, "members", "-tag", "role=w.*", "-status=alive").output())
                .contains("m1");
        assertThat(serf(agent, "members", "-name=m").output()).doesNotContain("m1");
        assertThat(serf(agent, "members", "-name=x|1").output())
                .as("^x|1$, as Serf writes it")
                .contains("m1");
        assertThat(serf(agent, "members", "-name=m[[:digit:]]").output()).contains("m1");
        assertThat(serf(agent, "members", "-tag", "role=").output())
                .as("those without a role")
                .doesNotContain("m1");
        assertThat(serf(agent, "members", "-tag", "zone=").output()).contains("m1");
        assertThat(serf(agent, "members", "-name=(m?){1000}1").output()).contains("m1");
        assertThat(serf(agent, "members", "-tag", "role=(x?){2000}").output()).contains("Failed to compile regex");
        Outcome bad = serf(agent, "members", "-name=(");
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.output()).contains("Failed to compile regex");
        // One that takes Java's matcher for ever must not take ours.
        assertThat(serf(agent, "members", "-name=(([a-z0-9])+.)+[A-Z]([a-z0-9])+$")
                        .code())
                .isZero();
    }

    @Test
    void info_tags_event_and_rtt_work() throws Exception {
        Agent agent = agents.start("m1");
        assertThat(serf(agent, "info").output()).contains("\tname = m1", "encrypted = false", "health_score = 0");
        assertThat(serf(agent, "tags", "-set", "zone=b").output()).contains("Successfully updated agent tags");
        assertThat(agent.node().self().tags()).containsEntry("zone", "b");
        assertThat(serf(agent, "tags", "-set", "zone=c", "-delete", "zone").code())
                .isZero();
        assertThat(agent.node().self().tags()).as("deleted, then set").containsEntry("zone", "c");
        assertThat(serf(agent, "tags", "-delete", "zone").code()).isZero();
        assertThat(agent.node().self().tags()).isEmpty();
        Outcome tooLong = serf(agent, "tags", "-set", "zone=" + "x".repeat(600));
        assertThat(tooLong.code()).isEqualTo(1);
        assertThat(tooLong.output()).contains("Encoded length of tags exceeds limit of 512 bytes");
        assertThat(serf(agent, "event", "deploy", "now").output())
                .contains("Event 'deploy' dispatched! Coalescing enabled: true");
        assertThat(serf(agent, "event", "x".repeat(600)).output())
                .contains("user event exceeds configured limit of 512 bytes before encoding");
        assertThat(serf(agent, "event", "deploy", "x".repeat(500)).output())
                .contains("encoded user event exceeds configured limit of 512 bytes after encoding");
        assertThat(serf(agent, "rtt", "m1").output()).contains("Estimated m1 <-> m1 rtt:");
        assertThat(serf(agent, "force-leave", "nobody").code()).isZero();
    }

    @Test
    void join_and_leave_work_and_errors_are_worded_as_serfs() throws Exception {
        Agent one = agents.start("m1");
        Agent two = agents.start("m2");
        assertThat(serf(two, "join", one.node().advertised().toString()).output())
                .contains("Successfully joined cluster by contacting 1 nodes.");
        Outcome nobody = serf(two, "join", "127.0.0.1:1");
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.output())
                .contains(
                        "1 error occurred:",
                        "Failed to join 127.0.0.1: dial tcp 127.0.0.1:1: connect: connection refused");
        assertThat(serf(two, "leave").output()).contains("Graceful leave complete");
        assertThat(two.exitCode()).isZero();
        await().untilAsserted(() -> assertThat(one.members())
                .anyMatch(member -> member.name().equals("m2") && member.status() == Member.Status.LEFT));
    }

    @Test
    void a_key_is_asked_for_where_one_is_set() throws Exception {
        Agent agent = agents.start("m1", "-rpc-auth", "secret");
        assertThat(serf(agent, "members").output()).contains("Authentication required");
        assertThat(serf(agent, "members", "-rpc-auth=wrong").output()).contains("Invalid authentication token");
        assertThat(serf(agent, "members", "-rpc-auth=secret").output()).contains("m1");
    }

    @Test
    void monitor_shows_log_lines_and_events() throws Exception {
        Agent agent = agents.start("m1");
        Process monitor = new ProcessBuilder(serf().toString(), "monitor", "-rpc-addr=" + RunningAgents.rpc(agent))
                .redirectErrorStream(true)
                .start();
        try {
            var seen = new StringBuffer();
            Thread.ofVirtual().start(() -> {
                try (var reader = monitor.inputReader()) {
                    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                        seen.append(line).append('\n');
                    }
                } catch (IOException e) {
                    seen.append(e);
                }
            });
            await().atMost(PATIENCE_SECONDS, TimeUnit.SECONDS).untilAsserted(() -> {
                serf(agent, "event", "-coalesce=false", "deploy", "now");
                assertThat(seen.toString())
                        .contains("[INFO] serf: EventMemberJoin: m1", "Event: \"user\"", "Name: \"deploy\"");
            });
        } finally {
            monitor.destroy();
        }
    }
}
