package muster.supervisor.s6;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.supervisor.ExitStatus;
import muster.supervisor.Signal;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.Command;
import muster.supervisor.linux.FileTrouble;
import org.jspecify.annotations.Nullable;

/**
 * Runs scripts one after the other and waits for each. Another thread may end the one that runs.
 */
final class Scripts {
    private static final int NOT_STARTED = 127;

    private final Children children;
    private volatile @Nullable Signal ended; // with which
    private volatile long running; // 0 for none
    private volatile CompletableFuture<ExitStatus> last = CompletableFuture.completedFuture(new ExitStatus.Exited(0));

    Scripts(Children children) {
        this.children = children;
    }

    /** The regular files of a directory in the order of their names, byte by byte; none when there is no such directory. */
    static List<Path> in(Path directory) throws IOException {
        var files = new ArrayList<Path>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
                for (Path file : all) {
                    if (Files.isRegularFile(file)
                            && !file.getFileName().toString().startsWith(".")) {
                        files.add(file);
                    }
                }
            }
        }
        files.sort(null); // UnixPath compares bytes
        return files;
    }

    /** How one ended, with a reason when it could not be started or not in time. */
    record Outcome(ExitStatus status, String reason) {
        boolean isSuccess() {
            return status.code() == 0;
        }
    }

    /**
     * Runs it to its end.
     *
     * @param atMost then its group is killed; zero for as long as it takes
     */
    Outcome run(Path script, SortedMap<String, String> environment, Duration atMost) throws InterruptedException {
        var handler = new Waiting();
        last = handler.end;
        try {
            List<String> words = Script.command(script, script.toString(), List.of());
            children.spawn(new Command(words, environment, "/"), handler);
            if (atMost.isZero()) {
                return new Outcome(handler.end.get(), "");
            }
            try {
                return new Outcome(handler.end.get(atMost.toNanos(), TimeUnit.NANOSECONDS), "");
            } catch (TimeoutException e) {
                signal(Signal.KILL);
                return new Outcome(handler.end.get(), "took longer than " + atMost.toMillis() + " ms and was killed");
            }
        } catch (IOException e) {
            return new Outcome(new ExitStatus.Exited(NOT_STARTED), FileTrouble.of(e));
        } catch (ExecutionException e) {
            return new Outcome(
                    new ExitStatus.Exited(NOT_STARTED),
                    e.getCause() == null ? "" : String.valueOf(e.getCause().getMessage()));
        }
    }

    /** No script starts any more, and the one that runs gets the signal, with its group. */
    void end(Signal signal) {
        ended = signal;
        signal(signal);
    }

    /** Waits for the one that runs, or is on its way. */
    void awaitEnd(Duration atMost) throws InterruptedException {
        try {
            ExitStatus _ = last.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // It runs still, or never did; who ran it says so.
        }
    }

    boolean haveEnded() {
        return ended != null;
    }

    private void signal(Signal signal) {
        long pid = running;
        if (pid != 0) {
            boolean _ = children.signalGroup(pid, signal);
        }
    }

    private final class Waiting implements Children.Handler {
        private final CompletableFuture<ExitStatus> end = new CompletableFuture<>();

        @Override
        public void spawned(long pid) {
            running = pid;
            Signal wanted = ended;
            if (wanted != null) {
                signal(wanted); // it was on its way when they were ended
            }
        }

        @Override
        public void notSpawned(String reason, int code) {
            end.completeExceptionally(new IOException(reason));
        }

        @Override
        public void exited(long pid, ExitStatus status, boolean groupLeft) {
            running = 0;
            end.complete(status);
        }
    }
}
