package muster.agent.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.files.Json;
import muster.agent.rpc.QueryRequest;
import muster.agent.rpc.RpcClient;
import muster.gossip.wire.Bytes;

/** {@code muster query NAME [PAYLOAD]}. */
final class QueryCommand extends ClientCommand {
    private static final Setting<List<String>> NODE =
            Setting.of("node", Kind.listOf("NAME", text -> text), List.of(), "only this node; may be repeated");
    private static final Setting<SortedMap<String, String>> TAG = new Setting<>(
            "tag",
            "filter_tags",
            new Kind<>("KEY=REGEX", Kind.TAGS.shape(), Kind.TAGS.parse(), Kind.TAGS.merge()),
            new TreeMap<>(),
            "only nodes whose tag has a match; may be repeated");
    private static final Setting<Duration> TIMEOUT = Setting.of(
            "timeout",
            Kind.DURATION,
            Duration.ZERO,
            "how long to wait for answers; 0: as long as the cluster's size asks for");
    private static final Setting<Boolean> NO_ACK =
            Setting.of("no-ack", Kind.SWITCH, false, "do not ask everybody who hears it to say so");
    private static final Setting<Integer> RELAY_FACTOR = Setting.of(
            "relay-factor",
            Kind.number(0, 255),
            0,
            "answers come over this many other nodes too, against lost packets");

    QueryCommand() {
        super(
                "query",
                "ask all members, and collect their answers",
                "NAME [PAYLOAD]",
                List.of(Schema.FORMAT, NODE, TAG, TIMEOUT, NO_ACK, RELAY_FACTOR),
                """
                Asks every member, or those that the filters name. A member answers with what its event handler for the
                query prints. The query may take 1024 bytes, unless the agent's -query-size-limit says otherwise: name,
                payload, filters, the agent's name and some 120 bytes around them.

                Example: muster query -tag role=web load
                """);
    }

    @Override
    public int run(Invocation invocation) {
        List<String> words = invocation.words();
        if (words.isEmpty()) {
            throw new Misuse("A query name must be specified.");
        }
        if (words.size() > 2) {
            throw new Misuse("Too many command line arguments. Only a name and payload must be specified.");
        }
        Configuration configuration = invocation.configuration();
        var query = new QueryRequest(
                words.getFirst(),
                words.size() == 2 ? Bytes.utf8(words.get(1)) : Bytes.EMPTY,
                configuration.value(NODE),
                configuration.value(TAG),
                !configuration.value(NO_ACK),
                configuration.value(RELAY_FACTOR),
                configuration.value(TIMEOUT).toNanos());
        boolean json = configuration.value(Schema.FORMAT).equals("json");
        var answers = new Answers(json ? null : invocation.console());
        AgentClient.call(configuration, "sending query", client -> {
            client.query(
                    query,
                    () -> {
                        if (!json) {
                            invocation.console().line("Query '" + Printable.of(query.name()) + "' dispatched");
                        }
                    },
                    answers);
            return true;
        });
        if (json) {
            invocation.console().line(answers.json());
            return OK;
        }
        if (query.ack()) {
            invocation.console().line("Total Acks: " + answers.acks.size());
        }
        invocation.console().line("Total Responses: " + answers.responses.size());
        return OK;
    }

    /** What came back; printed as it comes where there is a console. */
    private static final class Answers implements RpcClient.AnswerSink {
        private final @org.jspecify.annotations.Nullable Console console;
        private final List<String> acks = new ArrayList<>();
        private final SortedMap<String, String> responses = new TreeMap<>();

        Answers(@org.jspecify.annotations.Nullable Console console) {
            this.console = console;
        }

        @Override
        public void ack(String from) {
            acks.add(from);
            if (console != null) {
                console.line("Ack from '" + Printable.of(from) + "'");
            }
        }

        @Override
        public void response(String from, Bytes payload) {
            String text = payload.utf8();
            responses.put(from, text);
            if (console != null) {
                String shown = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
                console.line("Response from '" + Printable.of(from) + "': " + Printable.lines(shown));
            }
        }

        String json() {
            return Json.pretty(json -> {
                json.writeStartObject();
                json.writeArrayPropertyStart("Acks");
                acks.forEach(json::writeString);
                json.writeEndArray();
                Json.texts(json, "Responses", responses);
                json.writeEndObject();
            });
        }
    }
}
