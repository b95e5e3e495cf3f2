package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.agent.FreePort;
import muster.agent.MusterProgram;
import muster.agent.rpc.SerfProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Called as serf, Muster is serf: beside Debian's, with the same words. What its commands say of an agent is in {@link BesideSerfTest}. */
class SerfFaceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    /** A line of the log, with its time. */
    private static final Pattern LOG = Pattern.compile("    \\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d (\\[.*)");

    /** What need not be in both logs: a line for each call of a script, which ours has at debug, and what a busy machine adds. */
    private static final Pattern NOT_IN_BOTH = Pattern.compile("agent\\.ipc: Accepted client|memberlist: ");

    private static MusterProgram.Outcome face(List<String> words) {
        var all = new ArrayList<>(List.of("serf"));
        all.addAll(words);
        var out = new ByteArrayOutputStream();
        var error = new ByteArrayOutputStream();
        var console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(error, true, StandardCharsets.UTF_8),
                Map.of("SERF_RPC_ADDR", "127.0.0.1:1"));
        int code = Main.run(all, console);
        return new MusterProgram.Outcome(
                code, out.toString(StandardCharsets.UTF_8), error.toString(StandardCharsets.UTF_8));
    }

    /** Exit code, and all that it says but the text of help, which is ours after its first line. */
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
                "agent -nonsense",
                "agent -profile=mars",
                "agent -log-level=loud",
                "agent -tag ab",
            })
    void it_ends_and_complains_as_serf_does(String line) throws Exception {
        SerfProgram.needed();
        List<String> words = line.isEmpty() ? List.of() : Arrays.asList(line.split(" "));
        SerfProgram.Parts theirs = SerfProgram.parts(words, Map.of("SERF_RPC_ADDR", "127.0.0.1:1"));
        MusterProgram.Outcome ours = face(words);
        assertThat(ours.code()).isEqualTo(theirs.code());
        assertThat(upToHelp(ours.output())).isEqualTo(upToHelp(theirs.output()));
        assertThat(upToHelp(ours.error())).isEqualTo(upToHelp(theirs.error()));
    }

    private static List<String> upToHelp(String output) {
        return output.replaceFirst("(?ms)^((?:==> )?Usage: serf [^\\n]*).*", "$1")
                .lines()
                .toList();
    }

    @Test
    void it_lists_serfs_commands_where_none_is_named() throws Exception {
        SerfProgram.needed();
        assertThat(commands(face(List.of()).error()))
                .isEqualTo(commands(SerfProgram.parts(List.of(), Map.of()).error()))
                .hasSize(15);
    }

    private static List<String> commands(String overview) {
        return overview.lines()
                .filter(line -> line.startsWith("    "))
                .map(line -> line.strip().split(" ")[0])
                .toList();
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
    void its_agent_prints_and_logs_from_start_to_end_what_serfs_does() throws Exception {
        SerfProgram.needed();
        Path file = Files.writeString(folder.resolve("agent.json"), "{\"tags\": {\"role\": \"web\"}}");
        try (SerfProgram peer = SerfProgram.agent(folder, "peer");
                SerfProgram theirs = SerfProgram.agent(
                        folder,
                        "f1",
                        "-log-level=info",
                        "-config-file=" + file,
                        "-advertise=127.0.0.1",
                        "-join=" + peer.address())) {
            scene(theirs.rpc(), peer.address(), theirs::output);
            theirs.signal("HUP");
            await().atMost(PATIENCE).until(() -> theirs.output().contains("Reloading"));
            theirs.signal("INT");
            assertThat(theirs.awaitEnd()).isZero();
            try (SerfProgram second = SerfProgram.agent(folder, "peer");
                    MusterProgram ours =
                            agent("-config-file=" + file, "-advertise=127.0.0.1", "-join=" + second.address())) {
                scene(ours.rpc(), second.address(), ours::output);
                ours.signal("HUP");
                await().atMost(PATIENCE).until(() -> ours.output().contains("==> Reloading"));
                ours.signal("INT");
                assertThat(ours.awaitEnd()).isZero();
                assertThat(printed(ours.output())).isEqualTo(printed(theirs.output()));
                assertThat(logged(ours.output()))
                        .containsAll(logged(theirs.output())
                                .filter(line -> !NOT_IN_BOTH.matcher(line).find())
                                .toList());
            }
        }
    }

    private interface Output {
        String now() throws Exception;
    }

    /** What makes an agent write the lines that people look for. */
    private static void scene(String rpc, String peer, Output output) throws Exception {
        for (String line : List.of(
                "event -coalesce=false deploy",
                "query -timeout=200ms load",
                "tags -set a=b",
                "keys -list",
                "keys -use AAAAAAAAAAAAAAAAAAAAAA==",
                "force-leave nobody",
                "join " + peer)) {
            var words = new ArrayList<>(List.of(line.split(" ")));
            words.add(1, "-rpc-addr=" + rpc);
            SerfProgram.parts(words, Map.of());
        }
        await().atMost(PATIENCE).until(() -> output.now().contains("Received event: member-update"));
    }

    private MusterProgram agent(String... more) throws Exception {
        var words = new ArrayList<>(
                List.of("serf", "agent", "-node=f1", "-bind=127.0.0.1:0", "-rpc-addr=127.0.0.1:0", "-profile=local"));
        words.addAll(List.of(more));
        return MusterProgram.started(folder, words.toArray(String[]::new));
    }

    private static List<String> printed(String output) {
        return output.lines()
                .filter(line -> !LOG.matcher(line).matches())
                .map(SerfFaceTest::withoutPorts)
                .toList();
    }

    private static Stream<String> logged(String output) {
        return output.lines()
                .map(LOG::matcher)
                .filter(java.util.regex.Matcher::matches)
                .map(line -> withoutPorts(line.group(1)))
                .distinct();
    }

    private static String withoutPorts(String line) {
        return line.replaceAll("127\\.0\\.0\\.1:\\d+", "127.0.0.1:PORT");
    }

    /** The signals, the last words of both, and the exit code of both. */
    @ParameterizedTest
    @CsvSource({"TERM, , terminated, 1", "INT, INT, interrupt, 1"})
    void its_agent_ends_on_signals_as_serfs_does(String signal, String second, String inGo, int code) throws Exception {
        SerfProgram.needed();
        try (SerfProgram theirs = SerfProgram.agent(folder, "s1", "-log-level=info");
                MusterProgram ours = agent("-join=" + theirs.address())) {
            await().atMost(PATIENCE).until(() -> theirs.output().contains("EventMemberJoin: f1"));
            // Ours first: it has somebody to say goodbye to, which takes a second.
            ours.signal(signal);
            if (second != null) {
                await().atMost(PATIENCE).until(() -> ours.output().contains("==> Gracefully shutting down agent..."));
                ours.signal(second);
            }
            assertThat(ours.awaitEnd()).isEqualTo(code);
            theirs.signal(signal);
            if (second != null) {
                await().atMost(PATIENCE).until(() -> theirs.output().contains("==> Gracefully shutting down agent..."));
                theirs.signal(second);
            }
            assertThat(theirs.awaitEnd()).isEqualTo(code);
            assertThat(lastWords(ours.output()))
                    .isEqualTo(lastWords(theirs.output()))
                    .contains("==> Caught signal: " + inGo, "[WARN] serf: Shutdown without a Leave");
        }
    }

    /** From the signal on, but what becomes of members. */
    private static List<String> lastWords(String output) {
        return output.lines()
                .dropWhile(line -> !line.startsWith("==> Caught signal"))
                .map(line -> LOG.matcher(line).replaceFirst("$1"))
                .filter(line -> !line.contains("EventMember")
                        && !line.contains("member-")
                        && !line.contains("second signal") // ours alone
                        && !line.contains("Serf shutdown detected, quitting") // theirs says it if it has the time
                        && !line.contains("memberlist:"))
                .toList();
    }

    @Test
    void its_agent_says_as_serfs_does_that_nobody_is_there_to_join() throws Exception {
        SerfProgram.needed();
        List<String> words =
                List.of("agent", "-node=f1", "-bind=127.0.0.1:0", "-rpc-addr=127.0.0.1:0", "-join=127.0.0.1:1");
        SerfProgram.Parts theirs = SerfProgram.parts(
                Stream.concat(
                                words.stream().filter(word -> !word.endsWith(":0")),
                                Stream.of(
                                        "-bind=127.0.0.1:" + FreePort.next(), "-rpc-addr=127.0.0.1:" + FreePort.next()))
                        .toList(),
                Map.of());
        var asSerf = new ArrayList<>(List.of("serf"));
        asSerf.addAll(words);
        MusterProgram.Outcome ours = MusterProgram.run(Map.of(), asSerf.toArray(String[]::new));
        assertThat(printed(ours.output())).isEqualTo(printed(theirs.output()));
        assertThat(ours.error()).isEqualTo(theirs.error()).isEmpty();
        assertThat(ours.code()).isEqualTo(theirs.code()).isEqualTo(1);
    }
}
