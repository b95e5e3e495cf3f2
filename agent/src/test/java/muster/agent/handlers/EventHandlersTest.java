package muster.agent.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.agent.MusterProgram;
import muster.agent.configuration.HandlerOption;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.logging.LogLine;
import muster.agent.node.Counters;
import muster.agent.rpc.SerfProgram;
import muster.gossip.Address;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Handlers of a real agent, in the same cluster as those of Debian's serf: what a script sees is the same. */
class EventHandlersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Path tell;

    @BeforeEach
    void writeScript() throws IOException {
        tell = folder.resolve("tell.sh");
        Files.writeString(tell, """
                echo "$SERF_EVENT $SERF_SELF_ROLE $SERF_TAG_A_B $SERF_USER_EVENT $SERF_USER_LTIME" \
                    "$(sed "s/\\t/|/g" | tr "\\n" "/")" >>"$1"
                """);
    }

    private String tell(Path file) {
        return "sh " + tell + " " + file;
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    private static void muster(MusterProgram agent, String command, String... words) throws Exception {
        var line = new java.util.ArrayList<>(List.of(command, "-rpc-addr", agent.rpc()));
        line.addAll(List.of(words));
        assertThat(MusterProgram.run(Map.of(), line.toArray(String[]::new)).code())
                .as("%s", line)
                .isZero();
    }

    @Test
    void a_script_sees_what_it_sees_under_serf() throws Exception {
        SerfProgram.needed();
        Path ours = folder.resolve("ours");
        Path theirs = folder.resolve("theirs");
        String[] tags = {"-tag", "role=web", "-tag", "a-b=x y"};
        try (MusterProgram agent = MusterProgram.agent(
                        folder,
                        "m1",
                        tags[0],
                        tags[1],
                        tags[2],
                        tags[3],
                        "-event-handler",
                        "user,member-leave=" + tell(ours));
                SerfProgram _ = SerfProgram.agent(
                        folder,
                        "s1",
                        tags[0],
                        tags[1],
                        tags[2],
                        tags[3],
                        "-event-handler",
                        "user,member-leave=" + tell(theirs),
                        "-join",
                        agent.address())) {
            for (String payload : List.of("", "one", "two\n", "a\tb\n\nc $(id) `id` 'x' ;ls")) {
                muster(agent, "event", "-coalesce=false", "deploy; echo $HOME", payload);
            }
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(lines(ours)).hasSize(4));
            try (SerfProgram third = SerfProgram.agent(folder, "s3 x", "-tag", "role=db", "-join", agent.address())) {
                await().atMost(PATIENCE).until(() -> agent.output().contains("EventMemberJoin: s3 x"));
                third.run("leave", Map.of());
            }
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(lines(ours)).hasSize(5);
                assertThat(lines(theirs)).hasSize(5);
            });
            assertThat(lines(ours)).isEqualTo(lines(theirs));
            assertThat(lines(ours).getFirst()).isEqualTo("user web x y deploy; echo $HOME 1 ");
            assertThat(lines(ours).getLast()).isEqualTo("member-leave web x y   s3 x|127.0.0.1|db|role=db/");
        }
    }

    /** What only our handlers have; {@link CallTest} has what is in them. */
    private static final Set<String> OURS_ALONE = Set.of(Call.MEMBER_PORT, Call.MEMBER_SERVICES);

    /** One script, run by both agents for one event after another, keeps its whole environment and its input. */
    @Test
    void a_script_has_the_same_environment_and_input_as_under_serf() throws Exception {
        SerfProgram.needed();
        Path keep = folder.resolve("keep.sh");
        Files.writeString(keep, """
                at="$1/$SERF_EVENT"
                cat >"$at.input"
                env -0 | sort -z >"$at.environment.new" && mv "$at.environment.new" "$at.environment"
                """);
        Path ours = Files.createDirectory(folder.resolve("ours"));
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        String filter = "member-join,member-update,member-leave,user:deploy,query:load=sh " + keep + " ";
        try (MusterProgram agent = MusterProgram.agent(folder, "n1", with(TAGS, "-event-handler", filter + ours));
                SerfProgram serf = SerfProgram.agent(
                        folder, "n2", with(TAGS, "-event-handler", filter + theirs, "-join", agent.address()))) {
            await().atMost(PATIENCE).until(() -> serf.output().contains("Received event: member-join"));
            // Of each kind the last event counts: by then each of both has heard of its own start and of the other.
            try (SerfProgram third = SerfProgram.agent(folder, "third", "-tag", "role=db", "-join", agent.address())) {
                awaitInput(List.of(ours, theirs), "member-join", "third\t");
                third.run("tags", Map.of(), "-set", "zone=a\tb");
                awaitInput(List.of(ours, theirs), "member-update", "zone=");
                third.run("leave", Map.of());
                awaitInput(List.of(ours, theirs), "member-leave", "third\t");
            }
            serf.run("event", Map.of(), "-coalesce=false", "deploy", "one\ntwo");
            serf.run("query", Map.of(), "-timeout=1s", "load", "how much");
            for (String event : List.of("user", "query", "member-update", "member-leave", "member-join")) {
                awaitInput(List.of(ours, theirs), event, "");
                assertThat(environment(ours, event)).as(event).isEqualTo(environment(theirs, event));
                assertThat(tagsInOrder(ours, event)).as(event).isEqualTo(tagsInOrder(theirs, event));
            }
            assertThat(environment(ours, "query"))
                    .containsEntry("SERF_QUERY_NAME", "load")
                    .containsKeys("SERF_QUERY_LTIME", "SERF_TAG_A_B", "SERF_TAG_GR__N", "PATH")
                    .doesNotContainKey("SERF_USER_EVENT");
            assertThat(environment(ours, "user"))
                    .containsEntry("SERF_USER_EVENT", "deploy")
                    .containsEntry("SERF_SELF_ROLE", "web")
                    .containsKeys("SERF_USER_LTIME");
        }
    }

    private static final String[] TAGS = {"-tag", "role=web", "-tag", "a-b=x y", "-tag", "gr\u00fc\u00dfn=$(id)"};

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    private static void awaitInput(List<Path> folders, String event, String part) {
        for (Path each : folders) {
            await().atMost(PATIENCE)
                    .until(() -> Files.exists(each.resolve(event + ".environment"))
                            && Files.readString(each.resolve(event + ".input")).contains(part));
        }
    }

    private static SortedMap<String, String> environment(Path folder, String event) throws IOException {
        var all = new TreeMap<String, String>();
        for (String each :
                Files.readString(folder.resolve(event + ".environment")).split("\0")) {
            int equals = each.indexOf('=');
            all.put(each.substring(0, equals), each.substring(equals + 1));
        }
        assertThat(all.remove("SERF_SELF_NAME")).matches("n[12]");
        all.keySet().removeAll(OURS_ALONE);
        return all;
    }

    /** The input, with the tags of each line sorted: Serf has them in any order. */
    private static List<String> tagsInOrder(Path folder, String event) throws IOException {
        return Files.readString(folder.resolve(event + ".input"))
                .lines()
                .map(line -> Stream.of(line.split("[\t,]")).sorted().collect(Collectors.joining("|")))
                .toList();
    }

    /** Eight hundred members that join at once, each with services that fill its tags. */
    static final class Crowd {
        static final int MEMBERS = 800;

        private Crowd() {}

        public static void main(String[] arguments) throws Exception {
            Log.level(LogLevel.DEBUG);
            Log.start(System.out);
            var delay = Duration.ofSeconds(3); // all are folded where no two are so far apart
            var handlers = new Handlers(
                    new Handlers.Manner(Duration.ofSeconds(30), delay, false),
                    System.getenv(),
                    List.of(
                            HandlerOption.parse(
                                    "member-join=echo \"members=$(wc -l)"
                                            + " ports=$(echo \"$MUSTER_MEMBER_PORT\" | wc -l) services=${MUSTER_MEMBER_SERVICES-none}\"")),
                    new Counters(),
                    _ -> {});
            handlers.begin(() -> member(0), (_, _) -> {});
            for (int i = 0; i < MEMBERS; i++) {
                handlers.hear(new Notice.MemberJoined(member(i)));
            }
            new CountDownLatch(1).await();
        }

        private static Member member(int number) {
            var tags = new TreeMap<String, String>();
            for (int i = 0; i < 20; i++) {
                tags.put("svc.service-" + i, "3000");
            }
            return new Member(
                    "m" + number,
                    new Address(Bytes.of(new byte[] {10, 0, 0, 1}), 7946),
                    tags,
                    Member.Status.ALIVE,
                    false,
                    1,
                    1,
                    Bytes.EMPTY);
        }
    }

    @Test
    void a_variable_that_is_too_long_for_the_system_is_left_out_and_the_script_runs() throws Exception {
        try (var program = MusterProgram.started(folder, Crowd.class, "members=800")) {
            assertThat(program.output())
                    .contains("members=800 ports=800 services=none")
                    .contains("[WARN] agent: MUSTER_MEMBER_SERVICES is left out for script 'echo ")
                    .containsPattern("event 'member-join': it has [0-9]+ bytes, and the system takes 131072;");
        }
    }

    @Test
    void events_of_the_start_that_a_handler_wants_and_that_find_no_room_are_counted_and_logged() throws Exception {
        var logged = new CopyOnWriteArrayList<String>();
        Consumer<LogLine> follower = line -> logged.add(line.text());
        var counters = new Counters();
        var manner = new Handlers.Manner(Duration.ZERO, Duration.ZERO, false);
        Log.follow(follower);
        var option = HandlerOption.parse("user:deploy=:");
        try (var handlers = new Handlers(manner, Map.of(), List.of(option), counters, _ -> {})) {
            for (int i = 0; i < Handlers.EARLY_MAX + 3; i++) {
                handlers.hear(new Notice.UserEventSeen(i, "deploy", Bytes.EMPTY, false));
                handlers.hear(new Notice.UserEventSeen(i, "other", Bytes.EMPTY, false));
            }
            assertThat(counters.snapshot()).containsEntry("handler-events-dropped", 3L);
            handlers.begin(() -> Crowd.member(0), (_, _) -> {});
        } finally {
            Log.unfollow(follower);
        }
        assertThat(logged)
                .anySatisfy(
                        line -> assertThat(line)
                                .contains(
                                        "[WARN] agent: 3 events of the start reached no handler: more than 64 came before it was over"));
    }

    @Test
    void events_come_in_order_to_each_script_and_a_slow_script_holds_up_no_other() throws Exception {
        Path fast = folder.resolve("fast");
        Path slow = folder.resolve("slow");
        Path gate = folder.resolve("gate");
        try (MusterProgram agent = MusterProgram.agent(
                folder,
                "m1",
                "-event-handler",
                "user:n=echo $SERF_USER_LTIME >>" + fast,
                "-event-handler",
                "user:n=while [ ! -e " + gate + " ]; do sleep 0.1; done; echo $SERF_USER_LTIME >>" + slow)) {
            for (int i = 0; i < 3; i++) {
                muster(agent, "event", "-coalesce=false", "n");
            }
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(lines(fast)).containsExactly("1", "2", "3"));
            assertThat(lines(slow)).isEmpty();
            await().atMost(PATIENCE).until(() -> agent.output().contains("slow, execution exceeding 1s"));
            Files.createFile(gate);
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(lines(slow)).containsExactly("1", "2", "3"));
        }
    }

    @Test
    void what_a_script_does_wrong_is_bounded_logged_and_counted() throws Exception {
        Path after = folder.resolve("after");
        try (MusterProgram agent = MusterProgram.agent(
                folder,
                "m1",
                "-event-handler-timeout",
                "2s",
                "-event-handler",
                "user:hang=sleep 600 & sleep 600",
                "-event-handler",
                "user:hang=echo done >>" + after,
                "-event-handler",
                "user:chat=seq 1 100000",
                "-event-handler",
                "user:fail=echo why; exit 3",
                "-event-handler",
                "user:gone=/nowhere/script")) {
            for (String name : List.of("hang", "chat", "fail", "gone")) {
                muster(agent, "event", name);
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(agent.output())
                            .contains(
                                    "killed: it ran longer than 2s",
                                    "generated 588895 bytes of output, truncated to 8192",
                                    "[DEBUG] agent: Event 'user' script output: why",
                                    "Error invoking script 'echo why; exit 3': exit status 3",
                                    "Error invoking script '/nowhere/script': exit status 127"));
            assertThat(lines(after)).containsExactly("done");
            assertThat(MusterProgram.run(Map.of(), "info", "-rpc-addr", agent.rpc())
                            .output())
                    .contains(
                            "handler-runs-failed = 3",
                            "handler-runs-timed-out = 1",
                            "handler-outputs-truncated = 1",
                            "user:hang = sleep 600 & sleep 600; echo done");
        }
    }

    @Test
    void with_the_options_for_it_events_are_held_and_scripts_take_turns_as_under_serf() throws Exception {
        Path ours = folder.resolve("ours");
        Path gate = folder.resolve("gate");
        try (MusterProgram agent = MusterProgram.agent(
                        folder,
                        "m1",
                        "-event-handler-delay",
                        "5s",
                        "-serial-event-handlers",
                        "-event-handler",
                        "user=while [ ! -e " + gate + " ]; do sleep 0.1; done; echo first $SERF_USER_EVENT >>" + ours,
                        "-event-handler",
                        "user=echo second $SERF_USER_EVENT $SERF_USER_LTIME >>" + ours);
                var client = muster.agent.rpc.RpcClient.connect(agent.rpcAddress(), "")) {
            for (int i = 0; i < 3; i++) { // within the delay, so by no command that must start first
                client.event("folded", muster.gossip.wire.Bytes.EMPTY, true);
            }
            client.event("single", muster.gossip.wire.Bytes.EMPTY, false);
            await().atMost(PATIENCE).until(() -> agent.output().contains("slow, execution exceeding 1s"));
            assertThat(lines(ours)).isEmpty();
            Files.createFile(gate);
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(lines(ours)).hasSize(4));
            // The one that may not be folded did not wait; of the others the last is told.
            assertThat(lines(ours))
                    .containsExactly("first single", "second single 4", "first folded", "second folded 3");
        }
    }

    @Test
    void scripts_that_hang_hold_up_nothing_else_and_the_keys_of_the_agent_are_not_theirs() throws Exception {
        Path seen = folder.resolve("seen");
        var options = new java.util.ArrayList<String>();
        for (int i = 0; i < 8; i++) { // more than there are cores
            options.addAll(List.of("-event-handler", "user:hang=echo x; sleep 600 # " + i));
        }
        options.addAll(List.of("-event-handler", "user:env=env >" + seen + "; echo done >>" + seen));
        try (MusterProgram agent = MusterProgram.agent(
                folder,
                "m1",
                Map.of(
                        "MUSTER_ENCRYPT", "AAAAAAAAAAAAAAAAAAAAAA==",
                        "MUSTER_RPC_AUTH", "secret",
                        "SERF_RPC_AUTH", "for-serf",
                        "OTHER", "kept"),
                options.toArray(String[]::new))) {
            Map<String, String> key = Map.of("MUSTER_RPC_AUTH", "secret");
            for (String event : List.of("hang", "env")) {
                assertThat(MusterProgram.run(key, "event", "-rpc-addr", agent.rpc(), event)
                                .code())
                        .isZero();
            }
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(lines(seen)).endsWith("done"));
            assertThat(lines(seen))
                    .contains("OTHER=kept", "SERF_RPC_AUTH=for-serf")
                    .noneMatch(line -> line.startsWith("MUSTER_ENCRYPT") || line.startsWith("MUSTER_RPC_AUTH"));
            for (int i = 0; i < 3; i++) {
                assertThat(MusterProgram.run(key, "members", "-rpc-addr", agent.rpc())
                                .code())
                        .isZero();
            }
        }
    }

    @Test
    void more_events_than_the_queue_takes_are_dropped_and_counted() throws Exception {
        Path gate = folder.resolve("gate");
        Path seen = folder.resolve("seen");
        try (MusterProgram agent = MusterProgram.agent(
                        folder,
                        "m1",
                        "-event-handler",
                        "user:n=while [ ! -e " + gate + " ]; do sleep 0.1; done; echo $SERF_USER_LTIME >>" + seen);
                var client = muster.agent.rpc.RpcClient.connect(agent.rpcAddress(), "")) {
            for (int i = 0; i < Line.QUEUE_MAX + 20; i++) {
                client.event("n", muster.gossip.wire.Bytes.EMPTY, false);
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(MusterProgram.run(Map.of(), "info", "-rpc-addr", agent.rpc())
                                    .output())
                            .contains("handler-events-dropped = 19"));
            Files.createFile(gate);
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(lines(seen)).hasSize(Line.QUEUE_MAX + 1));
        }
    }

    @Test
    void a_hang_up_changes_handlers_tags_and_log_level() throws Exception {
        Path before = folder.resolve("before");
        Path after = folder.resolve("after");
        Path file = folder.resolve("agent.json");
        Files.writeString(file, "{\"event_handlers\": [\"user=echo x >>" + before + "\"], \"tags\": {\"v\": \"1\"}}");
        try (MusterProgram agent = MusterProgram.agent(folder, "m1", "-config-file", file.toString())) {
            muster(agent, "event", "a");
            await().atMost(PATIENCE).until(() -> lines(before).size() == 1);
            Files.writeString(
                    file, "{\"event_handlers\": [\"user=echo x >>" + after + "\"], \"tags\": {\"v\": \"2\"}}");
            agent.signal("HUP");
            await().atMost(PATIENCE).until(() -> agent.output().contains("EventMemberUpdate: m1"));
            muster(agent, "event", "b");
            await().atMost(PATIENCE).until(() -> lines(after).size() == 1);
            assertThat(lines(before)).hasSize(1);
            assertThat(MusterProgram.run(Map.of(), "members", "-rpc-addr", agent.rpc())
                            .output())
                    .contains("v=2");
            Files.writeString(file, "{\"event_handlers\": ");
            agent.signal("HUP");
            await().atMost(PATIENCE).until(() -> agent.output().contains("Failed to reload configs"));
            muster(agent, "event", "c");
            await().atMost(PATIENCE).until(() -> lines(after).size() == 2);
        }
    }

    @Test
    void a_handler_that_a_hang_up_replaces_ends_its_script_and_handles_what_waits() throws Exception {
        Path gate = folder.resolve("gate");
        Path before = folder.resolve("before");
        Path after = folder.resolve("after");
        Path file = folder.resolve("agent.json");
        Files.writeString(
                file,
                "{\"event_handlers\": [\"user=while [ ! -e " + gate
                        + " ]; do sleep 0.1; done; echo loud && echo $SERF_USER_LTIME >>" + before + "\"]}");
        try (MusterProgram agent = MusterProgram.agent(folder, "m1", "-config-file", file.toString());
                var client = muster.agent.rpc.RpcClient.connect(agent.rpcAddress(), "")) {
            for (int i = 0; i < 3; i++) {
                client.event("n", muster.gossip.wire.Bytes.EMPTY, false);
            }
            Files.writeString(file, "{\"event_handlers\": [\"user=echo x >>" + after + "\"]}");
            agent.signal("HUP");
            await().atMost(PATIENCE).until(() -> agent.output().contains("Reloading configuration"));
            await().atMost(PATIENCE).until(() -> {
                client.event("b", muster.gossip.wire.Bytes.EMPTY, false);
                return !lines(after).isEmpty();
            });
            Files.createFile(gate);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(lines(before)).startsWith("1", "2", "3"));
            assertThat(client.stats().toString()).doesNotContain("handler-events-dropped");
        }
    }

    @Test
    void the_agents_own_join_and_leave_are_events_too() throws Exception {
        Path file = folder.resolve("own");
        try (MusterProgram agent =
                MusterProgram.agent(folder, "m1", "-event-handler", "echo $SERF_EVENT $MUSTER_MEMBER_PORT >>" + file)) {
            await().atMost(PATIENCE).until(() -> lines(file).size() == 1);
            String port = agent.address().substring(agent.address().indexOf(':') + 1);
            agent.signal("TERM");
            assertThat(agent.awaitEnd()).isZero();
            assertThat(lines(file)).containsExactly("member-join " + port, "member-leave " + port);
        }
    }

    @Test
    void usr1_prints_figures_and_ends_nothing() throws Exception {
        try (MusterProgram agent = MusterProgram.agent(folder, "m1")) {
            agent.signal("USR1");
            await().atMost(PATIENCE).until(() -> agent.output().contains("\tmember_time = "));
            agent.signal("TERM"); // a shell that starts us in the background has INT ignored
            assertThat(agent.awaitEnd()).isZero();
        }
    }
}
