package muster.agent.control;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Where the sockets are, one for each program: {@code PID.sock}. */
public final class ControlDirectory {
    private static final String OWNER_ONLY = "rwx------";
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

    /** Makes it, for its owner only. Throws when it is somebody else's: in a place that all may write to, it may be. */
    static void make(Path directory) throws IOException {
        Files.createDirectories(directory);
        checkOwner(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(OWNER_ONLY));
    }

    /** Also for those who ask: whoever owns the directory answers there, and is told what we want. */
    private static void checkOwner(Path directory) throws IOException {
        if (!Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                .equals(user())) {
            throw new IOException(directory + " belongs to another user; give another one with -control-dir");
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
        return path.getFileName().toString().matches("[1-9][0-9]{0,9}" + Pattern.quote(SUFFIX))
                && (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) >> 12 == SOCKET;
    }

    private static Object user() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new IllegalStateException("/proc is not mounted: " + e.getMessage(), e);
        }
    }
}
