package muster.agent.cli;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.files.Json;

/** {@code muster tags}. */
final class Tags extends ClientCommand {
    private static final Setting<SortedMap<String, String>> SET =
            Setting.of("set", Kind.TAGS, new TreeMap<>(), "tag to add or change; may be repeated");
    private static final Setting<List<String>> DELETE =
            Setting.of("delete", Kind.commaList("KEY"), List.of(), "tag to remove; may be repeated");

    Tags() {
        super("tags", "change the tags of the agent", "", List.of(SET, DELETE, Schema.FORMAT), """
                Changes the tags of the node that the agent runs on; all members learn of it.

                Example: muster tags -set zone=b -delete canary
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        Configuration configuration = invocation.configuration();
        if (!configuration.isSet(SET) && !configuration.isSet(DELETE)) {
            throw Misuse.saidByHelpAlone("Nothing to change: give -set KEY=VALUE or -delete KEY");
        }
        boolean json = configuration.value(Schema.FORMAT).equals("json");
        String said = AgentClient.call(configuration, "setting tags", client -> {
            client.tags(configuration.value(SET), configuration.value(DELETE));
            return json ? json(client.stats()) : "Successfully updated agent tags";
        });
        invocation.console().line(said);
        return OK;
    }

    /** As they are now. */
    private static String json(SortedMap<String, SortedMap<String, String>> facts) {
        return Json.pretty(json -> {
            json.writeStartObject();
            Json.texts(json, "tags", facts.getOrDefault("tags", new TreeMap<>()));
            json.writeEndObject();
        });
    }
}
