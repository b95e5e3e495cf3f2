package muster.supervisor.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
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
        for (Path process : holders(inodes)) {
            try {
                return Files.readString(process.resolve("comm")).strip() + " (pid " + process.getFileName() + ")";
            } catch (IOException e) {
                return null; // it has just ended
            }
        }
        return null;
    }

    /**
     * Whether these sockets are open in others only: in processes that are neither this one nor descend from it. False where
     * we may not see who has them open. Reads all of /proc.
     */
    static boolean areOfOthers(Set<Long> inodes) {
        List<Path> holders = holders(inodes);
        return !holders.isEmpty()
                && holders.stream()
                        .noneMatch(process ->
                                isOurs(Long.parseLong(process.getFileName().toString())));
    }

    /**
     * Where one of ours, this process or one that descends from it, listens and another one does too, which only SO_REUSEPORT
     * allows: "127.0.0.1:80, and so does nginx (pid 17)". Empty where we may not see what ours have open.
     *
     * @throws IOException if /proc is not readable
     */
    public static List<String> shared() throws IOException {
        Set<Long> ours = openInOurs();
        var ourRows = new ArrayList<TcpTable.Row>();
        var otherRows = new ArrayList<TcpTable.Row>();
        TcpTable.rows(row -> {
            if (row.state().equals(TcpTable.LISTEN)) {
                (ours.contains(row.inode()) ? ourRows : otherRows).add(row);
            }
        });
        var shared = new TreeSet<String>();
        for (TcpTable.Row our : ourRows) {
            for (TcpTable.Row other : otherRows) {
                if (meet(our, other)) {
                    String holder = holder(Set.of(other.inode()));
                    shared.add(our.localAddress().getHostAddress() + ":" + our.port() + ", and so does "
                            + (holder == null ? "a program of another user" : holder));
                }
            }
        }
        return List.copyOf(shared);
    }

    private static boolean meet(TcpTable.Row one, TcpTable.Row other) throws IOException {
        return one.port() == other.port()
                && one.address().length() == other.address().length() // all of IPv6 may be without IPv4
                && (one.address().equals(other.address())
                        || one.localAddress().isAnyLocalAddress()
                        || other.localAddress().isAnyLocalAddress());
    }

    private static Set<Long> openInOurs() {
        var inodes = new HashSet<Long>();
        Stream.concat(
                        Stream.of(ProcessHandle.current()),
                        ProcessHandle.current().descendants())
                .forEach(process -> sockets(Path.of("/proc", Long.toString(process.pid())), inodes::add));
        return inodes;
    }

    private static boolean isOurs(long pid) {
        var process = ProcessHandle.of(pid);
        while (process.isPresent() && !process.get().equals(ProcessHandle.current())) {
            process = process.get().parent();
        }
        return process.isPresent();
    }

    private static List<Path> holders(Set<Long> inodes) {
        var holders = new ArrayList<Path>();
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process, inodes)) {
                    holders.add(process);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return List.of(); // /proc is closed to us
        }
        return holders;
    }

    private static boolean holds(Path process, Set<Long> inodes) {
        var open = new HashSet<Long>();
        sockets(process, open::add);
        return !Collections.disjoint(open, inodes);
    }

    /** The inodes of those that it has open; none if it has ended meanwhile, or is not ours to see. */
    private static void sockets(Path process, LongConsumer inode) {
        try (var descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                socket(descriptor).ifPresent(inode);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // as said
        }
    }

    private static OptionalLong socket(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("socket:[")
                    ? OptionalLong.of(Long.parseLong(target, 8, target.length() - 1, 10))
                    : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty(); // closed meanwhile
        }
    }
}
