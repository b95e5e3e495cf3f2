package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import muster.agent.MusterProgram;
import muster.agent.rpc.SerfProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Called as serf, Muster is serf: beside Debian's, with the same words. */
class SerfFaceTest {
    @TempDir
    private Path folder;

    private static MusterProgram.Outcome face(List<String> words) throws Exception {
        var all = new ArrayList<>(List.of("serf"));
        all.addAll(words);
        return MusterProgram.run(Map.of("SERF_RPC_ADDR", "127.0.0.1:1"), all.toArray(String[]::new));
    }

    /** Exit code, and the first line of standard output, where Serf puts its errors. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-h",
                "--help",
                "nonsense",
                "version",
                "version x",
                "-v",
                "--version",
                "event",
                "event a b c",
                "force-leave",
                "join",
                "query",
                "query a b c",
                "keys -list -use x",
                "members",
                "members extra",
                "leave",
                "monitor",
                "info",
                "tags -set a=b",
                "reachability",
                "members -h",
                "event deploy -h",
                "event -name -h",
                "event -- -h",
                "-h event",
                "nonsense -h",
                "keygen -h",
                "event deploy -v",
                "event a -- --version",
            })
    void it_ends_and_complains_as_serf_does(String line) throws Exception {
        SerfProgram.needed();
        List<String> words = line.isEmpty() ? List.of() : Arrays.asList(line.split(" "));
        SerfProgram.Parts theirs = SerfProgram.parts(words, Map.of("SERF_RPC_ADDR", "127.0.0.1:1"));
        MusterProgram.Outcome ours = face(words);
        assertThat(ours.code()).isEqualTo(theirs.code());
        assertThat(ours.output().lines().findFirst())
                .isEqualTo(theirs.output().lines().findFirst());
        assertThat(ours.error().isEmpty()).isEqualTo(theirs.error().isEmpty());
    }

    @Test
    void an_unknown_flag_is_named_on_standard_error_and_help_follows_on_standard_output() throws Exception {
        MusterProgram.Outcome outcome = face(List.of("event", "-nonsense"));
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.error()).isEqualTo("flag provided but not defined: -nonsense\n");
        assertThat(outcome.output()).startsWith("Usage: serf event ");
    }

    @Test
    void its_agent_leaves_serfs_variables_to_the_clients() throws Exception {
        Map<String, String> ofClients = Map.of("SERF_RPC_ADDR", "203.0.113.1:1", "SERF_RPC_AUTH", "of another agent");
        try (MusterProgram agent = MusterProgram.started(
                folder,
                List.of(),
                ofClients,
                "serf",
                "agent",
                "-node=f1",
                "-bind=127.0.0.1:0",
                "-rpc-addr=127.0.0.1:0")) {
            assertThat(MusterProgram.run(Map.of(), "serf", "members", "-rpc-addr=" + agent.rpc())
                            .output())
                    .contains("f1");
        }
    }

    @Test
    void its_agent_has_serfs_banner_and_ends_at_once_on_sigterm() throws Exception {
        Path file = folder.resolve("agent.json");
        Files.writeString(file, "{\"node_name\": \"f1\", \"tags\": {\"role\": \"web\"}}");
        try (MusterProgram agent = MusterProgram.started(
                folder,
                "serf",
                "agent",
                "-config-file=" + file,
                "-bind=127.0.0.1:0",
                "-rpc-addr=127.0.0.1:0",
                "-profile=local")) {
            assertThat(agent.output())
                    .contains(
                            "==> Starting Serf agent...",
                            "==> Serf agent running!",
                            "         Node name: 'f1'",
                            "         Encrypted: false");
            agent.signal("TERM");
            assertThat(agent.awaitEnd()).isEqualTo(1);
        }
    }
}
