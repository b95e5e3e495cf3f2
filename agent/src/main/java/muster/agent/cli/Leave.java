package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Schema;
import muster.agent.files.Json;

/** {@code muster leave}. */
final class Leave extends ClientCommand {
    Leave() {
        super("leave", "make the agent leave and end", "", List.of(Schema.FORMAT), """
                Makes the running agent leave the cluster, so that others see it as left and not as failed, and end.

                Example: muster leave
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        AgentClient.call(invocation.configuration(), "leaving", client -> {
            client.leave();
            return true;
        });
        boolean json = invocation.configuration().value(Schema.FORMAT).equals("json");
        invocation
                .console()
                .line(
                        json
                                ? Json.pretty(document -> {
                                    document.writeStartObject();
                                    document.writeBooleanProperty("left", true);
                                    document.writeEndObject();
                                })
                                : "Graceful leave complete");
        return OK;
    }
}
