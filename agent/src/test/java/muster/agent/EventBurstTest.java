package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import muster.agent.rpc.SerfProgram;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More events at once than either make remembers. */
class EventBurstTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int BURST = 1_500;
    private static final List<Integer> NEWEST =
            IntStream.rangeClosed(BURST - 511, BURST).boxed().toList();
    private static final Pattern HEARD = Pattern.compile("agent: Received event: user-event: piece-(\\d+)");

    @TempDir
    private Path folder;

    private final RunningAgents agents = new RunningAgents();

    @AfterEach
    void close() {
        agents.close();
    }

    @Test
    void of_a_burst_beyond_the_buffer_both_makes_deliver_the_newest_512_and_none_twice() throws Exception {
        SerfProgram.needed();
        Agent sender = agents.start("m1");
        String seed = sender.node().advertised().toString();
        Agent ours = agents.start("m2");
        RunningAgents.join(ours, sender);
        var heard = new CopyOnWriteArrayList<Integer>();
        ours.listen(notice -> {
            if (notice instanceof Notice.UserEventSeen event) {
                heard.add(Integer.valueOf(event.name().substring("piece-".length())));
            }
        });
        try (SerfProgram theirs = SerfProgram.agent(folder, "s1", "-join=" + seed)) {
            await().atMost(PATIENCE).until(() -> ours.members().size() == 3);
            for (int i = 1; i <= BURST; i++) {
                assertThat(sender.sendEvent("piece-" + i, Bytes.EMPTY, false)).isEmpty();
            }
            await().atMost(PATIENCE).until(() -> heard.containsAll(NEWEST));
            await().atMost(PATIENCE).until(() -> heardBy(theirs).containsAll(NEWEST));
            assertThat(heard).doesNotHaveDuplicates();
            assertThat(heardBy(theirs)).doesNotHaveDuplicates();
        }
    }

    private static List<Integer> heardBy(SerfProgram serf) throws IOException {
        var pieces = new ArrayList<Integer>();
        var found = HEARD.matcher(serf.output());
        while (found.find()) {
            pieces.add(Integer.valueOf(found.group(1)));
        }
        return pieces;
    }
}
