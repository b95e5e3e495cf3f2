package muster.agent.control;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.supervisor.linux.FileTrouble;

/** Listens on a socket in a directory for its owner only. One thread accepts, each client has a virtual one. */
public final class ControlServer implements AutoCloseable {
    /** People and scripts; whoever asks too often waits for others to be answered. */
    private static final int CLIENTS_MAX = 64;

    private static final int REQUEST_CHARACTERS_MAX = 64 * 1024;

    private static final Duration REQUEST_WITHIN = Duration.ofSeconds(5);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(100);

    private static final String WORD_END = "\0";

    /** What the words of a request do. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Does it, and prints what is to be seen. May take as long as the client stays.
         *
         * @return with which code the client exits
         * @throws IllegalArgumentException with a sentence about what cannot be, or has not come
         * @throws IOException when the client is gone
         */
        int answer(List<String> words, PrintStream out) throws IOException, InterruptedException;
    }

    private final Path socket;
    private final ServerSocketChannel listening;
    private final Handler handler;
    private final Semaphore places = new Semaphore(CLIENTS_MAX);

    private ControlServer(Path socket, ServerSocketChannel listening, Handler handler) {
        this.socket = socket;
        this.listening = listening;
        this.handler = handler;
    }

    /** Listens from now on. Throws with a sentence when it cannot. */
    public static ControlServer start(Path directory, Handler handler) throws IOException {
        ControlDirectory.make(directory);
        Path socket = directory.resolve(ProcessHandle.current().pid() + ".sock");
        Files.deleteIfExists(socket); // of an earlier process with our number
        ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listening.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            listening.close();
            throw e;
        }
        var server = new ControlServer(socket, listening, handler);
        Thread.ofPlatform().name("svc").daemon().start(server::accept);
        return server;
    }

    private void accept() {
        try {
            while (true) {
                places.acquire();
                try {
                    SocketChannel client = listening.accept();
                    Thread.ofVirtual().start(() -> serve(client));
                } catch (ClosedChannelException e) {
                    return; // close()
                } catch (IOException e) {
                    places.release();
                    Log.line(LogLevel.WARN, "svc: a request cannot be taken: " + FileTrouble.of(e));
                    Thread.sleep(AFTER_FAILURE); // no descriptor is free, for one
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client) {
        try (client;
                Reader in = new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8);
                OutputStream raw = Channels.newOutputStream(client);
                var out = new PrintStream(raw, false, StandardCharsets.UTF_8)) {
            Thread patience = Thread.ofVirtual().start(() -> closeLater(client));
            List<String> words = words(in);
            patience.interrupt();
            // Whoever follows a log that is silent would otherwise keep its place after it went away.
            Thread serving = Thread.currentThread();
            Thread.ofVirtual().start(() -> interruptAtEnd(client, serving));
            var first = new FirstLine(raw);
            var answer = new PrintStream(first, false, StandardCharsets.UTF_8);
            try {
                int code = handler.answer(words, answer);
                answer.print(ControlClient.END + code + "\n");
                answer.flush();
            } catch (IllegalArgumentException e) {
                // What was printed before stands.
                answer.flush();
                out.print((first.begun ? ControlClient.FAILED : ControlClient.REFUSED)
                        + String.valueOf(e.getMessage()).replace('\n', ' ') + "\n");
            }
            out.flush();
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "svc: a client went away: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    private static void closeLater(SocketChannel client) {
        try {
            Thread.sleep(REQUEST_WITHIN);
            client.close();
        } catch (InterruptedException | IOException e) {
            // It has said what it wants, or is gone.
        }
    }

    private static void interruptAtEnd(SocketChannel client, Thread serving) {
        try {
            while (client.read(ByteBuffer.allocate(1)) >= 0) {
                // A client has nothing more to say.
            }
        } catch (IOException e) {
            // It is gone, or answered.
        }
        serving.interrupt();
    }

    private static List<String> words(Reader in) throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.length() == REQUEST_CHARACTERS_MAX) {
                throw new IOException("a request is one line of at most " + REQUEST_CHARACTERS_MAX + " characters");
            }
            line.append((char) next);
        }
        if (line.isEmpty()) {
            return List.of();
        }
        return List.of(line.substring(0, line.length() - 1).split(WORD_END, -1));
    }

    /** Puts {@code ok} before the first thing that is printed or flushed. */
    private static final class FirstLine extends OutputStream {
        private final OutputStream out;
        private boolean begun;

        FirstLine(OutputStream out) {
            this.out = out;
        }

        private void begin() throws IOException {
            if (!begun) {
                begun = true;
                out.write("ok\n".getBytes(StandardCharsets.US_ASCII));
            }
        }

        @Override
        public void write(int one) throws IOException {
            begin();
            out.write(one);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            begin();
            out.write(bytes, from, length);
        }

        @Override
        public void flush() throws IOException {
            begin();
            out.flush();
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "svc: " + socket + " cannot be removed: " + FileTrouble.of(e));
        }
    }
}
