package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.files.Json;
import muster.gossip.wire.Bytes;

/** {@code muster event NAME [PAYLOAD]}. */
final class Event extends ClientCommand {
    private static final Setting<Boolean> COALESCE =
            Setting.of("coalesce", Kind.SWITCH, true, "receivers may fold events of this name into the latest one");

    Event() {
        super("event", "send a user event to all members", "NAME [PAYLOAD]", List.of(COALESCE, Schema.FORMAT), """
                Sends an event to every member: handlers of real Serf agents and RPC streams see it. It may take 512
                bytes, unless the agent's -user-event-size-limit says otherwise: name, payload and some 30 bytes around
                them.

                Example: muster event deploy 2026-11-22
                """);
    }

    @Override
    public int run(Invocation invocation) {
        List<String> words = invocation.words();
        if (words.isEmpty()) {
            throw new Misuse("An event name must be specified.");
        }
        if (words.size() > 2) {
            throw new Misuse("Too many command line arguments. Only a name and payload must be specified.");
        }
        boolean coalesce = invocation.configuration().value(COALESCE);
        Bytes payload = words.size() == 2 ? Bytes.utf8(words.get(1)) : Bytes.EMPTY;
        AgentClient.call(invocation.configuration(), "sending event", client -> {
            client.event(words.getFirst(), payload, coalesce);
            return true;
        });
        boolean json = invocation.configuration().value(Schema.FORMAT).equals("json");
        invocation
                .console()
                .line(
                        json
                                ? Json.pretty(document -> {
                                    document.writeStartObject();
                                    document.writeStringProperty("event", words.getFirst());
                                    document.writeBooleanProperty("coalesce", coalesce);
                                    document.writeEndObject();
                                })
                                : "Event '" + words.getFirst() + "' dispatched! Coalescing enabled: " + coalesce);
        return OK;
    }
}
