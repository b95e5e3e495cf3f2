package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import muster.proof.harness.Await;
import muster.proof.harness.Member;
import muster.proof.harness.MusterNode;
import muster.proof.harness.Outcome;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Three members of Muster and three of Debian's serf ask each other, storm each other, and change their keys together. */
@ExtendWith(Stages.class)
class MixedQueriesTest {
    private static final String OLD_KEY = "KYFHNHA6tAP7g9VEuLLQjyvlkvTaLqDrBbsVRZ7S2Pc=";
    private static final String NEW_KEY = "HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=";
    private static final String HANDLER = "-event-handler=query:load=echo \"$SERF_SELF_NAME $(cat)\"";
    private static final int EVENTS_EACH = 60;
    private static final int QUERIES_EACH = 6;

    /** Three of each make, which all answer the query "load" by their names and what was asked. */
    private static List<Member> cluster(Stage stage, String... flags) {
        var all = new ArrayList<Member>();
        for (int i = 1; i <= 3; i++) {
            String zone = "-tag=zone=z" + i;
            var ours = stage.agent("m" + i).with(flags).with(HANDLER, zone, "-tag=make=muster");
            var theirs = stage.serf("s" + i).with(flags).with(HANDLER, zone, "-tag=make=serf");
            if (!all.isEmpty()) {
                ours.with("-retry-join=" + all.getFirst().gossipAddress());
            }
            all.add(ours.start());
            all.add(theirs.with("-retry-join=" + all.getFirst().gossipAddress(), "-retry-interval=1s")
                    .start());
        }
        var names = all.stream().map(Member::name).toList();
        all.forEach(member -> member.awaitSees("alive", names));
        return all;
    }

    private static List<String> lines(Outcome outcome) {
        return outcome.orFail().stdout().lines().sorted().toList();
    }

    private static List<String> answers(List<Member> from, String payload) {
        var lines = new ArrayList<String>();
        for (Member member : from) {
            lines.add("Ack from '" + member.name() + "'");
            lines.add("Response from '" + member.name() + "': " + member.name() + " " + payload);
        }
        lines.add("Query 'load' dispatched");
        lines.add("Total Acks: " + from.size());
        lines.add("Total Responses: " + from.size());
        lines.sort(null);
        return lines;
    }

    @Test
    void whoever_asks_everybody_meant_answers_once(Stage stage) {
        var all = cluster(stage);
        var ours = all.stream().filter(MusterNode.class::isInstance).toList();
        for (Member asker : all) {
            String own = asker.name();
            assertThat(lines(asker.serf("query", "load", own))).isEqualTo(answers(all, own));
            assertThat(lines(asker.serf("query", "-relay-factor=2", "load", "relayed")))
                    .isEqualTo(answers(all, "relayed"));
            assertThat(lines(asker.serf("query", "-tag=make=^mus", "load", "tag")))
                    .isEqualTo(answers(ours, "tag"));
            assertThat(lines(asker.serf("query", "-tag=zone=[13]", "-node=m1", "-node=s2", "-node=s3", "load", "both")))
                    .isEqualTo(answers(List.of(all.get(0), all.get(5)), "both"));
        }
        assertThat(lines(((MusterNode) ours.getFirst()).cli("query", "load", "cli")))
                .isEqualTo(answers(all, "cli"));
    }

    @Test
    void in_a_storm_of_queries_each_is_answered_by_all_once(Stage stage) throws Exception {
        var all = cluster(stage);
        fromAllAtOnce(all, asker -> {
            for (int i = 0; i < QUERIES_EACH; i++) {
                String payload = asker.name() + "-" + i;
                assertThat(lines(asker.serf("query", "-timeout=10s", "-relay-factor=1", "load", payload)))
                        .isEqualTo(answers(all, payload));
            }
        });
    }

    @Test
    void in_a_storm_of_events_each_reaches_every_member_once(Stage stage) throws Exception {
        var all = cluster(stage);
        var streams = streams(stage, all);
        fromAllAtOnce(all, sender -> {
            for (int i = 0; i < EVENTS_EACH; i++) {
                sender.serf("event", "-coalesce=false", "storm-" + sender.name() + "-" + i)
                        .orFail();
            }
        });
        everyEventOnce(all, streams, EVENTS_EACH);
    }

