package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code run} and {@code init} as members of a cluster, as programs of their own. */
class MembersThatRunServicesTest {
    @TempDir
    private Path folder;

    private List<String> member(String command) {
        var words =
                new ArrayList<>(List.of(command, "-node", "m2", "-bind", "127.0.0.1:0", "-rpc-addr", "127.0.0.1:0"));
        words.addAll(List.of(
                "-profile", "local", "-control-dir", folder.resolve("control").toString()));
        if (command.equals("init")) {
            words.addAll(List.of("-run-dir", folder.resolve("s6").toString()));
        }
        return words;
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "init"})
    void when_the_joins_are_given_up_the_end_is_a_failure(String command) throws Exception {
        List<String> words = member(command);
        words.addAll(
                List.of("-join", "127.0.0.1:1", "-retry-max", "1", "-retry-interval", "100ms", "--", "sleep", "60"));
        try (MusterProgram program = MusterProgram.started(folder, words.toArray(String[]::new))) {
            assertThat(program.awaitEnd()).isEqualTo(1);
            assertThat(program.output())
                    .contains("max retry join attempts made (1)")
                    .doesNotContain("Caught signal");
        }
    }

    @ParameterizedTest
    @CsvSource({"run,oneshot: true", "init,oneshot: true", "run,depends_on: cache"})
    void settings_that_do_not_fit_are_found_before_anybody_is_joined(String command, String bad) throws Exception {
        Path file = folder.resolve("services.yaml");
        Files.writeString(file, "services: {a: {command: [sleep, '60'], announce: 'web:1', " + bad + "}}\n");
        try (MusterProgram seed = MusterProgram.agent(folder, "m1")) {
            List<String> words = member(command);
            words.addAll(List.of("-join", seed.address(), "-config-file", file.toString()));
            MusterProgram.Outcome outcome = MusterProgram.run(Map.of(), words.toArray(String[]::new));
            assertThat(outcome.code()).as(outcome.error()).isEqualTo(1);
            assertThat(outcome.error())
                    .contains(bad.substring(0, bad.indexOf(':')).replace("depends_on", "needs cache"));
            assertThat(outcome.error()).doesNotContain("Log data will now stream in");
            assertThat(seed.output()).doesNotContain("EventMemberJoin: m2");
        }
    }
}
