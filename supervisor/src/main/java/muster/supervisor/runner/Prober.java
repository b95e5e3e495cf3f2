package muster.supervisor.runner;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import muster.supervisor.ExitStatus;
import muster.supervisor.Probe;
import org.jspecify.annotations.Nullable;

/** Asks probes. Blocks: for virtual threads. */
final class Prober {
    /** A status line with a long reason phrase; what is longer is no HTTP. */
    private static final int STATUS_LINE_BYTES_MAX = 1_024;

    private Prober() {}

    /** Runs a command as the service is run, for so long. */
    interface Runs {
        ExitStatus run(List<String> words, Duration atMost) throws IOException, InterruptedException;
    }

    /**
     * Asks all in turn; null if all pass, otherwise which one failed and how.
     *
     * @param timeout for each
     * @param directory from which the paths of file probes are seen
     */
    static @Nullable String ask(List<Probe> probes, Duration timeout, String directory, Runs runs) {
        for (Probe probe : probes) {
            String failure = ask(probe, timeout, directory, runs);
            if (failure != null) {
                return probe + " " + failure;
            }
        }
        return null;
    }

    private static @Nullable String ask(Probe probe, Duration timeout, String directory, Runs runs) {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        return switch (probe) {
            case Probe.Tcp tcp -> connect(tcp.host(), tcp.port(), null, deadlineNanos, timeout);
            case Probe.Http http -> connect(http.host(), http.port(), http, deadlineNanos, timeout);
            case Probe.File file -> Files.exists(Path.of(directory).resolve(file.path())) ? null : "does not exist";
            case Probe.Command command -> run(command, timeout, runs);
        };
    }

    private static @Nullable String run(Probe.Command command, Duration timeout, Runs runs) {
        try {
            ExitStatus status = runs.run(command.words(), timeout);
            return status.equals(new ExitStatus.Exited(0)) ? null : status.toString();
        } catch (IOException e) {
            return "failed: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "was interrupted";
        }
    }

    private static @Nullable String connect(
            String host, int port, Probe.@Nullable Http http, long deadlineNanos, Duration timeout) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), millisUntil(deadlineNanos));
            return http == null ? null : get(socket, http, deadlineNanos);
        } catch (SocketTimeoutException e) {
            return "did not answer within " + timeout.toMillis() + " ms";
        } catch (IOException e) {
            String message = e.getMessage();
            return "failed: " + (message == null ? e.getClass().getSimpleName() : message);
        }
    }

    private static @Nullable String get(Socket socket, Probe.Http http, long deadlineNanos) throws IOException {
        String host = http.host().indexOf(':') >= 0 ? "[" + http.host() + "]" : http.host();
        String request = "GET " + http.path() + " HTTP/1.1\r\nHost: " + host + ":" + http.port()
                + "\r\nUser-Agent: muster-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        String line = statusLine(socket, deadlineNanos);
        // "HTTP/1.1 200 OK"
        if (!line.startsWith("HTTP/1.") || line.length() < 12 || line.charAt(8) != ' ') {
            return "did not answer in HTTP/1";
        }
        String status = line.substring(9, 12);
        return status.startsWith("2") || status.startsWith("3") ? null : "answered with status " + status;
    }

    private static String statusLine(Socket socket, long deadlineNanos) throws IOException {
        InputStream in = socket.getInputStream();
        var line = new StringBuilder();
        while (line.length() < STATUS_LINE_BYTES_MAX) {
            // Set again for each byte: a server that drips must not hold us longer than one that is silent.
            socket.setSoTimeout(millisUntil(deadlineNanos));
            int next = in.read();
            if (next < 0 || next == '\r' || next == '\n') {
                break;
            }
            line.append((char) next);
        }
        return line.toString();
    }

    /** At least 1, because 0 means for ever. */
    private static int millisUntil(long deadlineNanos) throws SocketTimeoutException {
        long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (left < 0) {
            throw new SocketTimeoutException();
        }
        return Math.clamp(left, 1, Integer.MAX_VALUE);
    }
}
