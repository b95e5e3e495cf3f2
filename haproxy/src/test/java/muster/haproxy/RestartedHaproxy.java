package muster.haproxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The real HAProxy under the simplest supervisor: when it ends it is started again. */
final class RestartedHaproxy implements Program {
    private final Path log;
    private @Nullable Thread keeper;
    private volatile @Nullable Process process;
    private volatile @Nullable String trouble;
    private volatile boolean closed;
    volatile int starts;
    volatile long found;

    RestartedHaproxy(Path directory) {
        log = directory.resolve("haproxy.log");
    }

    @Override
    public synchronized void start(Path file, Path socket) {
        if (keeper != null || closed) {
            return;
        }
        var builder = new ProcessBuilder(
                        "sh",
                        "-c",
                        "PATH=$PATH:/usr/sbin:/sbin; exec haproxy -W -db -S \"$1,mode,600\" -f \"$2\"",
                        "sh",
                        socket.toString(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        keeper = Thread.ofPlatform().daemon().start(() -> keep(builder));
    }

    private void keep(ProcessBuilder builder) {
        try {
            while (!closed) {
                starts++; // before it can be noticed that it runs
                Process started = builder.start();
                process = started;
                int code = started.waitFor();
                trouble = "it exited with status " + code;
                Thread.sleep(100);
            }
        } catch (InterruptedException e) {
            // closed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As the kernel does when memory is short. */
    void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
        }
    }

    String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public @Nullable String trouble() {
        return trouble;
    }

    @Override
    public List<String> lastWords(int most) {
        List<String> lines = log().lines().toList();
        return lines.subList(Math.max(0, lines.size() - most), lines.size());
    }

    @Override
    public void finish(long worker, long parent) {
        signal("USR1", worker);
    }

    @Override
    public void end(long worker, long parent) {
        signal("TERM", worker);
    }

    @Override
    public void renew(long master) {
        signal("USR2", master);
    }

    @Override
    public void kill(long worker, long parent) {
        signal("KILL", worker);
    }

    @Override
    public void kill(long master) {
        ProcessHandle.of(master).ifPresent(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    @Override
    public void found(long master) {
        found = master;
    }

    private static void signal(String signal, long pid) {
        try {
            new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void end() throws InterruptedException {
        closed = true;
        Process running = process;
        if (running != null) {
            running.destroy();
            if (!running.waitFor(10, TimeUnit.SECONDS)) {
                running.descendants().forEach(ProcessHandle::destroyForcibly);
                running.destroyForcibly().waitFor();
            }
        }
        Thread kept = keeper;
        if (kept != null) {
            kept.interrupt();
            kept.join();
        }
    }
}
