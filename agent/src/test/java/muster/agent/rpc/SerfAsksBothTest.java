package muster.agent.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import muster.agent.Agent;
import muster.agent.RunningAgents;
import muster.gossip.Member;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's {@code serf} command line puts the same question to our agent and to Serf's, members of one cluster. */
class SerfAsksBothTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** What is each agent's own: its name, its runtime, where its clocks and queues are, how far something is. */
    private static final Pattern OWN = Pattern.compile(
            "((?:name|arch|cpu_count|goroutines|max_procs|version|\\w+_time|\\w+_queue|\\w+_resets|health_score)\\W+"
                    + "|rtt: )[\\w.+-]+");

    @TempDir
    private static Path folder;

    private static final RunningAgents AGENTS = new RunningAgents();
    private static Agent ours;
    private static SerfProgram theirs;
    private static SerfProgram failed;

    @BeforeAll
    static void start() throws Exception {
        SerfProgram.needed();
        ours = AGENTS.start("m1", "-tag", "role=web");
        theirs = SerfProgram.agent(
                folder,
                "s1",
                "-tag",
                "role=web",
                "-join",
                ours.node().advertised().toString());
        failed = SerfProgram.agent(folder, "s2", "-tag", "role=db", "-tag", "zone=a b", "-join", theirs.address());
        await().atMost(PATIENCE)
                .until(() -> status("s2") == Member.Status.ALIVE && status("s1") == Member.Status.ALIVE);
        failed.kill();
        await().atMost(PATIENCE).until(() -> status("s2") == Member.Status.FAILED);
        await().atMost(PATIENCE)
                .until(() -> theirs.run("members", Map.of()).output().contains("failed"));
        for (String rpc : List.of(RunningAgents.rpc(ours), theirs.rpc())) {
            await().atMost(PATIENCE).until(() -> serf(rpc, "rtt", "m1", "s1").code() == 0);
        }
    }

    @AfterAll
    static void stop() {
        AGENTS.close();
        for (SerfProgram each : new SerfProgram[] {theirs, failed}) {
            if (each != null) {
                each.close();
            }
        }
    }

    private static Member.Status status(String name) {
        return ours.members().stream()
                .filter(member -> member.name().equals(name))
                .map(Member::status)
                .findFirst()
                .orElse(Member.Status.NONE);
    }

    private static SerfProgram.Outcome serf(String rpc, String... words) throws Exception {
        var line = new ArrayList<>(List.of(words[0], "-rpc-addr=" + rpc));
        line.addAll(Arrays.asList(words).subList(1, words.length));
        return SerfProgram.run(line.toArray(String[]::new));
    }

    private static List<String> comparable(String output) {
        var lines = new ArrayList<String>();
        for (String line : output.lines().toList()) {
            // Tags come in any order, in one column and in lines of their own.
            var words =
                    new ArrayList<>(List.of(OWN.matcher(line).replaceAll("$1#").split("[,\\s]+")));
            words.sort(null);
            lines.add(String.join(" ", words));
        }
        lines.sort(null);
        return lines;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "members",
                "members -detailed",
                "members -format=json -name=s.",
                "members -status=failed -tag=role=d.",
                "members -status=left",
                "members -format=json -status=left",
                "members -role=web",
                "members -name=(",
                "event deploy x",
                "event -coalesce=false deploy",
                "rtt m1 s1",
                "rtt nobody",
                "join 127.0.0.1:1",
                "join nosuchhost.invalid",
                "force-leave nobody",
                "tags -set a=b",
                "tags -delete a",
                "monitor -log-level=nonsense",
            })
    void both_agents_give_the_same_answer(String line) throws Exception {
        SerfProgram.Outcome one = serf(RunningAgents.rpc(ours), line.split(" "));
        SerfProgram.Outcome other = serf(theirs.rpc(), line.split(" "));
        assertThat(one.code()).as(one.output()).isEqualTo(other.code());
        if (other.code() == 0) {
            assertThat(comparable(one.output())).isEqualTo(comparable(other.output()));
        } else {
            assertThat(one.output()).isNotEmpty();
        }
    }

    @Test
    void info_has_serfs_sections_and_facts() throws Exception {
        List<String> one = comparable(serf(RunningAgents.rpc(ours), "info").output());
        List<String> other = comparable(serf(theirs.rpc(), "info").output());
        assertThat(one).containsAll(other);
    }

    @Test
    void a_failed_member_is_made_to_leave_for_all() throws Exception {
        try (SerfProgram passing = SerfProgram.agent(folder, "s3", "-join", theirs.address())) {
            await().atMost(PATIENCE).until(() -> status("s3") == Member.Status.ALIVE);
            passing.kill();
        }
        await().atMost(PATIENCE).until(() -> status("s3") == Member.Status.FAILED);
        assertThat(serf(RunningAgents.rpc(ours), "force-leave", "s3").code()).isZero();
        await().atMost(PATIENCE)
                .until(() -> theirs.run("members", Map.of(), "-name=s3", "-status=left")
                        .output()
                        .contains("s3"));
    }
}
