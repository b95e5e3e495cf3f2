package muster.proxy;

import java.io.FileInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import muster.balancing.Backend;

/** While it is open this process has no file descriptor left: no socket can be made, and none accepted. */
final class NoFilesLeft implements AutoCloseable {
    private static final int RLIMIT_NOFILE = 7;

    private final long limitBefore;
    private final List<FileInputStream> taken = new ArrayList<>();

    NoFilesLeft() {
        for (Class<?> each : List.of(Proxy.class, Backend.class, NoFilesLeft.class)) loadAllBeside(each);
        limitBefore = changeLimit(highestDescriptor() + 10);
        try {
            while (true) taken.add(new FileInputStream("/dev/null"));
        } catch (IOException _) {
            // That was the last one.
        }
    }

    /** What would be read from a file of its own the first time that it is used. */
    private static void loadAllBeside(Class<?> one) {
        try {
            Path classes = Path.of(
                    one.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (!Files.isDirectory(classes)) return;
            try (var files = Files.walk(classes)) {
                for (Path file : files.toList()) {
                    String name = classes.relativize(file).toString().replace('/', '.');
                    if (name.startsWith("muster.proxy.") && name.endsWith(".class") && !name.contains("Fuzz"))
                        Class.forName(name.substring(0, name.length() - ".class".length()));
                    else if (name.startsWith("muster.balancing.") && name.endsWith(".class"))
                        Class.forName(name.substring(0, name.length() - ".class".length()));
                }
            }
        } catch (IOException | URISyntaxException | ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static long highestDescriptor() {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.mapToLong(file -> Long.parseLong(file.getFileName().toString()))
                    .max()
                    .orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns what it was before. */
    private static long changeLimit(long now) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment softAndHard = arena.allocate(ValueLayout.JAVA_LONG, 2);
            call("getrlimit", softAndHard);
            long before = softAndHard.getAtIndex(ValueLayout.JAVA_LONG, 0);
            softAndHard.setAtIndex(ValueLayout.JAVA_LONG, 0, now);
            call("setrlimit", softAndHard);
            return before;
        }
    }

    @SuppressWarnings("restricted") // a native call is its purpose
    private static void call(String name, MemorySegment limit) {
        Linker linker = Linker.nativeLinker();
        MethodHandle function = linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        try {
            if ((int) function.invokeExact(RLIMIT_NOFILE, limit) != 0) throw new AssertionError(name + " failed");
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        changeLimit(limitBefore);
        for (FileInputStream each : taken) {
            try {
                each.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
