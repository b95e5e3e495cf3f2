package muster.agent.run;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.supervisor.Launch;
import org.junit.jupiter.api.Test;

class LocalServicesTest {
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
            Plan plan =
                    new Plans(Launch.DEFAULTS, "127.0.0.1").ofCommandLine("web", List.of("sleep", "60"), configuration);
            assertThatThrownBy(() -> LocalServices.of(List.of(plan), agent, List.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("may take 512");
        }
    }
}
