package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.rpc.SerfProgram;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps of docs/reference/serf-compatibility.md, "From plain text to encrypted", with a member of each make. */
class PlainToEncryptedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private int ourPort;
    private int theirPort;

    private MusterProgram ours(String... more) throws Exception {
        return MusterProgram.agent(folder, "m1", flags(ourPort, "ours.snapshot", more));
    }

    private SerfProgram theirs(String... more) throws Exception {
        return SerfProgram.agent(folder, "s1", flags(theirPort, "theirs.snapshot", more));
    }

    private String[] flags(int port, String snapshot, String... more) {
        var flags = new ArrayList<>(List.of("-bind=127.0.0.1:" + port, "-snapshot=" + folder.resolve(snapshot)));
        flags.addAll(List.of(more));
        return flags.toArray(String[]::new);
    }

    private static String serf(String rpc, String command, String... words) throws Exception {
        var line = new ArrayList<>(List.of(command, "-rpc-addr=" + rpc));
        line.addAll(List.of(words));
        return SerfProgram.run(line.toArray(String[]::new)).output();
    }

    /** Both see both, and nobody else. */
    private static void awaitBoth(MusterProgram ours, SerfProgram theirs) throws Exception {
        for (String rpc : List.of(ours.rpc(), theirs.rpc())) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(serf(rpc, "members").lines())
                            .hasSize(2)
                            .allMatch(line -> line.contains(" alive")));
        }
    }

    /** @param oursLeavesLast and so starts first */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_cluster_is_moved_by_the_documented_steps(boolean oursLeavesLast) throws Exception {
        SerfProgram.needed();
        ourPort = FreePort.next();
        theirPort = FreePort.next();
        String join = "-join=127.0.0.1:" + ourPort;
        try (MusterProgram ours = ours();
                SerfProgram theirs = theirs(join)) {
            awaitBoth(ours, theirs);
            // 2. All leave, one after another.
            serf(oursLeavesLast ? theirs.rpc() : ours.rpc(), "leave");
            serf(oursLeavesLast ? ours.rpc() : theirs.rpc(), "leave");
            assertThat(ours.awaitEnd()).isZero();
            assertThat(theirs.awaitEnd()).isZero();
        }
        // 1. A key. 3. All start with it, the last one first.
        String key = MusterProgram.run(Map.of(), "keygen").output().strip();
        String[] encrypted = {"-encrypt=" + key, "-rejoin"};
        MusterProgram early = oursLeavesLast ? ours(encrypted) : null;
        try (SerfProgram theirs = theirs(encrypted);
                MusterProgram ours = early == null ? ours(encrypted) : early) {
            awaitBoth(ours, theirs);
            // 4. The check.
            assertThat(serf(ours.rpc(), "keys", "-list")).contains(key + "  [2/2]");
            serf(ours.rpc(), "event", "-coalesce=false", "of-ours");
            serf(theirs.rpc(), "event", "-coalesce=false", "of-theirs");
            for (String event : List.of("user-event: of-ours", "user-event: of-theirs")) {
                await().atMost(PATIENCE).until(() -> ours.output().contains(event));
                await().atMost(PATIENCE).until(() -> theirs.output().contains(event));
            }
            try (SerfProgram plain = SerfProgram.agent(folder, "plain")) {
                for (int port : new int[] {ourPort, theirPort}) {
                    assertThat(plain.run("join", Map.of(), "127.0.0.1:" + port).output())
                            .contains("Remote state is encrypted and encryption is not configured");
                }
            }
            awaitBoth(ours, theirs);
        } finally {
            if (early != null) {
                early.close();
            }
        }
    }
}
