package muster.agent.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that take longer than half of the time to answer are asked again: each answers once, of whatever make it is. */
class RepeatedQueryTest {
    @TempDir
    private Path folder;

    @Test
    void who_is_asked_again_runs_its_handler_once_and_answers_once() throws Exception {
        SerfProgram.needed();
        Path runs = folder.resolve("runs");
        String handler = "query:slow=echo $SERF_SELF_NAME >> " + runs + "; sleep 4; echo done";
        try (MusterProgram asker = MusterProgram.agent(folder, "m1", "-tag", "role=asker");
                MusterProgram ours =
                        MusterProgram.agent(folder, "m2", "-event-handler", handler, "-join", asker.address());
                SerfProgram serf =
                        SerfProgram.agent(folder, "s1", "-event-handler", handler, "-join", asker.address())) {
            var asked = MusterProgram.run(
                    Map.of(),
                    "query",
                    "-rpc-addr",
                    asker.rpc(),
                    "-timeout",
                    "10s",
                    "-node",
                    "m2",
                    "-node",
                    "s1",
                    "slow");
            assertThat(asked.output().lines())
                    .containsExactlyInAnyOrder(
                            "Query 'slow' dispatched",
                            "Ack from 'm2'",
                            "Ack from 's1'",
                            "Response from 'm2': done",
                            "Response from 's1': done",
                            "Total Acks: 2",
                            "Total Responses: 2");
            assertThat(Files.readAllLines(runs)).containsExactlyInAnyOrder("m2", "s1");
            assertThat(MusterProgram.run(Map.of(), "info", "-rpc-addr", asker.rpc())
                            .output())
                    .as("or nobody was asked again")
                    .contains("queries-repeated = 2");
            assertThat(serf.output()).containsOnlyOnce("Received event: query: slow");
            assertThat(ours.output()).containsOnlyOnce("Received event: query: slow");
        }
    }
}
