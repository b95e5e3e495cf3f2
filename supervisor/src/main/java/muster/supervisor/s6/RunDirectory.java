package muster.supervisor.s6;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import muster.supervisor.CannotSupervise;
import muster.supervisor.linux.FileTrouble;
import org.jspecify.annotations.Nullable;

/**
 * What lies in {@code /var/run/s6} while a container runs: the environment, the live service directories, and files that
 * scripts and init leave for each other. Made anew at each start.
 */
final class RunDirectory implements AutoCloseable {
    private static final List<String> STAGES = List.of("env-stage1", "env-stage2", "env-stage3");
    private static final List<String> PARTS = List.of("fix-attrs.d", "cont-init.d", "cont-finish.d", "services.d");

    // stat.h
    private static final int PERMISSIONS = 07777;
    private static final int OWNER_ALL = 0700;

    /** Whoever holds this lock lives here. */
    private static final String LOCK = "muster.lock";

    private final Path path;
    private @Nullable FileChannel lock;

    RunDirectory(Path path) {
        this.path = path;
    }

    /**
     * Removes what an earlier run of the container left, and makes what belongs there.
     *
     * @param tree where fix-attrs.d and its like are
     * @throws CannotSupervise if another program lives there; says which
     */
    void prepare(Path tree, Map<String, String> environment) throws IOException {
        Files.createDirectories(path);
        lock = locked();
        // By their names only: a directory given by mistake shall not lose more than these.
        for (String name : List.of("services", "container_environment", "etc")) {
            delete(path.resolve(name));
        }
        for (String stage : STAGES) {
            delete(path.resolve(stage));
            Files.createDirectories(path.resolve(stage));
        }
        Files.createDirectories(services());
        Files.createDirectories(path.resolve("etc"));
        for (String part : PARTS) {
            Files.createSymbolicLink(
                    path.resolve("etc").resolve(part), tree.resolve(part).toAbsolutePath());
        }
        Contenv.write(containerEnvironment(), environment);
    }

    /** What another one has made here is in use: it must not be removed. */
    private FileChannel locked() throws IOException {
        FileChannel channel = FileChannel.open(
                path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean ours;
        try {
            ours = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            ours = false;
        }
        if (!ours) {
            String holder = Files.readString(path.resolve(LOCK)).strip();
            channel.close();
            throw new CannotSupervise("an init already runs in " + path + " (pid " + holder
                    + "); give this one another place with -run-dir and -control-dir");
        }
        channel.truncate(0);
        channel.write(StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"));
        return channel;
    }

    @Override
    public void close() {
        FileChannel held = lock;
        if (held != null) {
            try (held) {
                held.truncate(0);
            } catch (IOException e) {
                System.getLogger(RunDirectory.class.getName())
                        .log(System.Logger.Level.DEBUG, "the lock of the run directory: " + FileTrouble.of(e));
            }
        }
    }

    Path services() {
        return path.resolve("services");
    }

    Path containerEnvironment() {
        return path.resolve("container_environment");
    }

    /** What a script has left for the end, like an exit code. */
    Path forTheEnd(String name) {
        return path.resolve("env-stage3").resolve(name);
    }

    /** Copies a service directory to its live place, with owners and modes; symbolic links stay links. */
    Path take(Path service) throws IOException {
        Path live = services().resolve(service.getFileName().toString());
        Files.walkFileTree(service, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectories(
                        live.resolve(service.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                // Neither sockets nor FIFOs: they are what a supervisor makes.
                if (attributes.isRegularFile() || attributes.isSymbolicLink()) {
                    Files.copy(
                            file,
                            live.resolve(service.relativize(file).toString()),
                            StandardCopyOption.REPLACE_EXISTING,
                            StandardCopyOption.COPY_ATTRIBUTES,
                            LinkOption.NOFOLLOW_LINKS);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                // Not before: it may be one that its owner cannot write to.
                likeSource(directory, live.resolve(service.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }
        });
        return live;
    }

    private static void likeSource(Path source, Path copy) throws IOException {
        try {
            Files.setAttribute(copy, "unix:uid", Files.getAttribute(source, "unix:uid"));
            Files.setAttribute(copy, "unix:gid", Files.getAttribute(source, "unix:gid"));
        } catch (FileSystemException e) {
            System.getLogger(RunDirectory.class.getName())
                    .log(System.Logger.Level.DEBUG, "without root it is ours, as its files are: " + FileTrouble.of(e));
        }
        int mode = (int) Files.getAttribute(source, "unix:mode") & PERMISSIONS;
        // Control files are made in it, and all of it is removed at the next start.
        Files.setAttribute(copy, "unix:mode", mode | OWNER_ALL);
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
