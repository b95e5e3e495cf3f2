package muster.agent.files;

import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that is a mount of its own, as containers have them: it cannot be replaced, only written anew. */
public final class OwnMount {
    /** EBUSY in the words of libc, which are all that the JDK hands on. */
    private static final String BUSY = "Device or resource busy";

    private OwnMount() {}

    /** Whether that is why {@code path} could not be replaced. */
    public static boolean isWhy(FileSystemException failure, Path path) {
        return BUSY.equals(failure.getReason()) && Files.isRegularFile(path);
    }
}
