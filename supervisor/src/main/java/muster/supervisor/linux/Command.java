package muster.supervisor.linux;

import java.util.List;
import java.util.SortedMap;

/**
 * A process to be started: in its own session and process group, with default signal handling, our standard streams, and
 * no other descriptor of ours.
 *
 * @param words the program, searched in PATH if it has no slash, and its arguments
 * @param environment all of it
 * @param directory "" for ours
 */
public record Command(List<String> words, SortedMap<String, String> environment, String directory) {
    public Command {
        words = List.copyOf(words);
    }
}
