package muster.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.agent.rpc.SerfProgram;
import muster.supervisor.Launch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalServicesTest {
    private static final StopBudget BUDGET = StopBudget.of(Duration.ofSeconds(9), true);

    @TempDir
    private Path folder;

    @Test
    void services_that_will_not_fit_into_the_tags_when_they_drain_are_refused_at_the_start() throws Exception {
        // 512 bytes hold the tags and svc.web=3000, but not svc.web=3000;state=draining.
        Configuration configuration = configuration("-tag", "note=" + "x".repeat(480), "-service", "web:3000");
        try (Agent agent = Agent.start(configuration)) {
            assertThatThrownBy(() -> LocalServices.of(List.of(plan(configuration)), agent, List.of(), BUDGET, true))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("may take 512");
        }
    }

    @Test
    void tags_that_the_node_announces_itself_are_not_for_an_operator_and_the_others_are() throws Exception {
        Path file = Files.writeString(folder.resolve("muster.yaml"), "tags: {zone: eu}");
        Configuration configuration = configuration("-config-file", file.toString(), "-service", "web:3000");
        try (Agent agent = Agent.start(configuration)) {
            // No supervisor: it would take the ends of the processes that other tests of this JVM start.
            new Announcer(agent, List.of(plan(configuration)), new Journal(() -> false));
            for (String mine : List.of("svc.web", "svc")) {
                String refused = "tag " + mine + " is not for an operator to set";
                assertThat(agent.changeTags(new TreeMap<>(Map.of(mine, "80", "a", "b")), List.of()))
                        .startsWith(refused)
                        .contains("'muster svc down'");
                assertThat(agent.changeTags(new TreeMap<>(), List.of(mine))).startsWith(refused);
            }
            await().untilAsserted(
                            () -> assertThat(agent.node().self().tags()).isEqualTo(Map.of("zone", "eu", "svc", "run")));

            assertThat(agent.changeTags(new TreeMap<>(Map.of("a", "b", "svc.other", "81")), List.of("zone")))
                    .isEmpty();
            assertThat(agent.node().self().tags()).isEqualTo(Map.of("a", "b", "svc.other", "81", "svc", "run"));

            Files.writeString(file, "tags: {zone: us, svc.web: '80'}");
            agent.reload();
            assertThat(agent.node().self().tags()).isEqualTo(Map.of("a", "b", "svc.other", "81", "svc", "run"));
            Files.writeString(file, "tags: {zone: us}");
            agent.reload();
            assertThat(agent.node().self().tags()).isEqualTo(Map.of("zone", "us", "svc", "run"));
        }
    }

    @Test
    void serfs_command_line_hears_why_a_tag_is_refused() throws Exception {
        SerfProgram.needed();
        Configuration configuration = configuration("-service", "web:3000");
        try (Agent agent = Agent.start(configuration)) {
            // No supervisor: it would take the ends of the processes that other tests of this JVM start.
            new Announcer(agent, List.of(plan(configuration)), new Journal(() -> false));
            String rpc = "-rpc-addr=127.0.0.1:" + agent.rpcAddress().getPort();
            SerfProgram.Outcome refused = SerfProgram.run("tags", rpc, "-set", "svc.web=80");
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.output()).contains("Error setting tags: tag svc.web is not for an operator to set");
            assertThat(SerfProgram.run("tags", rpc, "-set", "zone=eu").code()).isZero();
        }
    }

    @Test
    void a_service_that_is_also_a_tag_of_the_operators_is_refused_at_the_start() throws Exception {
        Configuration configuration = configuration("-service", "web:3000", "-tag", "svc.web=80");
        try (Agent agent = Agent.start(configuration)) {
            assertThatThrownBy(() -> LocalServices.of(List.of(plan(configuration)), agent, List.of(), BUDGET, true))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("tag svc.web is not for an operator to set");
        }
    }

    private static Configuration configuration(String... more) {
        var flags = new ArrayList<>(List.of("-node", "a", "-bind", "127.0.0.1:0", "-rpc-addr", "127.0.0.1:0"));
        flags.addAll(List.of(more));
        return Configuration.load(FlagParser.parse(flags, Schema.RUN).given(), Map.of(), Schema.RUN);
    }

    private static Plan plan(Configuration configuration) {
        return new Plans(Launch.DEFAULTS, "127.0.0.1").ofCommandLine("web", List.of("sleep", "60"), configuration);
    }
}
