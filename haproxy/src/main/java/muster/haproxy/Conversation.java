package muster.haproxy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands and what became of them. */
final class Conversation {
    private Conversation() {}

    /**
     * How it ended.
     *
     * @param done so many commands
     * @param later what could not be done yet; plan again
     * @param refused the command that HAProxy refused and its words; what came after was not sent. Null if there is none.
     */
    record Outcome(
            int done, List<RuntimeCommand> later, @Nullable String refused) {
        Outcome {
            later = List.copyOf(later);
        }
    }

    /** Gives the commands in order, up to the first that is refused. */
    static Outcome hold(RuntimeApi api, List<RuntimeCommand> commands) throws IOException {
        var later = new ArrayList<RuntimeCommand>();
        int done = 0;
        for (RuntimeCommand command : commands) {
            String answer = api.askWorker(command.text());
            switch (command.verdict(answer)) {
                case DONE -> done++;
                case LATER -> later.add(command);
                case REFUSED -> {
                    return new Outcome(done, later, "'" + command.text() + "': " + answer);
                }
            }
        }
        return new Outcome(done, later, null);
    }
}
