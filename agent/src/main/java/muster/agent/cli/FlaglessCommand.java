package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Setting;

/** A command that reads its own words instead of settings. */
interface FlaglessCommand extends Command {
    int run(List<String> arguments, Console console);

    @Override
    default List<Setting<?>> settings() {
        return List.of();
    }

    @Override
    default int run(Invocation invocation) {
        return run(invocation.words(), invocation.console());
    }
}
