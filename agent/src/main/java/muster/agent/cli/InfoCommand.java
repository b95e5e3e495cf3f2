package muster.agent.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
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
        lines(sections).forEach(invocation.console()::line);
        return OK;
    }

    static List<String> lines(SortedMap<String, SortedMap<String, String>> sections) {
        var lines = new ArrayList<String>();
        sections.forEach((name, facts) -> {
            lines.add(Printable.of(name) + ":");
            facts.forEach((fact, value) -> lines.add("\t" + Printable.of(fact) + " = " + Printable.of(value)));
        });
        return lines;
    }
}
