package muster.supervisor.linux;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import muster.supervisor.Launch;

/**
 * A process to be started, with default signal handling and no descriptor of ours but those it is given.
 *
 * @param words the program, searched in the PATH of its environment if it has no slash, and its arguments
 * @param launch what it starts with
 * @param descriptors what it has under these numbers, from 0 to 99, instead of our standard streams or besides them: ours
 *     that a {@link Pipe} has
 */
public record Command(List<String> words, Launch launch, Map<Integer, Integer> descriptors) {
    public Command {
        words = List.copyOf(words);
        descriptors = Map.copyOf(descriptors);
    }

    /** With our standard streams and user. */
    public Command(List<String> words, SortedMap<String, String> environment, String directory) {
        this(words, Launch.DEFAULTS.withEnvironment(environment).withDirectory(directory), Map.of());
    }
}
