package muster.agent.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.supervisor.linux.FileTrouble;

/** Replaces a file as a whole; where that cannot be, it is written in place. */
public final class StateFile {
    private static final int LINKS_MAX = 40; // Linux's
    private static final int ROOT = 0;
    private static final int WRITE_OF_OTHERS = 0022;
    private static final Set<PosixFilePermission> ONLY_OURS = PosixFilePermissions.fromString("rw-------");

    private StateFile() {}

    /**
     * On return it is on the disk, and a file that is new can be read by its owner only. Where {@code given} is a symbolic
     * link, that is the file to which it leads. Throws {@link IOException}; then the old one is there still, or beside a file
     * that is a mount of its own, the new one ({@code .new}).
     */
    public static void write(Path given, String text) throws IOException {
        Path path = place(given);
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(fresh); // of a crash; its mode would stay
        try (FileChannel file = FileChannel.open(
                fresh,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(ONLY_OURS))) {
            writeTo(file, text);
        }
        try {
            replace(path, fresh);
        } catch (FileSystemException e) {
            if (!OwnMount.isWhy(e, path)) {
                throw e;
            }
            try (FileChannel file =
                    FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                writeTo(file, text);
            }
            Files.delete(fresh);
        }
    }

    /**
     * Where symbolic links lead from here, whether or not there is a file: a rename would replace the link itself. Throws
     * {@link FileSystemException} for one that a stranger may have put there.
     */
    public static Path place(Path path) throws IOException {
        Path place = path;
        for (int links = 0; Files.isSymbolicLink(place); links++) {
            if (links == LINKS_MAX) {
                throw new FileSystemLoopException(path.toString());
            }
            checkLink(place);
            place = place.resolveSibling(Files.readSymbolicLink(place));
        }
        return place;
    }

    /**
     * What Linux asks of links in {@code /tmp} that it follows (protected_symlinks); here we follow them. Else any user could
     * have us replace a file that is ours.
     */
    private static void checkLink(Path link) throws IOException {
        Path directory = link.toAbsolutePath().getParent();
        int owner = (int) Files.getAttribute(link, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        boolean trusted = owner == ROOT
                || owner == (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid")
                || owner == (int) Files.getAttribute(directory, "unix:uid");
        if (!trusted && ((int) Files.getAttribute(directory, "unix:mode") & WRITE_OF_OTHERS) != 0) {
            throw new FileSystemException(
                    link.toString(),
                    null,
                    "it is a symbolic link of another user, in a directory to which others may write, and is not followed;"
                            + " make the link yourself, or name the file to which it leads");
        }
    }

    /** Puts a file that is on the disk in the place of another one beside it, so that it is there after a power failure too. */
    public static void replace(Path path, Path fresh) throws IOException {
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path directory = path.toAbsolutePath().getParent();
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        } catch (IOException e) {
            // It is in its place. Some file systems do not write directories on demand, and some may be read by nobody.
            Log.line(LogLevel.DEBUG, "agent: " + directory + " cannot be written to its disk: " + FileTrouble.of(e));
        }
    }

    private static void writeTo(FileChannel file, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        file.force(true);
    }

    /** Whether others than its owner may read it. */
    public static boolean isOpenToOthers(Path path) throws IOException {
        return !ONLY_OURS.containsAll(Files.getPosixFilePermissions(path));
    }
}
