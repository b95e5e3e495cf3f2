package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import muster.agent.rpc.SerfProgram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that have to go: two of one name, and those that failed; in a cluster of Debian's serf. */
class GoingMembersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    private SerfProgram one;
    private SerfProgram two;

    @BeforeEach
    void start() throws Exception {
        SerfProgram.needed();
        one = SerfProgram.agent(folder, "s1");
        two = SerfProgram.agent(folder, "s2", "-join", one.address());
        await().atMost(PATIENCE).until(() -> members(one).contains("s2"));
    }

    @AfterEach
    void stop() {
        if (one != null) {
            one.close();
        }
        if (two != null) {
            two.close();
        }
    }

    private static String members(SerfProgram agent) throws Exception {
        return agent.run("members", Map.of()).output();
    }

    private static String members(MusterProgram agent) throws Exception {
        return MusterProgram.run(Map.of(), "members", "-rpc-addr", agent.rpc()).output();
    }

    private static void awaitLine(SerfProgram agent, String pattern) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(members(agent)).containsPattern(pattern));
    }

    private static void awaitLine(MusterProgram agent, String pattern) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(members(agent)).containsPattern(pattern));
    }

    @Test
    void who_comes_with_a_name_that_serf_has_ends_and_serf_stays() throws Exception {
        try (SerfProgram holder = SerfProgram.agent(folder, "twin", "-join", one.address())) {
            awaitLine(two, "twin +" + holder.address());
            try (MusterProgram late = MusterProgram.agent(folder, "twin", "-retry-join", one.address())) {
                assertThat(late.awaitEnd()).isEqualTo(1);
                assertThat(late.output())
                        .contains("minority in name conflict resolution", "start with another -node NAME")
                        .doesNotContain("agent: Gracefully");
            }
            assertThat(members(two)).containsPattern("twin +" + holder.address() + " +alive");
            assertThat(members(holder)).containsPattern("s1 +" + one.address() + " +alive");
        }
    }

    @Test
    void who_comes_with_our_name_ends_though_it_is_serf_and_we_stay() throws Exception {
        try (MusterProgram holder = MusterProgram.agent(folder, "twin", "-retry-join", one.address())) {
            awaitLine(two, "twin +" + holder.address());
            try (SerfProgram late = SerfProgram.agent(folder, "twin")) {
                late.run("join", Map.of(), one.address());
                assertThat(late.awaitEnd()).as("what Debian's ends with").isZero();
            }
            assertThat(members(holder)).containsPattern("s1 +" + one.address() + " +alive");
            assertThat(members(two)).containsPattern("twin +" + holder.address() + " +alive");
        }
    }

    @Test
    void called_as_serf_the_loser_ends_with_the_code_of_serf() throws Exception {
        try (SerfProgram holder = SerfProgram.agent(folder, "twin", "-join", one.address())) {
            awaitLine(two, "twin +" + holder.address());
            try (MusterProgram late = MusterProgram.started(
                    folder,
                    "serf",
                    "agent",
                    "-node=twin",
                    "-bind=127.0.0.1:0",
                    "-rpc-addr=127.0.0.1:0",
                    "-profile=local",
                    "-retry-join=" + one.address())) {
                assertThat(late.awaitEnd()).isZero();
            }
        }
    }

    @Test
    void whom_either_make_prunes_is_forgotten_by_both() throws Exception {
        try (MusterProgram ours = MusterProgram.agent(folder, "m1", "-retry-join", one.address())) {
            try (SerfProgram first = SerfProgram.agent(folder, "byus", "-join", one.address());
                    SerfProgram second = SerfProgram.agent(folder, "byserf", "-join", one.address())) {
                awaitLine(ours, "byus .*alive");
                awaitLine(ours, "byserf .*alive");
                first.kill();
                second.kill();
            }
            for (String name : new String[] {"byus", "byserf"}) {
                awaitLine(ours, name + " .*failed");
                awaitLine(one, name + " .*failed");
            }
            assertThat(MusterProgram.run(Map.of(), "force-leave", "-rpc-addr", ours.rpc(), "-prune", "byus")
                            .code())
                    .isZero();
            assertThat(one.run("force-leave", Map.of(), "-prune", "byserf").code())
                    .isZero();
            awaitForgotten("byus", ours.rpc(), ours);
            awaitForgotten("byserf", one.rpc(), ours);
        }
    }

    /**
     * What is gossiped to a member that is dead is lost, and with {@code -profile=local} Serf tells an intent twice: one in three prunes
     * does not get around here, which push/pull cannot mend. An operator says it again.
     */
    private void awaitForgotten(String name, String by, MusterProgram ours) {
        await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> {
            try {
                assertThat(members(ours)).as("ours").doesNotContain(name);
                assertThat(members(one)).as("s1").doesNotContain(name);
                assertThat(members(two)).as("s2").doesNotContain(name);
            } catch (AssertionError e) {
                SerfProgram.run("force-leave", "-rpc-addr=" + by, "-prune", name);
                throw e;
            }
        });
    }

    @Test
    void a_failed_member_is_reaped_when_its_time_is_over() throws Exception {
        Path reaped = folder.resolve("reaped");
        try (MusterProgram ours = MusterProgram.agent(
                folder,
                "m1",
                "-retry-join",
                one.address(),
                "-reconnect-timeout",
                "1s",
                "-event-handler",
                "member-reap=cut -f1 >>" + reaped)) {
            try (SerfProgram gone = SerfProgram.agent(folder, "gone", "-join", one.address())) {
                awaitLine(ours, "gone .*alive");
                gone.kill();
            }
            await().atMost(PATIENCE).until(() -> Files.exists(reaped));
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(Files.readAllLines(reaped)).containsExactly("gone"));
            await().atMost(PATIENCE).until(() -> ours.output().contains("EventMemberReap: gone"));
            await().atMost(PATIENCE).until(() -> !members(ours).contains("gone"));
        }
    }
}
