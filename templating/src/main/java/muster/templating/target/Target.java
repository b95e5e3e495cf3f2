package muster.templating.target;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Set;
import muster.templating.Syntax;
import org.jspecify.annotations.Nullable;

/**
 * One file that follows the cluster.
 *
 * @param name for messages
 * @param template where its template is
 * @param destination what is written
 * @param syntax of the destination
 * @param mode of the destination
 * @param owner a user of this machine; null to leave it as files of ours are
 * @param group likewise
 * @param check a line for the shell that is given the new file as {@code $RENDERED} before it takes its place; "" for none
 * @param apply a line for the shell, once the file is in its place ({@code $DESTINATION}); "" for none
 * @param commandTimeout longest time that either may take
 * @param quiet shortest time between two applications; the first change is applied at once
 * @param hold how long a file that is there is not replaced by one without any backend
 * @param keep how many older versions stay beside the destination, as NAME.1 (the newest) and so on
 */
public record Target(
        String name,
        Path template,
        Path destination,
        Syntax syntax,
        Set<PosixFilePermission> mode,
        @Nullable String owner,
        @Nullable String group,
        String check,
        String apply,
        Duration commandTimeout,
        Duration quiet,
        Duration hold,
        int keep) {
    /** More are an archive. */
    public static final int KEEP_MAX = 100;

    public Target {
        mode = Set.copyOf(mode);
        destination = destination.toAbsolutePath().normalize();
        if (keep < 0 || keep > KEEP_MAX) {
            throw new IllegalArgumentException("keep must be from 0 to " + KEEP_MAX + ", not " + keep);
        }
    }
}
