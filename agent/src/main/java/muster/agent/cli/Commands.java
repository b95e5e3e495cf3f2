package muster.agent.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** All commands, in the order in which help lists them. */
final class Commands {
    static final List<Command> ALL = List.of(
            new RunCommand(),
            new InitCommand(),
            new SvcCommand(),
            new BalanceCommand(),
            new AgentCommand(),
            new DemoCommand(),
            new Members(),
            new PoolCommand(),
            new RenderCommand(),
            new InfoCommand(),
            new Monitor(),
            new Join(),
            new Leave(),
            new ForceLeave(),
            new Event(),
            new QueryCommand(),
            new Tags(),
            new Keys(),
            new Keygen(),
            new Rtt(),
            new Reachability(),
            new Completion(),
            new Version());

    private Commands() {}

    static @Nullable Command named(String name) {
        for (Command command : ALL) {
            if (command.name().equals(name)) {
                return command;
            }
        }
        return name.equals("rehearse") ? new Rehearse() : null;
    }

    static List<String> names() {
        return ALL.stream().map(Command::name).toList();
    }
}
