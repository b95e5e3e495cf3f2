package muster.agent.cli;

import java.nio.file.Path;
import java.util.List;
import muster.demo.Demo;
import org.jspecify.annotations.Nullable;

/** {@code muster demo}. */
final class DemoCommand implements FlaglessCommand {
    @Override
    public String name() {
        return "demo";
    }

    @Override
    public String summary() {
        return "see the main job in a minute, on this machine";
    }

    @Override
    public String wordsHelp() {
        return "[--keep] [--plain] [--seconds N] [--rate N]";
    }

    @Override
    public String story() {
        return Demo.STORY;
    }

    @Override
    public int run(List<String> arguments, Console console) {
        // Told by the script that started this Java: only that script starts the nodes as a user would.
        @Nullable String launcher = System.getProperty("muster.launcher");
        return Demo.run(arguments, launcher == null ? null : Path.of(launcher));
    }
}
