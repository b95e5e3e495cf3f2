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

/** Where the sockets are, one for each program: {@code PID.sock}. */
public final class ControlDirectory {
    private static final String OWNER_ONLY = "rwx------";

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
        if (!Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                .equals(user())) {
            throw new IOException(directory + " belongs to another user; give another one with -control-dir");
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(OWNER_ONLY));
    }

    /** The sockets that are there, whether or not somebody still listens. */
    public static List<Path> sockets(Path directory) throws IOException {
        var sockets = new ArrayList<Path>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, "*.sock")) {
                all.forEach(sockets::add);
            }
        }
        sockets.sort(null);
        return sockets;
    }

    private static Object user() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new IllegalStateException("/proc is not mounted: " + e.getMessage(), e);
        }
    }
}
