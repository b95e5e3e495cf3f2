package muster.agent.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Debian's {@code serf} command line puts the same question to our agent and to Serf's, members of one cluster: exit code,
 * standard output and standard error are the same. What is no part of that is {@link #OWN}, the order of lines and tags, and
 * what {@link #some_answers_are_other_words_on_purpose} lists.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SerfAsksBothTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String KEY = "AAAAAAAAAAAAAAAAAAAAAA==";
    private static final Map<String, String> AUTH = Map.of("SERF_RPC_AUTH", "the key of both");

    /** What is each agent's own, and becomes {@code #}: each pattern has it between its two groups. */
    private static final Map<String, Pattern> OWN = Map.of(
            "its place in an error of the connection",
            Pattern.compile("(dial tcp 127\\.0\\.0\\.1:)\\d+(: )"),
            "the name server that was asked",
            Pattern.compile("(lookup [^\\s:]+)(?: on \\S+:53)?(:)"),
            "how far something is",
            Pattern.compile("(rtt: )[0-9.]+( ms)"),
            "how long something took",
            Pattern.compile("(time: |response: )[0-9.]+( sec)"),
            "of a query: the number that respond wants, which is a connection's",
            Pattern.compile("(^\\s*ID: )\\w+(.*)"));

    /** The same in what info tells: its name, its runtime, where its clocks and queues are. */
    private static final Pattern OWN_OF_INFO = Pattern.compile(
            "(\\b(?:name|arch|cpu_count|goroutines|max_procs|version|\\w+_time|\\w+_queue|\\w+_resets|health_score)"
                    + "\"?(?: =|:) \"?)[^\\s\",]+");

    private static final Pattern QUERY = Pattern.compile("^(query|keys|reachability)");

    /** What the events of the scene of the monitor have, and no others. */
    private static final Pattern OF_SCENE = Pattern.compile("deploy|\"load\"|x.\"y");

    @TempDir
    private static Path folder;

    private static MusterProgram ours;
    private static SerfProgram theirs;
    private static SerfProgram failed;

    @BeforeAll
    static void start() throws Exception {
        SerfProgram.needed();
        String file = Files.writeString(
                        folder.resolve("auth.json"),
                        "{\"rpc_auth\": \"" + AUTH.values().iterator().next() + "\"}")
                .toString();
        String handler = "query:load=cat; echo load of it";
        String[] flags = {"-encrypt", KEY, "-tag", "role=web", "-event-handler", handler, "-config-file", file};
        ours = MusterProgram.agent(folder, "m1", flags);
        theirs = SerfProgram.agent(folder, "s1", with(flags, "-join", ours.address()));
        failed = SerfProgram.agent(
                folder, "s2", "-encrypt", KEY, "-tag", "role=db", "-tag", "zone=a b", "-join", theirs.address());
        await().atMost(PATIENCE).until(() -> sees("s2", "alive") && sees("s1", "alive"));
        failed.kill();
        await().atMost(PATIENCE).until(() -> sees("s2", "failed"));
        await().atMost(PATIENCE)
                .until(() -> serf(theirs.rpc(), "members").output().contains("failed"));
        for (String rpc : List.of(ours.rpc(), theirs.rpc())) {
            await().atMost(PATIENCE).until(() -> serf(rpc, "rtt", "m1", "s1").code() == 0);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {ours, theirs, failed}) {
            if (each != null) {
                each.close();
            }
        }
    }

    private static String[] with(String[] words, String... more) {
        var all = new ArrayList<>(List.of(words));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static boolean sees(String name, String status) throws Exception {
        return serf(ours.rpc(), "members", "-name=" + name, "-status=" + status)
                .output()
                .contains(name);
    }

    private static SerfProgram.Parts serf(String rpc, String... words) throws Exception {
        var line = new ArrayList<>(List.of(words[0], "-rpc-addr=" + rpc));
        line.addAll(Arrays.asList(words).subList(1, words.length));
        return SerfProgram.parts(line, AUTH);
    }

    /** Lines come in any order, and so do tags, in one column and in lines of their own. */
    private static List<String> comparable(String text) {
        return text.lines()
                .map(SerfAsksBothTest::withoutOwn)
                .map(line -> Arrays.stream(line.split("[,\\s]+")).sorted().collect(Collectors.joining(" ")))
                .sorted()
                .toList();
    }

    private static String withoutOwn(String line) {
        String rest = line;
        for (Pattern own : OWN.values()) {
            rest = own.matcher(rest).replaceAll("$1#$2");
        }
        return rest;
    }

    private static void sameOfBoth(String line) throws Exception {
        SerfProgram.Parts one = serf(ours.rpc(), line.split(" "));
        SerfProgram.Parts other = serf(theirs.rpc(), line.split(" "));
        // A real agent tells a query by gossip alone, which passes a member by now and then.
        for (int i = 0;
                i < 2 && QUERY.matcher(line).find() && !comparable(one.output()).equals(comparable(other.output()));
                i++) {
            other = serf(theirs.rpc(), line.split(" "));
        }
        assertThat(comparable(one.output())).isEqualTo(comparable(other.output()));
        assertThat(one.error()).isEqualTo(other.error());
        assertThat(one.code()).isEqualTo(other.code());
    }

    @Order(1)
    @ParameterizedTest
    @ValueSource(
            strings = {
                "members",
                "members -detailed",
                "members -detailed -format=json",
                "members -format=json -name=s.",
                "members -status=failed -tag=role=d.",
                "members -status=left",
                "members -format=json -status=left",
                "members -role=web",
                "members -format=bad",
                "members -tag=ab",
                "members -nonsense",
                "members -rpc-auth=wrong",
                "members -rpc-auth=",
                "members -rpc-addr=127.0.0.1:1",
                "event deploy x",
                "event -coalesce=false deploy",
                "event",
                "event a b c",
                "event -coalesce=maybe deploy",
                "event -rpc-auth= deploy",
                "event -rpc-auth=wrong deploy",
                "rtt m1 s1",
                "rtt nobody",
                "rtt s1 nobody",
                "rtt",
                "rtt a b c",
                "rtt -rpc-auth= m1",
                "join",
                "join 127.0.0.1:1",
                "join 127.0.0.1:1 127.0.0.1:2",
                "join nosuchhost.invalid",
                "join -replay=maybe 127.0.0.1:1",
                "join -rpc-auth= 127.0.0.1:1",
                "force-leave nobody",
                "force-leave -prune nobody",
                "force-leave",
                "force-leave a b",
                "force-leave -prune=maybe a",
                "force-leave -rpc-auth= a",
                "tags -set a=b",
                "tags -delete a",
                "tags -delete nosuch",
                "tags",
                "tags -set ab",
                "tags -set",
                "tags -rpc-auth= -set a=b",
                "monitor -log-level=nonsense",
                "monitor -rpc-auth=",
                "query load",
                "query load payload",
                "query -format=json load",
                "query -no-ack load",
                "query -node=s1 load",
                "query -node=nobody load",
                "query -tag=role=^w load",
                "query -tag=role=db load",
                "query -timeout=3s -relay-factor=1 load",
                "query unhandled",
                "query _serf_ping",
                "query _serf_ping x",
                "query _serf_foo",
                "query",
                "query a b c",
                "query -format=bad load",
                "query -timeout=abc load",
                "query -relay-factor=300 load",
                "query -tag=ab load",
                "query -rpc-auth= load",
                "reachability",
                "reachability -rpc-auth=",
                "info -format=bad",
                "info -rpc-auth=",
                "leave -nonsense",
                "leave -rpc-auth=",
                "leave -rpc-auth=wrong",
                "keys",
                "keys -list -use x",
                "keys -list -rpc-auth=",
                "keys -install abc",
                "keys -install a*c=",
                "keys -install YWJjYQ=",
                "keys -install YWJjY===",
                "keys -list",
                "keys -install HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
                "keys -list",
                "keys -use HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
                "keys -use c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=",
                "keys -remove HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
                "keys -remove AAAAAAAAAAAAAAAAAAAAAA==",
                "keys -list",
                "query load",
                "keys -install AAAAAAAAAAAAAAAAAAAAAA==",
                "keys -use AAAAAAAAAAAAAAAAAAAAAA==",
                "keys -remove HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=",
            })
    void both_agents_give_the_same_answer(String line) throws Exception {
        sameOfBoth(line);
    }

    @Order(2)
    @ParameterizedTest
    @ValueSource(strings = {"event", "query", "tags"})
    void what_is_too_long_is_refused_in_the_same_words(String command) throws Exception {
        String long1 = "x".repeat(1_200);
        sameOfBoth(command.equals("tags") ? "tags -set a=" + long1 : command + " " + long1);
    }

    @Order(3)
    @Test
    void both_agents_join_a_third() throws Exception {
        try (SerfProgram third = SerfProgram.agent(folder, "s4", "-encrypt", KEY)) {
            sameOfBoth("join " + third.address());
            sameOfBoth("join 127.0.0.1:1 " + third.address());
        }
    }

    /** Each row: the question, what Serf's agent says, what ours says. Both end with 1. */
    @Order(4)
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            members -name=(          | Error retrieving members: client closed              | Error retrieving members: Failed to compile regex
            keys -install YWJj       | failed:  s1  key size must be 16, 24 or 32 bytes     | Error installing key: the key has 3 bytes and must have 16, 24 or 32
            join 127.0.0.1:99999     | Failed to resolve 127.0.0.1:99999: strconv.ParseUint | Failed to resolve 127.0.0.1:99999: '127.0.0.1:99999' is not an address: the port must be
            """)
    void some_answers_are_other_words_on_purpose(String line, String ofSerf, String ofOurs) throws Exception {
        SerfProgram.Parts one = serf(ours.rpc(), line.split(" "));
        SerfProgram.Parts other = serf(theirs.rpc(), line.split(" "));
        assertThat(other.output()).contains(ofSerf);
        assertThat(one.output()).contains(ofOurs);
        assertThat(one.code()).isEqualTo(other.code()).isEqualTo(1);
    }

    @Order(5)
    @ParameterizedTest
    @ValueSource(strings = {"info", "info -format=json"})
    void info_has_serfs_sections_and_facts(String line) throws Exception {
        SerfProgram.Parts one = serf(ours.rpc(), line.split(" "));
        SerfProgram.Parts other = serf(theirs.rpc(), line.split(" "));
        assertThat(comparable(OWN_OF_INFO.matcher(one.output()).replaceAll("$1#")))
                .containsAll(comparable(OWN_OF_INFO.matcher(other.output()).replaceAll("$1#")));
        assertThat(one.error()).isEmpty();
        assertThat(one.code()).isEqualTo(other.code()).isZero();
    }

    @Order(6)
    @Test
    void the_monitor_shows_the_same_events_and_ends_in_the_same_way() throws Exception {
        Path one = Files.createTempFile(folder, "monitor", "");
        Path other = Files.createTempFile(folder, "monitor", "");
        Process atOurs = monitor(ours.rpc(), one);
        Process atTheirs = monitor(theirs.rpc(), other);
        try {
            for (Path each : List.of(one, other)) {
                // One that shows an event shows all that follow.
                await().atMost(PATIENCE).until(() -> {
                    serf(theirs.rpc(), "event", "-coalesce=false", "begin");
                    return Files.readString(each).contains("\"begin\"");
                });
            }
            serf(theirs.rpc(), "event", "-coalesce=false", "deploy \"\\", "a\tb\nü");
            serf(theirs.rpc(), "tags", "-set", "zone=x\"y");
            await().atMost(PATIENCE).until(() -> {
                // Again, as above: who was passed by hears nothing of it later.
                serf(theirs.rpc(), "query", "-timeout=300ms", "load", "how much");
                List<String> atBoth = events(one);
                atBoth.retainAll(events(other));
                return atBoth.stream().anyMatch(SerfAsksBothTest::isQuery)
                        && Files.readString(one).contains("x\\\"y")
                        && Files.readString(other).contains("x\\\"y");
            });
            assertThat(withoutQueries(one)).isEqualTo(withoutQueries(other)).hasSize(2);
            for (Process each : List.of(atOurs, atTheirs)) {
                new ProcessBuilder("kill", "-INT", Long.toString(each.pid()))
                        .start()
                        .waitFor();
                assertThat(each.waitFor()).isZero();
            }
        } finally {
            atOurs.destroyForcibly();
            atTheirs.destroyForcibly();
        }
    }

    private static boolean isQuery(String event) {
        return event.contains("\"load\"");
    }

    private static List<String> withoutQueries(Path output) throws IOException {
        return events(output).stream().filter(each -> !isQuery(each)).toList();
    }

    private static Process monitor(String rpc, Path output) throws IOException {
        var builder = new ProcessBuilder(SerfProgram.path().toString(), "monitor", "-rpc-addr=" + rpc)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(AUTH);
        return builder.start();
    }

    /** Serf tells old updates again with each new one: of other members than the one whose tags change in the scene. */
    private static final Pattern OLD_UPDATE = Pattern.compile(
            "map\\[interface \\{}]interface \\{}\\{\"Addr\":(?:(?!\"Addr\":).)*\"Name\":\"m1\"(?:(?!\"Addr\":).)*?}}(, )?");

    /** Those of the scene, each with its facts in order. */
    private static List<String> events(Path output) throws IOException {
        var events = new ArrayList<String>();
        for (String part : Files.readString(output).split("(?m)^Event Info:\n")) {
            String facts = part.lines()
                    .takeWhile(line -> line.startsWith("\t"))
                    .map(SerfAsksBothTest::withoutOwn)
                    .map(line -> OLD_UPDATE.matcher(line).replaceAll("").replace("}, }", "}}"))
                    .sorted()
                    .collect(Collectors.joining("\n"));
            if (OF_SCENE.matcher(facts).find()) {
                events.add(facts);
            }
        }
        events.sort(null);
        return events;
    }

    @Order(7)
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_failed_member_is_made_to_leave_for_all_and_pruned(boolean prune) throws Exception {
        String name = prune ? "s5" : "s3";
        try (SerfProgram passing = SerfProgram.agent(folder, name, "-encrypt", KEY, "-join", theirs.address())) {
            await().atMost(PATIENCE).until(() -> sees(name, "alive"));
            passing.kill();
        }
        await().atMost(PATIENCE).until(() -> sees(name, "failed"));
        sameOfBoth(prune ? "force-leave -prune " + name : "force-leave " + name);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(serf(theirs.rpc(), "members", "-name=" + name)
                                .output()
                                .strip())
                        .matches(prune ? "" : name + ".* left.*"));
        sameOfBoth("members -name=" + name);
    }

    @Order(8)
    @Test
    void both_agents_leave_and_nobody_listens_afterwards() throws Exception {
        sameOfBoth("leave");
        assertThat(ours.awaitEnd()).isEqualTo(theirs.awaitEnd()).isZero();
        sameOfBoth("members");
        sameOfBoth("leave");
        sameOfBoth("monitor");
    }
}
