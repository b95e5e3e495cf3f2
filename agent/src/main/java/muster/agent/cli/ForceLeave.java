package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Setting;

/** {@code muster force-leave NODE}. */
final class ForceLeave extends ClientCommand {
    private static final Setting<Boolean> PRUNE =
            Setting.of("prune", Kind.SWITCH, false, "forget the node at once instead of keeping it as left");

    ForceLeave() {
        super("force-leave", "declare a failed node as left", "NODE", List.of(PRUNE), """
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
        AgentClient.call(invocation.configuration(), "force leaving", client -> {
            client.forceLeave(invocation.words().getFirst(), prune);
            return true;
        });
        return OK;
    }
}
