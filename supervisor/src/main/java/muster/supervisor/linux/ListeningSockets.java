package muster.supervisor.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who listens on a TCP port of this network namespace. */
public final class ListeningSockets {
    private ListeningSockets() {}

    /**
     * The inodes of the sockets that would be given a connection to this address and port: those bound to it and those bound to
     * all addresses.
     *
     * @throws IOException if /proc is not readable
     */
    public static Set<Long> at(InetAddress address, int port) throws IOException {
        var inodes = new HashSet<Long>();
        try {
            TcpTable.rows(row -> {
                if (row.port() == port && row.state().equals(TcpTable.LISTEN)) {
                    try {
                        InetAddress local = row.localAddress();
                        if (local.isAnyLocalAddress() || local.equals(address)) {
                            inodes.add(row.inode());
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
        return inodes;
    }

    /** A process that has one of these sockets open, as "node (pid 17)"; null where we may not see that. Reads all of /proc. */
    public static @Nullable String holder(Set<Long> inodes) {
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process, inodes)) {
                    return Files.readString(process.resolve("comm")).strip() + " (pid " + process.getFileName() + ")";
                }
            }
        } catch (IOException e) {
            return null; // it has just ended, or /proc is closed to us
        }
        return null;
    }

    private static boolean holds(Path process, Set<Long> inodes) {
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            return descriptors.anyMatch(descriptor -> {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    return target.startsWith("socket:[")
                            && inodes.contains(Long.parseLong(target, 8, target.length() - 1, 10));
                } catch (IOException e) {
                    return false; // closed meanwhile
                }
            });
        } catch (IOException | UncheckedIOException e) {
            return false; // ended meanwhile, or not ours to see
        }
    }
}
