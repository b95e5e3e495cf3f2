package muster.agent.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.agent.MusterProgram;
import muster.agent.rpc.SerfProgram;
import muster.supervisor.linux.HostName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both makes in one cluster, each with collectors of its own: what arrives from ours is what arrives from Debian's serf. */
class FiguresBesideSerfTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Path PAGE = Path.of("../docs/reference/serf-compatibility.md");

    /** What this test makes happen, so that each must tell of it. */
    private static final Set<String> WANTED = Stream.of(
                    "agent.invoke.echo_hi|ms",
                    "agent.ipc.accept|c",
                    "agent.ipc.command|c",
                    "memberlist.gossip|ms",
                    "memberlist.msg.alive|c",
                    "memberlist.msg.dead|c",
                    "memberlist.msg.suspect|c",
                    "memberlist.probeNode|ms",
                    "memberlist.pushPullNode|ms",
                    "memberlist.tcp.accept|c",
                    "memberlist.tcp.connect|c",
                    "memberlist.tcp.sent|c",
                    "memberlist.udp.received|c",
                    "memberlist.udp.sent|c",
                    "serf.coordinate.adjustment-ms|ms",
                    "serf.events|c",
                    "serf.events.deploy_now|c",
                    "serf.member.failed|c",
                    "serf.member.flap|c",
                    "serf.member.join|c",
                    "serf.member.left|c",
                    "serf.member.update|c",
                    "serf.msgs.received|ms",
                    "serf.msgs.sent|ms",
                    "serf.queries|c",
                    "serf.queries.load|c",
                    "serf.query_acks|c",
                    "serf.query_responses|c",
                    "serf.queue.Event|ms",
                    "serf.queue.Intent|ms",
                    "serf.queue.Query|ms",
                    "serf.snapshot.appendLine|ms",
                    "HOST.runtime.alloc_bytes|g",
                    "HOST.runtime.num_goroutines|g",
                    "HOST.runtime.sys_bytes|g")
            .map(kind -> "serf-agent." + kind.replace("HOST", HostName.ofKernel()))
            .collect(Collectors.toUnmodifiableSet());

    /** Of these each has as many to tell as the other. */
    private static final Pattern ALIKE =
            Pattern.compile("serf-agent\\.serf\\.(events.*|queries.*|query_acks|query_responses)\\|c");

    @TempDir
    private Path folder;

    @Test
    void the_same_names_and_types_arrive_from_both_and_the_page_knows_them_all() throws Exception {
        SerfProgram.needed();
        try (var fromSerf = new Receiver();
                var fromUs = new Receiver()) {
            // A program of its own: handlers make whoever runs them the parent of all that is started there.
            try (MusterProgram ours = MusterProgram.agent(
                            folder,
                            "m1",
                            "-config-file",
                            config(fromUs),
                            "-snapshot",
                            folder.resolve("m1.snapshot").toString(),
                            "-event-handler",
                            "query:load=echo hi");
                    SerfProgram theirs = SerfProgram.agent(
                            folder,
                            "s1",
                            "-config-file=" + config(fromSerf),
                            "-snapshot=" + folder.resolve("s1.snapshot"),
                            "-event-handler=query:load=echo hi",
                            "-join=" + ours.address())) {
                makeThingsHappen(ours, theirs);
                for (Receiver receiver : List.of(fromSerf, fromUs)) {
                    await().atMost(PATIENCE).untilAsserted(() -> {
                        assertThat(Receiver.kinds(receiver.byDatagram())).containsKeys(WANTED.toArray(String[]::new));
                        assertThat(Receiver.kinds(receiver.byStream())).containsKeys(WANTED.toArray(String[]::new));
                    });
                    assertThat(receiver.byDatagram()).allMatch(line -> line.matches("\\S+:\\d+\\.\\d{6}\\|(c|ms|g)"));
                    assertThat(receiver.datagramBytesMost()).isLessThanOrEqualTo(1_400);
                }
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(alike(fromUs.byDatagram())).isEqualTo(alike(fromSerf.byDatagram())));
                assertThat(MusterProgram.run(Map.of(), "info", "-rpc-addr", ours.rpc())
                                .output())
                        .contains("counters")
                        .doesNotContain("figures-lost");
            }
            pageKnows(
                    Receiver.kinds(fromSerf.byDatagram()).keySet(),
                    Receiver.kinds(fromUs.byDatagram()).keySet());
        }
    }

    private String config(Receiver receiver) throws Exception {
        return Files.writeString(
                        Files.createTempFile(folder, "telemetry", ".json"),
                        "{\"statsd_addr\": \"" + receiver.statsd() + "\", \"statsite_addr\": \"" + receiver.statsite()
                                + "\"}")
                .toString();
    }

    /** A third member joins, changes, fails, comes back and leaves; all events and queries are seen by both. */
    private void makeThingsHappen(MusterProgram ours, SerfProgram theirs) throws Exception {
        SerfProgram third = third(ours);
        awaitSeen(ours, "m2", "alive");
        third.run("tags", Map.of(), "-set", "a=b");
        theirs.run("event", Map.of(), "deploy now");
        for (String rpc : List.of(theirs.rpc(), ours.rpc())) {
            assertThat(SerfProgram.run("query", "-rpc-addr=" + rpc, "-timeout=10s", "load")
                            .output())
                    .contains("Total Acks: 3", "Total Responses: 2");
            SerfProgram.run("join", "-rpc-addr=" + rpc, third.address());
        }
        third.kill();
        awaitSeen(ours, "m2", "failed");
        await().atMost(PATIENCE).until(() -> theirs.output().contains("EventMemberFailed: m2"));
        third.close();
        // Serf believes in someone who failed only at the place where it was.
        try (SerfProgram back = third(ours, "-bind=" + third.address())) {
            awaitSeen(ours, "m2", "alive");
            back.run("leave", Map.of());
            awaitSeen(ours, "m2", "left");
        }
    }

    private SerfProgram third(MusterProgram ours, String... more) throws Exception {
        var flags = new ArrayList<>(List.of(more));
        flags.add("-join=" + ours.address());
        return SerfProgram.agent(folder, "m2", flags.toArray(String[]::new));
    }

    private static void awaitSeen(MusterProgram by, String name, String status) {
        await().atMost(PATIENCE)
                .until(() -> MusterProgram.run(
                                Map.of(), "members", "-rpc-addr", by.rpc(), "-name", name, "-status", status)
                        .output()
                        .contains(name));
    }

    private static TreeMap<String, Integer> alike(List<String> lines) {
        var alike = new TreeMap<>(Receiver.kinds(lines));
        alike.keySet().removeIf(kind -> !ALIKE.matcher(kind).matches());
        return alike;
    }

    /** The rows of the page's table: what we send is said to be sent, and of what serf sends nothing is left out. */
    private static void pageKnows(Set<String> serfs, Set<String> ours) throws Exception {
        var sent = new ArrayList<Pattern>();
        var known = new ArrayList<Pattern>();
        Files.readAllLines(PAGE).stream()
                .filter(row -> row.matches("\\| `(serf|memberlist|agent|HOST|runtime)\\..*"))
                .forEach(row -> {
                    String[] cells = row.split("\\|");
                    Pattern.compile("`([^`]+)`")
                            .matcher(cells[1])
                            .results()
                            .map(MatchResult::group)
                            .forEach(name -> {
                                var pattern = Pattern.compile("serf-agent\\."
                                        + Pattern.quote(name.replace("`", ""))
                                                .replace("HOST", HostName.ofKernel())
                                                .replaceAll("(NAME|SCRIPT)", "\\\\E.*\\\\Q")
                                        + "\\|" + cells[2].strip());
                                known.add(pattern);
                                if (!cells[3].strip().startsWith("no:")) {
                                    sent.add(pattern);
                                }
                            });
                });
        assertThat(serfs)
                .allSatisfy(kind ->
                        assertThat(known).anyMatch(row -> row.matcher(kind).matches()));
        assertThat(ours)
                .allSatisfy(kind ->
                        assertThat(sent).anyMatch(row -> row.matcher(kind).matches()));
    }
}
