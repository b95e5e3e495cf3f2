package muster.proof.harness;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One HTTP/1.1 connection of a client that never forgives: no retry, no redirect, every byte of an answer is read. The JDK's own
 * client is not used because it sends a request again when a connection fails, and so hides what is to be measured.
 */
public final class Connection implements AutoCloseable {

    private static final int HEAD_BYTES_MAX =
            64 << 10; // far above what any answer here has; ends the reading of garbage

    /** An answer, whole. Header names are in lower case. */
    public record Answer(int status, Map<String, String> headers, String text) {

        boolean closes() {
            return headers.getOrDefault("connection", "")
                    .toLowerCase(Locale.ROOT)
                    .contains("close");
        }
    }

    private final Socket socket = new Socket(Proxy.NO_PROXY);
    private final InputStream in;

    /** @param to HOST:PORT */
    public Connection(String to, Duration timeout) throws IOException {
        int colon = to.lastIndexOf(':');
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) timeout.toMillis());
            socket.connect(
                    new InetSocketAddress(to.substring(0, colon), Integer.parseInt(to.substring(colon + 1))),
                    (int) timeout.toMillis());
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends one request and reads its answer. */
    public Answer exchange(String method, String target, String headers, byte[] body) throws IOException {
        var request = new ByteArrayOutputStream();
        request.writeBytes((method + " " + target + " HTTP/1.1\r\nHost: proof\r\n" + headers
                        + (body.length > 0 ? "Content-Length: " + body.length + "\r\n" : "") + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        socket.getOutputStream().write(request.toByteArray());
        return answer(method.equals("HEAD"));
    }

    private Answer answer(boolean headOnly) throws IOException {
        var statusLine = line();
        var parts = statusLine.split(" ", 3);
        if (parts.length < 2 || !parts[0].equals("HTTP/1.1")) {
            throw new IOException("not an answer of HTTP/1.1: " + statusLine);
        }
        int status = Integer.parseInt(parts[1]);
        var headers = new TreeMap<String, String>();
        for (var line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (a, b) -> a + ", " + b);
        }
        return new Answer(status, headers, headOnly ? "" : new String(body(headers), StandardCharsets.UTF_8));
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            var body = new ByteArrayOutputStream();
            for (int size = chunkSize(); size > 0; size = chunkSize()) {
                body.writeBytes(exactly(size));
                line();
            }
            while (!line().isEmpty()) { // trailers
            }
            return body.toByteArray();
        }
        var length = headers.get("content-length");
        return length == null ? in.readAllBytes() : exactly(Integer.parseInt(length));
    }

    private int chunkSize() throws IOException {
        return Integer.parseInt(line().split(";", 2)[0].strip(), 16);
    }

    private byte[] exactly(int size) throws IOException {
        var bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("the body ended after " + bytes.length + " of " + size + " bytes");
        }
        return bytes;
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException(line.isEmpty() ? "closed without an answer" : "closed inside a line: " + line);
            }
            if (line.length() > HEAD_BYTES_MAX) {
                throw new IOException("a line of more than " + HEAD_BYTES_MAX + " bytes");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError("closing a socket failed", e);
        }
    }
}
