package muster.proxy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client that sends exactly the bytes that it is given. */
final class RawClient implements AutoCloseable {
    final Socket socket;
    private final InputStream in;

    RawClient(int port) {
        try {
            socket = new Socket();
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
            socket.setSoTimeout((int) Stage.PATIENCE.toMillis());
            socket.setTcpNoDelay(true);
            in = socket.getInputStream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    RawClient send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return this;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Sends zeros from a thread of its own until the connection ends, by whichever side. */
    Thread sendForEver() {
        return Thread.ofVirtual().start(() -> {
            try {
                byte[] part = new byte[64 << 10];
                while (true) socket.getOutputStream().write(part);
            } catch (IOException _) {
                // That is the end.
            }
        });
    }

    /** What the kernel does for a process that is killed with bytes unread. */
    void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The next response, its body by Content-Length or chunks; "" when the connection ends before it. */
    Response read() {
        return read(true);
    }

    Response readToHead() {
        return read(false);
    }

    private Response read(boolean body) {
        try {
            var head = new ByteArrayOutputStream();
            int matched = 0;
            while (matched < 4) {
                int c = in.read();
                if (c < 0) return new Response(head.toString(StandardCharsets.ISO_8859_1), "");
                head.write(c);
                matched = c == "\r\n\r\n".charAt(matched) ? matched + 1 : c == '\r' ? 1 : 0;
            }
            String text = head.toString(StandardCharsets.ISO_8859_1);
            if (!body) return new Response(text, "");
            String lower = text.toLowerCase(Locale.ROOT);
            if (text.startsWith("HTTP/1.1 1") || text.startsWith("HTTP/1.1 204") || text.startsWith("HTTP/1.1 304")) {
                return new Response(text, "");
            }
            if (lower.contains("transfer-encoding: chunked")) return new Response(text, readChunked());
            int at = lower.indexOf("content-length: ");
            if (at < 0) return new Response(text, readToEnd());
            int length = Integer.parseInt(
                    lower.substring(at + 16, lower.indexOf('\r', at)).trim());
            return new Response(text, new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
        } catch (SocketException _) {
            return new Response("", "");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String readChunked() throws IOException {
        var body = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(readLine(), 16);
            body.append(new String(in.readNBytes(size), StandardCharsets.ISO_8859_1));
            readLine();
            if (size == 0) return body.toString();
        }
    }

    private String readLine() throws IOException {
        var line = new StringBuilder();
        int c = in.read();
        while (c >= 0 && c != '\n') {
            if (c != '\r') line.append((char) c);
            c = in.read();
        }
        return line.toString();
    }

    byte[] readExactly(int bytes) {
        try {
            return in.readNBytes(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    String readToEnd() {
        var all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (SocketException _) {
            // A reset ends it too.
            all.writeBytes("<reset>".getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new AssertionError("after " + all, e);
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** There is something to read. */
    boolean isAnswered() {
        try {
            return in.available() > 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    boolean isClosedByProxy() {
        try {
            return in.read() < 0;
        } catch (SocketException _) {
            return true;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    void endInput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    record Response(String head, String body) {
        int status() {
            return head.isEmpty() ? 0 : Integer.parseInt(head.substring(9, 12));
        }
    }
}
