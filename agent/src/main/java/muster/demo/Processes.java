package muster.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Every process that the demo started. Closing ends them all, with what came from them; the demo closes it at its end and in a
 * shutdown hook. Thread-safe.
 */
final class Processes implements AutoCloseable {
    private static final long END_MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

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
        // The user's own settings are for the user's own cluster; only how to find a Java holds here too.
        builder.environment()
                .keySet()
                .removeIf(variable -> variable.startsWith("MUSTER_") && !variable.equals("MUSTER_JAVA_HOME"));
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
        while (all.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
