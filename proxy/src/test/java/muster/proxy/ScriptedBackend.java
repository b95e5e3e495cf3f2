package muster.proxy;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A real server socket whose connections follow a script. */
final class ScriptedBackend implements AutoCloseable {
    /** What one connection does; an exception ends it. */
    @FunctionalInterface
    interface Script {
        void play(Connection connection) throws IOException, InterruptedException;
    }

    final AtomicInteger connections = new AtomicInteger();
    /** Request heads as they arrived, with bodies where the script reads them. */
    final List<String> heads = new CopyOnWriteArrayList<>();

    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final ServerSocket server;
    private final Script script;

    ScriptedBackend(Script script) {
        this(script, 0);
    }

    ScriptedBackend(Script script, int port) {
        this.script = script;
        try {
            server = new ServerSocket();
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_024);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** Answers every request with 200 and this body, and keeps the connection. */
    static Script answering(String body) {
        return connection -> {
            while (connection.readRequest() != null) connection.respond(200, body);
        };
    }

    int port() {
        return server.getLocalPort();
    }

    int openConnections() {
        return (int) open.stream().filter(s -> !s.isClosed()).count();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                int number = connections.incrementAndGet();
                Thread.ofVirtual().start(() -> play(socket, number));
            } catch (IOException _) {
                // Closed, or this process has no file descriptor left for the moment.
                Stage.pause();
            }
        }
    }

    private void play(Socket socket, int number) {
        try (socket) {
            script.play(new Connection(socket, number));
        } catch (IOException | InterruptedException _) {
            // The other side went away, or the test is over.
        } finally {
            open.remove(socket);
        }
    }

    /** Refuses connections from now on; those that are open stay. */
    void stopListening() {
        try {
            server.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        // The thread that waits in accept may keep the listener alive for a moment.
        Stage.await("nobody listens", () -> {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
                return !probe.isConnected();
            } catch (IOException _) {
                return true;
            }
        });
    }

    /** What the kernel does for a process that is killed: no listener, every connection reset. */
    void kill() {
        stopListening();
        for (Socket socket : open) {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (IOException _) {
                // Closed already.
            }
        }
    }

    @Override
    public void close() {
        kill();
    }

    final class Connection {
        final Socket socket;
        /** Counts from 1. */
        final int number;

        private final InputStream in;

        Connection(Socket socket, int number) throws IOException {
            this.socket = socket;
            this.number = number;
            this.in = new BufferedInputStream(socket.getInputStream());
        }

        /** The next request head, without its body; null at the end. */
        String readHead() throws IOException {
            var bytes = new ByteArrayOutputStream();
            int matched = 0;
            while (matched < 4) {
                int c = in.read();
                if (c < 0) return null;
                bytes.write(c);
                matched = c == "\r\n\r\n".charAt(matched) ? matched + 1 : c == '\r' ? 1 : 0;
            }
            String head = bytes.toString(StandardCharsets.ISO_8859_1);
            heads.add(head);
            return head;
        }

        /** The next request, its body read too; null at the end. */
        String readRequest() throws IOException {
            String head = readHead();
            if (head == null) return null;
            String lower = head.toLowerCase(java.util.Locale.ROOT);
            if (lower.contains("transfer-encoding: chunked")) return head + readChunked();
            int at = lower.indexOf("content-length: ");
            if (at < 0) return head;
            int length = Integer.parseInt(
                    lower.substring(at + 16, lower.indexOf('\r', at)).trim());
            return head + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
        }

        private String readChunked() throws IOException {
            var raw = new StringBuilder();
            while (true) {
                String line = readLine();
                raw.append(line).append("\r\n");
                int size = Integer.parseInt(line, 16);
                raw.append(new String(in.readNBytes(size), StandardCharsets.ISO_8859_1));
                raw.append(readLine()).append("\r\n");
                if (size == 0) return raw.toString();
            }
        }

        private String readLine() throws IOException {
            var line = new StringBuilder();
            int c = in.read();
            while (c >= 0 && c != '\n') {
                if (c != '\r') line.append((char) c);
                c = in.read();
            }
            if (c < 0) throw new EOFException();
            return line.toString();
        }

        int read() throws IOException {
            return in.read();
        }

        byte[] readExactly(int bytes) throws IOException {
            return in.readNBytes(bytes);
        }

        void respond(int status, String body) throws IOException {
            write("HTTP/1.1 " + status + " Test\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        }

        void write(String text) throws IOException {
            write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        void write(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }
}
