/**
 * The command line: one class per command, each a door to the room that does the work. {@link muster.agent.cli.Main}
 * finds the command, commands parse their flags, and every error is one line that says what to do, with exit code 1.
 */
@NullMarked
package muster.agent.cli;

import org.jspecify.annotations.NullMarked;
