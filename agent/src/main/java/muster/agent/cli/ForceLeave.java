package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.configuration.Suggestion;
import muster.agent.files.Json;
import muster.gossip.Member;

/** {@code muster force-leave NODE}. */
final class ForceLeave extends ClientCommand {
    private static final Setting<Boolean> PRUNE =
            Setting.of("prune", Kind.SWITCH, false, "forget the node at once instead of keeping it as left");

    ForceLeave() {
        super("force-leave", "declare a failed node as left", "NODE", List.of(PRUNE, Schema.FORMAT), """
                Turns a failed node into one that has left, on all members. For nodes that will not come back.

                Example: muster force-leave -prune web3
                """);
    }

    @Override
    public int run(Invocation invocation) {
        if (invocation.words().size() != 1) {
            throw new Misuse("A node name must be specified to force leave.");
        }
        boolean prune = invocation.configuration().value(PRUNE);
        String node = invocation.words().getFirst();
        AgentClient.call(invocation.configuration(), "force leaving", client -> {
            // Serf sends it for a name that nobody has, and says nothing.
            if (invocation.face() == Face.MUSTER) {
                refuseUnknown(node, client.members());
            }
            client.forceLeave(node, prune);
            return true;
        });
        if (invocation.configuration().value(Schema.FORMAT).equals("json")) { // as text, Serf says nothing
            invocation.console().line(Json.pretty(document -> {
                document.writeStartObject();
                document.writeStringProperty("node", node);
                document.writeBooleanProperty("prune", prune);
                document.writeEndObject();
            }));
        }
        return OK;
    }

    private static void refuseUnknown(String node, List<Member> members) {
        List<String> names = members.stream().map(Member::name).toList();
        if (!names.contains(node)) {
            throw new Refusal("there is no member '" + Printable.of(node) + "'" + Suggestion.didYouMean(node, "", names)
                    + " ('muster members' lists them)");
        }
    }
}
