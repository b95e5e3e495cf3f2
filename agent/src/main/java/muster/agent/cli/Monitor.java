package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Schema;

/** {@code muster monitor}. */
final class Monitor extends ClientCommand {
    Monitor() {
        super("monitor", "follow the agent's log", "", List.of(Schema.LOG_LEVEL), """
                Prints the agent's latest log lines and then every further one, at any level, until interrupted.

                Example: muster monitor -log-level debug
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        String level = invocation.configuration().value(Schema.LOG_LEVEL);
        AgentClient.call(invocation.configuration(), "following the log", client -> {
            client.monitor(level, line -> invocation.console().line(line));
            return true;
        });
        return OK;
    }
}
