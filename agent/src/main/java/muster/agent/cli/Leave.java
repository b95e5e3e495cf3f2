package muster.agent.cli;

import java.util.List;

/** {@code muster leave}. */
final class Leave extends ClientCommand {
    Leave() {
        super("leave", "make the agent leave and end", "", List.of(), """
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
        invocation.console().line("Graceful leave complete");
        return OK;
    }
}
