package muster.haproxy;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The HAProxy that is driven. Threads: as {@link Journal}.
 *
 * @param program who keeps its process running
 * @param told runs after commands that were done
 */
record Instance(DriverSettings settings, RuntimeApi api, Program program, Journal journal, Runnable told) {

    /** What it says of its servers, and the same understood. */
    record Servers(String answer, RunningServers running) {}

    void start() {
        program.start(settings.target().destination(), settings.socket());
    }

    Workers workers() throws IOException {
        return Workers.of(api);
    }

    Servers servers() throws IOException {
        String answer = api.askWorker("show servers state");
        try {
            return new Servers(answer, RunningServers.parse(answer));
        } catch (RunningServers.NotUnderstood e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Gives the commands. Null, or the one that was refused with HAProxy's words. */
    @Nullable
    String give(List<RuntimeCommand> commands) throws IOException {
        if (commands.isEmpty()) {
            return null;
        }
        Conversation.Outcome outcome = Conversation.hold(api, commands);
        journal.count("commands", outcome.done());
        if (outcome.done() > 0) {
            told.run();
            journal.info("commands given: " + outcome.done() + ", the first: "
                    + commands.getFirst().text());
        }
        if (outcome.refused() != null) {
            journal.count("commands-refused");
        }
        return outcome.refused();
    }
}
