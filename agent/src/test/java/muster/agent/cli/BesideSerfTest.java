package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import muster.agent.MusterProgram;
import muster.agent.rpc.SerfProgram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our command line and Debian's {@code serf}, asked the same of the same real agent, answer the same. */
class BesideSerfTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern NUMBERS_THAT_MOVE = Pattern.compile(
            "(rtt: |goroutines\\W+|health_score\\W+|_time\\W+|time: |response: |queue\\W+|resets\\W+)[0-9.]+");

    @TempDir
    private static Path folder;

    private static SerfProgram agent;
    private static SerfProgram other;

    @BeforeAll
    static void start() throws Exception {
        SerfProgram.needed();
        String key = "c2VjcmV0c2VjcmV0c2VjcmV0cw==".substring(0, 22) + "==";
        agent = SerfProgram.agent(
                folder, "s1", "-encrypt", key, "-tag", "role=web", "-event-handler", "query:load=echo load of it");
        other = SerfProgram.agent(folder, "s2", "-encrypt", key, "-tag", "role=db", "-join", agent.address());
        await().atMost(PATIENCE)
                .until(() -> agent.run("members", Map.of()).output().contains("s2"));
        // Coordinates travel with the first acks of probes.
        await().atMost(PATIENCE)
                .until(() -> agent.run("rtt", Map.of(), "s1", "s2").code() == 0);
    }

    @AfterAll
    static void stop() {
        for (SerfProgram each : new SerfProgram[] {agent, other}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @Test
    void what_only_muster_knows_is_refused_by_a_serf_agent_with_what_is_missing() {
        Said said = muster("pool");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.error().lines())
                .noneMatch(line -> line.equals("muster pool: "))
                .anyMatch(line -> line.contains("a balancer, 'muster balance'"));
    }

    private record Said(int code, String out, String error) {}

    private static Said muster(String... words) {
        var out = new ByteArrayOutputStream();
        var error = new ByteArrayOutputStream();
        var console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(error, true, StandardCharsets.UTF_8),
                Map.of("SERF_RPC_ADDR", agent.rpc()));
        int code = Main.run(List.of(words), console);
        return new Said(code, out.toString(StandardCharsets.UTF_8), error.toString(StandardCharsets.UTF_8));
    }

    private static final Pattern NAME_SERVER = Pattern.compile("(lookup \\S+) on \\S+:53:");

    /** Members, answers and tags come in any order, clocks go on, and Go tells which name server it asked. */
    private static List<String> comparable(String output) {
        var lines = new ArrayList<String>();
        for (String each : output.lines().toList()) {
            String line = NAME_SERVER.matcher(each).replaceAll("$1:");
            var words = new ArrayList<>(
                    List.of(NUMBERS_THAT_MOVE.matcher(line).replaceAll("$1#").split("[,\\s]+")));
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
                "members -format=json",
                "members -status alive -tag role=w.*",
                "info",
                "info -format=json",
                "event deploy x",
                "event -coalesce=false deploy",
                "query load",
                "query load payload",
                "query -format=json load",
                "query -no-ack load",
                "query -node=s2 -node=nobody load",
                "query -tag=role=web load",
                "query -timeout=3s -relay-factor=1 load",
                "reachability",
                "reachability -verbose",
                "rtt s1 s2",
                "rtt s1",
                "keys -list",
                "keys -install HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
                "keys -use HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
                "keys -use c2VjcmV0c2VjcmV0c2VjcmV0==",
                "tags -set zone=b",
                "tags -delete zone",
            })
    void the_same_question_gets_the_same_answer(String line) throws Exception {
        String[] words = line.split(" ");
        String[] rest = java.util.Arrays.copyOfRange(words, 1, words.length);
        SerfProgram.Outcome theirs = agent.run(words[0], Map.of(), rest);
        Said ours = muster(words);
        assertThat(ours.code()).as(ours.error()).isEqualTo(theirs.code());
        if (theirs.code() == 0) {
            assertThat(comparable(ours.out())).isEqualTo(comparable(theirs.output()));
        }
    }

    /**
     * Called as serf: exit code and both streams, success and error. Not compared are {@link #NUMBERS_THAT_MOVE}, the order of
     * lines, tags and members, and what follows the first line of a help text, which is ours.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "members",
                "members extra",
                "members -detailed",
                "members -format=json",
                "members -status=left -format=json",
                "members -role=web",
                "members -status=(",
                "members -format=bad",
                "members -tag ab",
                "members -nonsense",
                "members ---x",
                "members -name",
                "members -rpc-auth=wrong",
                "members -rpc-addr=127.0.0.1:1",
                "members -rpc-addr=nosuchhost.invalid:1",
                "info",
                "info extra",
                "info -format=json",
                "info -format=bad",
                "event deploy x",
                "event deploy -x",
                "event -coalesce=false deploy",
                "event",
                "event a b c",
                "event -coalesce=maybe deploy",
                "event -nonsense deploy",
                "query load",
                "query -format=json load",
                "query -no-ack load",
                "query -timeout=2s load -x",
                "query",
                "query a b c",
                "query -format=bad load",
                "query -timeout=abc load",
                "query -timeout=5 load",
                "query -relay-factor=300 load",
                "query -relay-factor=-1 load",
                "query -relay-factor=x load",
                "query -no-ack=x load",
                "query -tag ab load",
                "query _serf_foo",
                "reachability",
                "reachability -verbose",
                "reachability -verbose=x",
                "rtt s1 s2",
                "rtt s1",
                "rtt",
                "rtt a b c",
                "rtt nobody",
                "keys",
                "keys extra",
                "keys -list",
                "keys -list=false",
                "keys -list=x",
                "keys -list -use x",
                "keys -install",
                "keys -install abc",
                "keys -install YWJj",
                "keys -use c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=",
                "tags -set zone=b",
                "tags -delete zone",
                "tags",
                "tags extra",
                "tags -set ab",
                "tags -set =b",
                "tags -set",
                "join",
                "join 127.0.0.1:1",
                "join -replay=x 127.0.0.1:1",
                "force-leave",
                "force-leave nobody",
                "force-leave -prune nobody",
                "force-leave -prune=x nobody",
                "monitor -log-level=nonsense",
                "monitor -nonsense",
                "leave -nonsense",
            })
    void called_as_serf_it_says_what_serf_says(String line) throws Exception {
        String[] words = line.split(" ");
        SerfProgram.Parts theirs = SerfProgram.parts(List.of(words), Map.of("SERF_RPC_ADDR", agent.rpc()));
        var asSerf = new ArrayList<>(List.of("serf"));
        asSerf.addAll(List.of(words));
        Said ours = muster(asSerf.toArray(String[]::new));
        assertThat(comparable(upToHelp(ours.out()))).isEqualTo(comparable(upToHelp(theirs.output())));
        assertThat(ours.error()).isEqualTo(theirs.error());
        assertThat(ours.code()).isEqualTo(theirs.code());
    }

    private static String upToHelp(String output) {
        return output.replaceFirst("(?ms)^(Usage: serf [^\n]*).*", "$1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            rtt s1 s2          | \\{"node1": "s1","node2": "s2","rtt_ms": [0-9.]+}
            keys -list         | \\{"members": 2,"keys": \\{("[^"]+": [12],?)+},"failed": \\{}}
            reachability       | \\{"members": 2,"acks": \\["s1","s2"],"missing": \\[],"not_alive": \\[],"twice": \\[]}
            event -coalesce=false deploy | \\{"event": "deploy","coalesce": false}
            tags -set json=yes | \\{"tags": \\{("[a-z]+": "[a-z]+",?)+}}
            keygen             | \\{"key": "[A-Za-z0-9+/]{43}="}
            """)
    void what_serf_prints_as_text_only_is_there_as_json_too(String line, String document) {
        var words = new ArrayList<>(List.of(line.split(" ")));
        words.add(1, "-format=json");
        Said said = muster(words.toArray(String[]::new));
        assertThat(said.code()).as(said.error()).isZero();
        assertThat(said.out().replaceAll("\\n *", "")).matches(document);
    }

    @Test
    void what_a_join_a_force_leave_and_a_leave_did_is_there_as_json_too() throws Exception {
        try (SerfProgram third = SerfProgram.agent(folder, "s3")) {
            String rpc = "-rpc-addr=" + third.rpc();
            assertThat(muster("join", rpc, "-format=json", third.address()).out())
                    .isEqualTo("{\n  \"joined\": 1\n}\n");
            assertThat(muster("force-leave", rpc, "-format=json", "-prune", "s3")
                            .out())
                    .isEqualTo("{\n  \"node\": \"s3\",\n  \"prune\": true\n}\n");
            assertThat(muster("leave", rpc, "-format=json").out()).isEqualTo("{\n  \"left\": true\n}\n");
        }
    }

    @Test
    void states_are_coloured_on_a_terminal_and_nowhere_else() throws Exception {
        var environment = Map.of("SERF_RPC_ADDR", agent.rpc(), "TERM", "xterm", "NO_COLOR", "");
        assertThat(MusterProgram.onTerminal(environment, "members")).contains("  \u001b[32malive\u001b[0m  ");
        assertThat(MusterProgram.run(environment, "members").output())
                .contains("  alive  ")
                .doesNotContain("\u001b");
    }

    @Test
    void a_failure_with_the_keys_is_told_as_json_too() {
        Said said = muster("keys", "-format=json", "-use", "WbL6oaI+qSm5EFPYzVVp0uX8YvLvpB4kVbVhOfCLs5w=");
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.out()).contains("\"failed\": {\n    \"s1\": \"Requested key is not in the keyring\"");
        assertThat(said.error()).contains("2/2 nodes reported failure");
    }

    @Test
    void the_log_is_followed_as_json_too() throws Exception {
        var line = List.of("monitor", "-format=json", "-log-level=debug");
        try (var reader = new MonitorReader(line, agent.rpc())) {
            String first = reader.next();
            assertThat(first).matches("\\{\"time\":\"[0-9/]{10} [0-9:]{8}\",\"level\":\"[A-Z]+\",\"message\":\".*\"}");
        }
    }

    /** Our command as a program, until it is closed. */
    private static final class MonitorReader implements AutoCloseable {
        private final Process process;
        private final java.io.BufferedReader lines;

        MonitorReader(List<String> words, String rpc) throws Exception {
            process = MusterProgram.start(Map.of("SERF_RPC_ADDR", rpc), words.toArray(String[]::new));
            lines = process.inputReader();
        }

        String next() throws Exception {
            return lines.readLine();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void keys_are_removed_again_and_refusals_are_listed() throws Exception {
        String key = "WbL6oaI+qSm5EFPYzVVp0uX8YvLvpB4kVbVhOfCLs5w=";
        assertThat(muster("keys", "-install", key).out()).contains("==> Successfully installed key!");
        assertThat(muster("keys", "-list").out()).contains(key + "  [2/2]");
        assertThat(muster("keys", "-remove", key).out()).contains("==> Successfully removed key!");
        Said absent = muster("keys", "-use", key);
        assertThat(absent.code()).isEqualTo(1);
        assertThat(absent.out()).contains("failed:  s1  Requested key is not in the keyring", "failed:  s2  ");
        assertThat(absent.error()).contains("Error changing primary key: 2/2 nodes reported failure");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rtt nobody",
                "members -status=(",
                "members -format=bad",
                "keys -install abc",
                "keys -list -use x",
                "keys",
                "query",
                "query a b c",
                "event",
                "join",
                "join 127.0.0.1:1",
                "tags",
                "tags -set ab",
                "force-leave",
                "event -nonsense",
            })
    void what_serf_refuses_is_refused(String line) throws Exception {
        String[] words = line.split(" ");
        SerfProgram.Outcome theirs =
                agent.run(words[0], Map.of(), java.util.Arrays.copyOfRange(words, 1, words.length));
        Said ours = muster(words);
        assertThat(ours.code()).isEqualTo(theirs.code()).isEqualTo(1);
        assertThat(ours.error()).startsWith("muster " + words[0] + ": ");
    }
}
