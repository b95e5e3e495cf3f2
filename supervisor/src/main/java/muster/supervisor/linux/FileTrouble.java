package muster.supervisor.linux;

import java.io.IOException;
import java.net.PortUnreachableException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What is wrong with a file, or the way to a host, in words: the JDK's own message is often the path or name and nothing else. */
public final class FileTrouble {
    private FileTrouble() {}

    /** Like {@code /srv/x does not exist; make it, or name another}; for anything else its own message. */
    public static String of(IOException e) {
        return switch (e) {
            case NoSuchFileException gone -> gone.getFile() + " does not exist; make it, or name another";
            case AccessDeniedException denied ->
                denied.getFile() + " may not be used by this user; change its owner or mode";
            case FileAlreadyExistsException there -> there.getFile() + " is there already; remove it, or name another";
            case NotDirectoryException file -> file.getFile() + " is no directory; name one";
            case DirectoryNotEmptyException full -> full.getFile() + " is a directory that is not empty; empty it";
            case FileSystemLoopException loop -> loop.getFile() + " leads back to itself; mend the symbolic link";
            case FileSystemException other when other.getReason() != null -> other.getFile() + ": " + other.getReason();
            case PortUnreachableException _ -> "nobody listens there";
            case UnknownHostException unknown -> "there is no host " + unknown.getMessage();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
