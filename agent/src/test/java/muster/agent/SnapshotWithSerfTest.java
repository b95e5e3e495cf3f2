package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import muster.agent.rpc.SerfProgram;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One format, two programs: a snapshot that one of them wrote brings the other one back into the cluster. */
class SnapshotWithSerfTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final RunningAgents agents = new RunningAgents();

    @AfterEach
    void close() {
        agents.close();
    }

    @Test
    void a_restarted_agent_finds_its_cluster_and_does_not_hear_old_events_again() throws Exception {
        String file = folder.resolve("snapshot").toString();
        Agent seed = agents.start("seed");
        Agent first = agents.start("m1", "-snapshot", file);
        RunningAgents.join(first, seed);
        assertThat(seed.sendEvent("deploy", Bytes.utf8("1"), false)).isEmpty();
        await().atMost(PATIENCE)
                .until(() -> Files.exists(Path.of(file))
                        && Files.readString(Path.of(file)).contains("event-clock: 1"));
        await().atMost(PATIENCE).until(() -> Files.readString(Path.of(file)).contains("alive: seed "));
        first.close(); // as if it was killed: no leave

        Agent again = agents.start("m1", "-snapshot", file);
        await().atMost(PATIENCE).until(() -> aliveAt(again, "seed") && aliveAt(seed, "m1"));
        assertThat(again.stats().get("serf")).containsEntry("event_time", "2");
        assertThat(again.stats()).containsKey("snapshot");
    }

    @Test
    void after_a_leave_only_rejoin_brings_it_back() throws Exception {
        String file = folder.resolve("snapshot").toString();
        Agent seed = agents.start("seed");
        Agent first = agents.start("m1", "-snapshot", file);
        RunningAgents.join(first, seed);
        first.leaveInTime();
        first.close();
        assertThat(Files.readString(Path.of(file))).contains("alive: seed ", "leave\n");

        Agent alone = agents.start("m2", "-snapshot", copy(file));
        Agent back = agents.start("m1", "-snapshot", file, "-rejoin");
        await().atMost(PATIENCE).until(() -> aliveAt(back, "seed"));
        assertThat(alone.node().isAlone()).isTrue();
    }

    @Test
    void a_start_that_failed_costs_no_memory() throws Exception {
        Path file = Files.writeString(folder.resolve("snapshot"), "alive: old 127.0.0.1:1\n");
        MusterProgram.Outcome outcome = MusterProgram.run(
                java.util.Map.of(),
                "agent",
                "-node=m1",
                "-bind=127.0.0.1:0",
                "-rpc-addr=127.0.0.1:0",
                "-snapshot=" + file,
                "-join=127.0.0.1:1");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.output()).contains("Error joining the cluster");
        assertThat(Files.readString(file)).contains("alive: old 127.0.0.1:1\n").doesNotContain("leave");
    }

    @Test
    void a_snapshot_of_serf_brings_us_in_and_ours_brings_serf_in() throws Exception {
        SerfProgram.needed();
        Path file = folder.resolve("serf.snapshot");
        Agent seed = agents.start("seed");
        String seedAddress = seed.node().advertised().toString();
        try (SerfProgram serf = SerfProgram.agent(folder, "s1", "-join", seedAddress, "-snapshot", file.toString())) {
            await().atMost(PATIENCE).until(() -> aliveAt(seed, "s1"));
            await().atMost(PATIENCE).until(() -> {
                seed.sendEvent("any", Bytes.EMPTY, false); // serf writes out what it has when something else happens
                return Files.readString(file).contains("alive: seed ");
            });
            serf.kill();
        }
        Agent heir = agents.start("m1", "-snapshot", file.toString());
        await().atMost(PATIENCE).until(() -> aliveAt(heir, "seed"));
        await().atMost(PATIENCE).until(() -> Files.readString(file).contains("alive: m1 "));
        heir.close();

        try (SerfProgram serf = SerfProgram.agent(folder, "s2", "-snapshot", file.toString())) {
            await().atMost(PATIENCE).until(() -> aliveAt(seed, "s2"));
            assertThat(serf.output())
                    .contains("previously known node: ")
                    .doesNotContain("Unrecognized snapshot line", "Failed to parse");
        }
    }

    private String copy(String file) throws IOException {
        Path copy = folder.resolve("copy");
        Files.writeString(copy, Files.readString(Path.of(file)));
        return copy.toString();
    }

    private static boolean aliveAt(Agent agent, String name) {
        return agent.members().stream()
                .anyMatch(member -> member.name().equals(name) && member.status() == Member.Status.ALIVE);
    }
}
