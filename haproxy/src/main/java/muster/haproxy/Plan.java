package muster.haproxy;

import java.util.List;

/** The cheapest safe step from the HAProxy that runs to the file that was rendered. */
sealed interface Plan {

    /**
     * To be given in order; nothing to do if there are none. If HAProxy refuses one, the file must be loaded.
     */
    record Commands(List<RuntimeCommand> commands) implements Plan {
        public Commands {
            commands = List.copyOf(commands);
        }
    }

    /**
     * The file must be loaded.
     *
     * @param reason what cannot be told to a running HAProxy, for the log
     */
    record Reload(String reason) implements Plan {}
}
