package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;

/** A command that asks a running agent. */
abstract class ClientCommand implements Command {
    private final String name;
    private final String summary;
    private final String wordsHelp;
    private final List<Setting<?>> settings;
    private final String story;

    /** {@code own}: its settings besides those that reach the agent. */
    ClientCommand(String name, String summary, String wordsHelp, List<Setting<?>> own, String story) {
        this.name = name;
        this.summary = summary;
        this.wordsHelp = wordsHelp;
        this.settings = Setting.join(own, Schema.CLIENT);
        this.story = story;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String summary() {
        return summary;
    }

    @Override
    public final String wordsHelp() {
        return wordsHelp;
    }

    @Override
    public final List<Setting<?>> settings() {
        return settings;
    }

    @Override
    public final String story() {
        return story.stripTrailing();
    }
}
