package muster.agent.cli;

import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Setting;
import muster.agent.rpc.QueryRequest;
import muster.agent.rpc.RpcClient;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;

/** {@code muster reachability}. */
final class Reachability extends ClientCommand {
    private static final Setting<Boolean> VERBOSE =
            Setting.of("verbose", Kind.SWITCH, false, "say who answered, and how long it took");
    private static final String PING = "_serf_ping"; // Serf answers it by itself: no handler is needed

    Reachability() {
        super("reachability", "test whether every living member can be reached", "", List.of(VERBOSE), """
                Asks all members to answer, and compares with those that the agent believes alive. Exit code 1 when one
                of them does not answer, or one answers that should not.

                Example: muster reachability -verbose
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        Console console = invocation.console();
        boolean verbose = invocation.configuration().value(VERBOSE);
        var answered = new Answered(console, verbose);
        var living = new TreeSet<String>();
        AgentClient.call(invocation.configuration(), "sending query", client -> {
            List<Member> members = client.members();
            members.stream()
                    .filter(member -> member.status() == Member.Status.ALIVE)
                    .forEach(member -> living.add(member.name()));
            console.line("Total members: " + members.size() + ", live members: " + living.size());
            var ping =
                    new QueryRequest(PING, Bytes.EMPTY, List.of(), java.util.Collections.emptySortedMap(), true, 0, 0);
            client.query(
                    ping,
                    () -> {
                        console.line("Starting reachability test...");
                        answered.begin();
                    },
                    answered);
            return true;
        });
        if (verbose) {
            console.line(answered.times());
        }
        boolean well = !answered.twice;
        if (answered.twice) {
            console.line("Some members answered twice: do two of them have one name, or is their network sending"
                    + " packets twice?");
        }
        var missing = new TreeSet<>(living);
        missing.removeAll(answered.from);
        var surplus = new TreeSet<>(answered.from);
        surplus.removeAll(living);
        if (!surplus.isEmpty()) {
            well = false;
            console.line("Received more acks than live nodes! Acks from non-live nodes:");
            surplus.forEach(name -> console.line("\t" + Printable.of(name)));
            console.line("They can send to this agent although it believes them gone: they may have joined just now,"
                    + " or their UDP packets arrive while probes of them fail.");
        }
        if (!missing.isEmpty()) {
            well = false;
            console.line("Received less acks than live nodes! Missing acks from:");
            missing.forEach(name -> console.line("\t" + Printable.of(name)));
            console.line("They may have failed just now, be too busy to answer, or be behind a firewall that drops UDP"
                    + " (and TCP) on the gossip port in one direction.");
        }
        if (well) {
            console.line("Successfully contacted all live nodes");
        }
        return well ? OK : FAILED;
    }

    private static final class Answered implements RpcClient.AnswerSink {
        private final Console console;
        private final boolean verbose;
        private final TreeSet<String> from = new TreeSet<>();
        private boolean twice;
        private long beganNanos;
        private long lastNanos;

        Answered(Console console, boolean verbose) {
            this.console = console;
            this.verbose = verbose;
        }

        void begin() {
            beganNanos = System.nanoTime();
            lastNanos = beganNanos;
        }

        @Override
        public void ack(String name) {
            if (verbose) {
                console.line("\tAck from '" + Printable.of(name) + "'");
            }
            if (!from.add(name)) {
                twice = true;
                console.line("Duplicate response from '" + Printable.of(name) + "'");
            }
            lastNanos = System.nanoTime();
        }

        @Override
        public void response(String name, Bytes payload) {
            // A ping has none.
        }

        String times() {
            return String.format(
                    Locale.ROOT,
                    "Query time: %.2f sec, time to last response: %.2f sec",
                    (System.nanoTime() - beganNanos) / 1e9,
                    (lastNanos - beganNanos) / 1e9);
        }
    }
}
