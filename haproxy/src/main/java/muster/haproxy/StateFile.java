package muster.haproxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The file for {@code server-state-file}, for those configurations that load it. A disk that does not take it costs them what
 * the commands after a reload mend. Threads: one at a time.
 */
final class StateFile {
    /** The version of a state file without servers; HAProxy warns of an empty one. */
    private static final String NOTHING = "1\n";

    private final Path place;
    private final Journal journal;

    StateFile(Path place, Journal journal) {
        this.place = place;
        this.journal = journal;
    }

    void clear() {
        write(NOTHING);
    }

    void write(String text) {
        Path fresh = place.resolveSibling(place.getFileName() + ".new");
        try {
            Files.writeString(fresh, text);
            Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            try {
                Files.deleteIfExists(place); // an old one would be worse than none
            } catch (IOException again) {
                journal.count("state-files-stale");
            }
            journal.count("state-files-not-written");
        }
    }
}
