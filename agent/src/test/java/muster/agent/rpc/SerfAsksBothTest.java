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
import muster.agent.MusterProgram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's {@code serf} command line puts the same question to our agent and to Serf's, members of one cluster. */
class SerfAsksBothTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String KEY = "AAAAAAAAAAAAAAAAAAAAAA==";

    /** What is each agent's own: its name, its runtime, where its clocks and queues are, how far something is. */
    private static final Pattern OWN = Pattern.compile(
            "((?:name|arch|cpu_count|goroutines|max_procs|version|\\w+_time|\\w+_queue|\\w+_resets|health_score)\\W+"
                    + "|rtt: )[\\w.+-]+");

    @TempDir
    private static Path folder;

    private static MusterProgram ours;
    private static SerfProgram theirs;
    private static SerfProgram failed;

    @BeforeAll
    static void start() throws Exception {
        SerfProgram.needed();
        String handler = "query:load=cat; echo load of it";
        ours = MusterProgram.agent(folder, "m1", "-encrypt", KEY, "-tag", "role=web", "-event-handler", handler);
        theirs = SerfProgram.agent(
                folder, "s1", "-encrypt", KEY, "-tag", "role=web", "-event-handler", handler, "-join", ours.address());
        failed = SerfProgram.agent(
                folder, "s2", "-encrypt", KEY, "-tag", "role=db", "-tag", "zone=a b", "-join", theirs.address());
        await().atMost(PATIENCE).until(() -> sees("s2", "alive") && sees("s1", "alive"));
        failed.kill();
        await().atMost(PATIENCE).until(() -> sees("s2", "failed"));
        await().atMost(PATIENCE)
                .until(() -> theirs.run("members", Map.of()).output().contains("failed"));
        for (String rpc : List.of(ours.rpc(), theirs.rpc())) {
            await().atMost(PATIENCE).until(() -> serf(rpc, "rtt", "m1", "s1").code() == 0);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {ours, theirs, failed}) {
            if (each != null) {
                each.close();
            }
        }
    }

    private static boolean sees(String name, String status) throws Exception {
        return serf(ours.rpc(), "members", "-name=" + name, "-status=" + status)
                .output()
                .contains(name);
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
                "query load",
                "query load payload",
                "query -format=json load",
                "query -no-ack load",
                "query -node=s1 load",
                "query -node=nobody load",
                "query -tag=role=^w load",
                "query -tag=role=db load",
                "query -timeout=3s -relay-factor=1 load",
                "query unhandled",
                "query _serf_ping",
                "reachability",
                "keys -list",
                "keys -install HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
                "keys -list",
                "keys -use HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
                "keys -use c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=",
                "keys -remove HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
                "keys -remove AAAAAAAAAAAAAAAAAAAAAA==",
                "keys -list",
                "query load",
                "keys -install AAAAAAAAAAAAAAAAAAAAAA==",
                "keys -use AAAAAAAAAAAAAAAAAAAAAA==",
                "keys -remove HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
            })
    void both_agents_give_the_same_answer(String line) throws Exception {
        SerfProgram.Outcome one = serf(ours.rpc(), line.split(" "));
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
        List<String> one = comparable(serf(ours.rpc(), "info").output());
        List<String> other = comparable(serf(theirs.rpc(), "info").output());
        assertThat(one).containsAll(other);
    }

    @Test
    void a_failed_member_is_made_to_leave_for_all() throws Exception {
        try (SerfProgram passing = SerfProgram.agent(folder, "s3", "-encrypt", KEY, "-join", theirs.address())) {
            await().atMost(PATIENCE).until(() -> sees("s3", "alive"));
            passing.kill();
        }
        await().atMost(PATIENCE).until(() -> sees("s3", "failed"));
        assertThat(serf(ours.rpc(), "force-leave", "s3").code()).isZero();
        await().atMost(PATIENCE)
                .until(() -> theirs.run("members", Map.of(), "-name=s3", "-status=left")
                        .output()
                        .contains("s3"));
    }
}
