package muster.agent.cli;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.files.Json;
import muster.gossip.Member;

/** {@code muster members}: the columns of {@code serf members}, in the order of the names. */
final class Members extends ClientCommand {
    private static final Setting<String> NAME =
            Setting.of("name", Kind.text("REGEX"), "", "only members whose whole name matches");
    private static final Setting<String> STATUS =
            Setting.of("status", Kind.text("REGEX"), "", "only members whose whole status matches");
    private static final Setting<String> ROLE =
            Setting.of("role", Kind.text("REGEX"), "", "short for -tag role=REGEX (Serf's old flag)");
    private static final Setting<java.util.SortedMap<String, String>> TAG = new Setting<>(
            "tag",
            "filter_tags",
            new Kind<>("KEY=REGEX", Kind.TAGS.shape(), Kind.TAGS.parse(), Kind.TAGS.merge()),
            new TreeMap<>(),
            "only members whose tag matches as a whole; may be repeated");
    private static final Setting<Boolean> DETAILED =
            Setting.of("detailed", Kind.SWITCH, false, "show protocol versions too");

    Members() {
        super(
                "members",
                "list the members of the cluster",
                "",
                List.of(Schema.FORMAT, NAME, STATUS, ROLE, TAG, DETAILED),
                """
                Lists the members that the agent knows: name, address, status (alive, leaving, left, failed) and tags.

                Example: muster members -status alive -tag role=backend
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        Configuration configuration = invocation.configuration();
        var tags = new TreeMap<>(configuration.value(TAG));
        if (configuration.isSet(ROLE)) {
            tags.putIfAbsent("role", configuration.value(ROLE));
        }
        String name = configuration.value(NAME);
        String status = configuration.value(STATUS);
        boolean filtered = !name.isEmpty() || !status.isEmpty() || !tags.isEmpty();
        List<Member> members = AgentClient.call(
                        configuration,
                        "retrieving members",
                        client -> filtered ? client.members(name, status, tags) : client.members())
                .stream()
                .sorted(java.util.Comparator.comparing(Member::name))
                .toList();
        if (configuration.value(Schema.FORMAT).equals("json")) {
            invocation.console().line(json(members, invocation.face()));
            return OK;
        }
        var table = new Table();
        boolean detailed = configuration.value(DETAILED);
        for (Member member : members) {
            String plain = Printable.of(member.name());
            String where = member.address().toString();
            String shownTags = Printable.of(tags(member.tags()));
            if (detailed) {
                table.row(
                        plain,
                        where,
                        member.status().word(),
                        shownTags,
                        "Protocol Version: " + member.versions().at(5),
                        "Available Protocol Range: [" + member.versions().at(3) + ", "
                                + member.versions().at(4) + "]");
            } else {
                table.row(plain, where, member.status().word(), shownTags);
            }
        }
        table.lines(2, Colours.ofStates(invocation)).forEach(invocation.console()::line);
        return OK;
    }

    private static String tags(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(tag -> tag.getKey() + "=" + tag.getValue())
                .collect(Collectors.joining(","));
    }

    private static String json(List<Member> members, Face face) {
        return Json.pretty(json -> {
            json.writeStartObject();
            if (members.isEmpty() && face == Face.SERF) {
                json.writeNullProperty("members");
                json.writeEndObject();
                return;
            }
            json.writeArrayPropertyStart("members");
            for (Member member : members) {
                json.writeStartObject();
                json.writeStringProperty("name", member.name());
                json.writeStringProperty("addr", member.address().toString());
                json.writeNumberProperty("port", member.address().port());
                Json.texts(json, "tags", member.tags());
                json.writeStringProperty("status", member.status().word());
                json.writeObjectPropertyStart("protocol");
                json.writeNumberProperty("max", member.versions().at(4));
                json.writeNumberProperty("min", member.versions().at(3));
                json.writeNumberProperty("version", member.versions().at(5));
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
