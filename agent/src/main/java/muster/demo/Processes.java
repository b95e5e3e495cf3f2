package muster.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Every process that the demo started. Closing ends them all, with what came from them; the demo closes it at its end and in a
 * shutdown hook. Thread-safe.
 */
final class Processes implements AutoCloseable {
    private static final long END_MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Set<String> FOR_THE_LAUNCHER = Set.of("MUSTER_JAVA_HOME", "MUSTER_JAVA_OPTS", "MUSTER_CACHE");

    private final Path logs;
    private final List<Child> children = new CopyOnWriteArrayList<>();
    private boolean closed;

    /** Each process writes its output to {@code logs/NAME.log}; started again under the same name it goes on there. */
    Processes(Path logs) {
        this.logs = logs;
    }

    synchronized Child start(String name, List<String> command) {
        if (closed) {
            throw new DemoRefused("the demo is ending: " + name + " is not started any more");
        }
        Path log = logs.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // The user's own settings are for the user's own cluster; only what the launcher reads holds here too.
        builder.environment()
                .keySet()
                .removeIf(variable -> variable.startsWith("MUSTER_") && !FOR_THE_LAUNCHER.contains(variable));
        // All nodes run the program as it is now, whatever happens to its sources meanwhile.
        builder.environment().put("MUSTER_BUILD", "never");
        try {
            long startedNanos = System.nanoTime();
            Child child = new Child(name, builder.start(), log, startedNanos);
            children.add(child);
            return child;
        } catch (IOException e) {
            throw new DemoRefused("cannot start " + name + ": " + e.getMessage());
        }
    }

    /** Finds what the children started since the last call; call it now and then, and nothing is lost when a parent dies. */
    void remember() {
        children.forEach(Child::remember);
    }

    /** Ends everything now: nothing that the demo started holds anything worth a goodbye. */
    @Override
    public synchronized void close() {
        closed = true;
        List<ProcessHandle> all = new ArrayList<>();
        for (Child child : children) {
            if (child.isAlive()) {
                try {
                    child.freeze(); // so that a supervisor cannot start another app between our look and our signal
                } catch (DemoRefused onlyJustEnded) {
                    // Then there is nothing to freeze.
                }
            }
            child.family().forEach(all::add);
        }
        all.forEach(ProcessHandle::destroyForcibly);
        long deadline = System.nanoTime() + END_MAX_NANOS;
        while (all.stream().anyMatch(Processes::runs) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /**
     * Whether it still runs. A process that ended counts as alive for the JDK until its parent asked how; an orphan's new parent
     * may take seconds for that, and in a container without an init never does it.
     */
    private static boolean runs(ProcessHandle handle) {
        if (!handle.isAlive()) {
            return false;
        }
        try {
            String stat = Files.readString(Path.of("/proc/" + handle.pid() + "/stat"), StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException noSuchFile) {
            return handle.isAlive(); // it ended just now, or this system has no /proc
        }
    }
}