    @Test
    void keys_are_changed_without_a_lost_packet(Stage stage) throws Exception {
        var all = cluster(stage, "-encrypt=" + OLD_KEY);
        var streams = streams(stage, all);
        int steps = 0;
        // Each make leads each step once: from the old key to the new one, and back.
        for (int round = 0; round < 2; round++) {
            String from = round == 0 ? OLD_KEY : NEW_KEY;
            String to = round == 0 ? NEW_KEY : OLD_KEY;
            var askers = List.of(all.get(round), all.get(1 - round), all.get(2 + round));
            var changes = List.of("-install=" + to, "-use=" + to, "-remove=" + from);
            for (int i = 0; i < changes.size(); i++) {
                askers.get(i).serf("keys", changes.get(i)).orFail();
                int step = steps++;
                for (Member sender : all) {
                    sender.serf("event", "-coalesce=false", "storm-" + sender.name() + "-" + step)
                            .orFail();
                }
            }
        }
        for (Member member : all) {
            assertThat(member.serf("keys", "-list").orFail().stdout())
                    .contains(OLD_KEY + "  [6/6]")
                    .doesNotContain(NEW_KEY);
        }
        everyEventOnce(all, streams, steps);
        for (Member observer : all) {
            assertThat(observer.program().output())
                    .as("%s read all that was sent", observer)
                    .doesNotContain("No installed keys could decrypt");
            assertThat(observer.serf("info").orFail().stdout()).doesNotContain("rejected-");
            for (Member member : all) {
                assertThat(observer.history(member.name())).containsExactly("Join");
            }
        }
    }

    private interface Work {
        void by(Member member);
    }

    private static void fromAllAtOnce(List<Member> all, Work work) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = new ArrayList<Callable<Boolean>>();
            for (Member member : all) {
                tasks.add(() -> {
                    work.by(member);
                    return true;
                });
            }
            for (var done : threads.invokeAll(tasks)) {
                done.get();
            }
        }
    }

    /** What each member tells a stream of events, by Serf's monitor. */
    private static TreeMap<String, Program> streams(Stage stage, List<Member> all) {
        var streams = new TreeMap<String, Program>();
        for (Member member : all) {
            Program monitor = stage.start(
                    "monitor-" + member.name(),
                    List.of("serf", "monitor", "-rpc-addr=" + member.rpcAddress(), "-log-level=err"));
            streams.put(member.name(), monitor);
        }
        // A monitor that hears one event hears all that follow.
        int[] tries = {0};
        Await.until("all monitors to listen", () -> {
            all.getFirst()
                    .serf("event", "-coalesce=false", "begin-" + tries[0]++)
                    .orFail();
            return streams.values().stream()
                    .allMatch(monitor -> monitor.output().contains("\"begin-"));
        });
        return streams;
    }

    private static void everyEventOnce(List<Member> all, TreeMap<String, Program> streams, int each) {
        var expected = new ArrayList<String>();
        for (Member sender : all) {
            for (int i = 0; i < each; i++) {
                expected.add("storm-" + sender.name() + "-" + i);
            }
        }
        expected.sort(null);
        streams.forEach((name, monitor) -> {
            Await.until(
                    name + " to hear " + expected.size() + " events",
                    Await.PATIENCE,
                    () -> heard(monitor).size() >= expected.size(),
                    () -> Integer.toString(heard(monitor).size()));
        });
        streams.forEach((name, monitor) ->
                assertThat(heard(monitor)).as("what %s heard", name).isEqualTo(expected));
    }

    private static final Pattern NAME = Pattern.compile("Name: \"(storm-[^\"]+)\"");

    private static List<String> heard(Program monitor) {
        var names = new ArrayList<String>();
        for (Program.Line line : monitor.lines()) {
            var name = NAME.matcher(line.text());
            if (name.find()) {
                names.add(name.group(1));
            }
        }
        names.sort(null);
        return names;
    }
}
