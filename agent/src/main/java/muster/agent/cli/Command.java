package muster.agent.cli;

import java.util.List;
import muster.agent.configuration.Setting;

/** One thing that muster can do. */
interface Command {
    int OK = 0;
    int FAILED = 1;

    String name();

    /** A few words for the list of commands. */
    String summary();

    /** The words after the flags, as help shows them: {@code HOST [HOST …]}; empty when there are none. */
    String wordsHelp();

    /** What it does and when to use it, with one example; ends without a line break. */
    String story();

    List<Setting<?>> settings();

    /** Does it. Returns the exit code. Throws {@link Refusal} or BadConfiguration with a message for the operator. */
    int run(Invocation invocation);
}
