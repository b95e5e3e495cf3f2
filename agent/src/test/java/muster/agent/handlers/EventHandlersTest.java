package muster.agent.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import muster.agent.MusterProgram;
import muster.agent.rpc.SerfProgram;
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
                                    "generated more than 8192 bytes of output, truncated to 8192",
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
