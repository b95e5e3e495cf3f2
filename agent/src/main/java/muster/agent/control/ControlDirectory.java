package muster.agent.control;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import muster.supervisor.linux.FileTrouble;

/** Where the sockets are, one for each program: {@code PID.sock}. */
public final class ControlDirectory {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> WRITE_OF_OTHERS =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
    private static final String SUFFIX = ".sock";
    private static final int SOCKET = 0b1100; // S_IFSOCK

    private ControlDirectory() {}

    /** The given one, or this user's usual one. */
    public static Path of(String given, Map<String, String> environment) {
        if (!given.isEmpty()) {
            return Path.of(given);
        }
        Object user = user();
        if (user.equals(0)) {
            return Path.of("/run/muster");
        }
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        return runtime.isEmpty()
                ? Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "muster-" + user)
                : Path.of(runtime, "muster");
    }

    /**
     * Makes it, for its owner only. One that is there already may be somebody's for other things, as /run is, and stays as
     * it is. Throws when it is another user's, or others may write to it: they could answer in our place.
     */
    public static void make(Path directory) throws IOException {
        Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        checkOwner(directory);
        if (!Collections.disjoint(Files.getPosixFilePermissions(directory), WRITE_OF_OTHERS)) {
            throw new IOException(directory + " is there and others may write to it; give a directory below it, as "
                    + directory.resolve("muster") + ", which is then made");
        }
    }

    /** Also for those who ask: whoever owns the directory answers there, and is told what we want. */
    private static void checkOwner(Path directory) throws IOException {
        if (!Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                .equals(user())) {
            throw new IOException(directory + " belongs to another user");
        }
    }

    /** The number of the process whose socket this is. */
    public static long pid(Path socket) {
        String name = socket.getFileName().toString();
        return Long.parseLong(name, 0, name.length() - SUFFIX.length(), 10);
    }

    /**
     * The sockets that are there, whether or not somebody still listens. What has another form of name, or is no socket, is
     * somebody else's.
     *
     * @throws IOException if the directory cannot be read or belongs to another user
     */
    public static List<Path> sockets(Path directory) throws IOException {
        var sockets = new ArrayList<Path>();
        if (Files.isDirectory(directory)) {
            checkOwner(directory);
            try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, ControlDirectory::isSocket)) {
                all.forEach(sockets::add);
            }
        }
        sockets.sort(null);
        return sockets;
    }

    private static boolean isSocket(Path path) throws IOException {
        try {
            return path.getFileName().toString().matches("[1-9][0-9]{0,9}" + Pattern.quote(SUFFIX))
                    && (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) >> 12 == SOCKET;
        } catch (NoSuchFileException e) {
            return false; // its program has just ended
        }
    }

    private static Object user() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new IllegalStateException("/proc is not mounted: " + FileTrouble.of(e), e);
        }
    }
}
