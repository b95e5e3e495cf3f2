package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Schema;
import muster.agent.files.Json;

/** {@code muster join HOST…}. */
final class Join extends ClientCommand {
    Join() {
        super("join", "tell the agent to join others", "HOST[:PORT] …", List.of(Schema.REPLAY, Schema.FORMAT), """
                Makes the running agent join the nodes given, once. To join at every start and for ever, start the
                agent with -retry-join instead.

                Example: muster join 10.0.0.5 10.0.0.6:7946
                """);
    }

    @Override
    public int run(Invocation invocation) {
        if (invocation.words().isEmpty()) {
            throw new Misuse("At least one address to join must be specified.");
        }
        boolean replay = invocation.configuration().value(Schema.REPLAY);
        int joined = AgentClient.call(
                invocation.configuration(), "joining the cluster", client -> client.join(invocation.words(), replay));
        boolean json = invocation.configuration().value(Schema.FORMAT).equals("json");
        invocation
                .console()
                .line(
                        json
                                ? Json.pretty(document -> {
                                    document.writeStartObject();
                                    document.writeNumberProperty("joined", joined);
                                    document.writeEndObject();
                                })
                                : "Successfully joined cluster by contacting " + joined + " nodes.");
        return OK;
    }
}
