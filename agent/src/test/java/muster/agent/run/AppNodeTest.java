package muster.agent.run;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import org.junit.jupiter.api.Test;

class AppNodeTest {
    @Test
    void services_that_will_not_fit_into_the_tags_when_they_drain_are_refused_at_the_start() throws Exception {
        // 512 bytes hold the tags and svc.web=3000, but not svc.web=3000;state=draining.
        Configuration configuration = Configuration.load(
                FlagParser.parse(
                                List.of(
                                        "-node", "a",
                                        "-bind", "127.0.0.1:0",
                                        "-rpc-addr", "127.0.0.1:0",
                                        "-tag", "note=" + "x".repeat(480),
                                        "-service", "web:3000"),
                                Schema.RUN)
                        .given(),
                Map.of(),
                Schema.RUN);
        try (Agent agent = Agent.start(configuration)) {
            assertThatThrownBy(() -> AppNode.start(agent, configuration, List.of("sleep", "60")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("may take 512");
        }
    }
}
