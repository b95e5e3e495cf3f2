package muster.haproxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real one, as it is installed. */
final class Haproxy implements AutoCloseable {
    private final Process process;
    private final Path log;
    final RuntimeApi api;

    Haproxy(Path directory, String text) throws Exception {
        Path socket = directory.resolve("haproxy.sock");
        Path file = Files.writeString(directory.resolve("haproxy.cfg"), text);
        log = directory.resolve("haproxy.log");
        String path = System.getenv("PATH") + ":/usr/sbin:/sbin";
        var builder = new ProcessBuilder(List.of(
                        "sh",
                        "-c",
                        "exec haproxy -W -db -S \"$2\" -f \"$1\"",
                        "sh",
                        file.toString(),
                        socket.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("PATH", path);
        process = builder.start();
        api = RuntimeApi.at(socket, Duration.ofSeconds(20));
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new AssertionError("haproxy does not run:\n" + log());
            }
            Thread.sleep(10);
        }
    }

    private boolean answers() {
        try {
            return Workers.of(api).currentPid() != 0;
        } catch (IOException e) {
            return false;
        }
    }

    RunningServers servers() throws Exception {
        return RunningServers.parse(api.askWorker("show servers state"));
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
