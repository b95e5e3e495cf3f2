package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Schema;
import muster.agent.files.Json;

/** {@code muster info}. */
final class InfoCommand extends ClientCommand {
    InfoCommand() {
        super("info", "facts about the agent, for debugging", "", List.of(Schema.FORMAT), """
                Prints what the agent knows of itself: health score (0 is good), clocks, queues, tags, and how often each
                limit was hit or each kind of bad packet came; of a balancer also what its proxy has counted.

                Example: muster info
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        var sections = AgentClient.call(invocation.configuration(), "querying agent", client -> client.stats());
        if (invocation.configuration().value(Schema.FORMAT).equals("json")) {
            invocation.console().line(Json.pretty(json -> {
                json.writeStartObject();
                sections.forEach((name, facts) -> Json.texts(json, name, facts));
                json.writeEndObject();
            }));
            return OK;
        }
        sections.forEach((name, facts) -> {
            invocation.console().line(Printable.of(name) + ":");
            facts.forEach((fact, value) ->
                    invocation.console().line("\t" + Printable.of(fact) + " = " + Printable.of(value)));
        });
        return OK;
    }
}
