package muster.agent.cli;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.files.Json;
import muster.agent.rpc.QueryRequest;
import muster.agent.rpc.RpcClient;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import tools.jackson.core.JsonGenerator;

/** {@code muster reachability}. */
final class Reachability extends ClientCommand {
    private static final Setting<Boolean> VERBOSE =
            Setting.of("verbose", Kind.SWITCH, false, "say who answered, and how long it took");
    private static final String PING = "_serf_ping"; // Serf answers it by itself: no handler is needed

    Reachability() {
        super(
                "reachability",
                "test whether every living member can be reached",
                "",
                List.of(VERBOSE, Schema.FORMAT),
                """
                Asks all members to answer, and compares with those that the agent believes alive. Exit code 1 when one
                of them does not answer, or one answers that should not.

                Example: muster reachability -verbose
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        boolean json = invocation.configuration().value(Schema.FORMAT).equals("json");
        // What is said on the way is for people.
        Consumer<String> say = json ? _ -> {} : invocation.console()::line;
        boolean verbose = invocation.configuration().value(VERBOSE);
        var answered = new Answered(say, verbose);
        var living = new TreeSet<String>();
        List<Member> all = AgentClient.call(invocation.configuration(), "getting members", RpcClient::members);
        all.stream()
                .filter(member -> member.status() == Member.Status.ALIVE)
                .forEach(member -> living.add(member.name()));
        AgentClient.call(invocation.configuration(), "sending query", client -> {
            say.accept("Total members: " + all.size() + ", live members: " + living.size());
            var ping =
                    new QueryRequest(PING, Bytes.EMPTY, List.of(), java.util.Collections.emptySortedMap(), true, 0, 0);
            client.query(
                    ping,
                    () -> {
                        say.accept("Starting reachability test...");
                        answered.begin();
                    },
                    answered);
            return true;
        });
        var missing = new TreeSet<>(living);
        missing.removeAll(answered.from);
        var surplus = new TreeSet<>(answered.from);
        surplus.removeAll(living);
        if (json) {
            invocation.console().line(json(all.size(), answered, missing, surplus));
        } else {
            explain(say, verbose, answered, missing, surplus);
        }
        return answered.twice.isEmpty() && missing.isEmpty() && surplus.isEmpty() ? OK : FAILED;
    }

    private static void explain(
            Consumer<String> say, boolean verbose, Answered answered, Set<String> missing, Set<String> surplus) {
        if (verbose) {
            say.accept(answered.times());
        }
        if (!answered.twice.isEmpty()) {
            say.accept("Some members answered twice: do two of them have one name, or is their network sending"
                    + " packets twice?");
        }
        if (!surplus.isEmpty()) {
            say.accept("Received more acks than live nodes! Acks from non-live nodes:");
            surplus.forEach(name -> say.accept("\t" + Printable.of(name)));
            say.accept("They can send to this agent although it believes them gone: they may have joined just now,"
                    + " or their UDP packets arrive while probes of them fail.");
        }
        if (!missing.isEmpty()) {
            say.accept("Received less acks than live nodes! Missing acks from:");
            missing.forEach(name -> say.accept("\t" + Printable.of(name)));
            say.accept("They may have failed just now, be too busy to answer, or be behind a firewall that drops UDP"
                    + " (and TCP) on the gossip port in one direction.");
        }
        if (answered.twice.isEmpty() && missing.isEmpty() && surplus.isEmpty()) {
            say.accept("Successfully contacted all live nodes");
        }
    }

    private static String json(int members, Answered answered, Set<String> missing, Set<String> surplus) {
        return Json.pretty(json -> {
            json.writeStartObject();
            json.writeNumberProperty("members", members);
            texts(json, "acks", answered.from);
            texts(json, "missing", missing);
            texts(json, "not_alive", surplus);
            texts(json, "twice", answered.twice);
            json.writeEndObject();
        });
    }

    private static void texts(JsonGenerator json, String name, Set<String> texts) {
        json.writeArrayPropertyStart(name);
        texts.forEach(json::writeString);
        json.writeEndArray();
    }

    private static final class Answered implements RpcClient.AnswerSink {
        private final Consumer<String> say;
        private final boolean verbose;
        private final TreeSet<String> from = new TreeSet<>();
        private final TreeSet<String> twice = new TreeSet<>();
        private long beganNanos;
        private long lastNanos;

        Answered(Consumer<String> say, boolean verbose) {
            this.say = say;
            this.verbose = verbose;
        }

        void begin() {
            beganNanos = System.nanoTime();
            lastNanos = beganNanos;
        }

        @Override
        public void ack(String name) {
            if (verbose) {
                say.accept("\tAck from '" + Printable.of(name) + "'");
            }
            if (!from.add(name)) {
                twice.add(name);
                say.accept("Duplicate response from '" + Printable.of(name) + "'");
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
