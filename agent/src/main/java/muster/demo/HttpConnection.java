package muster.demo;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a plain HTTP/1.1 client that never tries anything twice.
 *
 * <p>That is the point of it: the JDK's client silently repeats a GET whose connection broke, and so would hide the very failures
 * that the demo counts. Used by one thread at a time.
 */
final class HttpConnection implements AutoCloseable {
    private static final int LINE_BYTES_MAX = 16_384;
    private static final int HEADERS_MAX = 100;
    private static final int BODY_BYTES_MAX = 16 * 1_024 * 1_024;

    private final InetSocketAddress server;
    private final Socket socket;
    private final InputStream in;
    private boolean reusable = true;

    /** When the last answer was complete, of {@link System#nanoTime}. */
    private long idleSinceNanos = System.nanoTime();

    /**
     * An answer, read to its end.
     *
     * @param headers names in lower case; of a repeated one the last
     */
    record Answer(int status, Map<String, String> headers, String body) {
        @Nullable
        String header(String name) {
            return headers.get(name.toLowerCase(Locale.ROOT));
        }
    }

    /** Connects; {@code timeout} holds for this and for each wait for bytes. */
    HttpConnection(InetSocketAddress server, Duration timeout) throws IOException {
        this.server = server;
        this.socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(server, (int) timeout.toMillis());
            socket.setSoTimeout((int) timeout.toMillis());
            this.in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    Answer get(String target, boolean close) throws IOException {
        reusable = false;
        String request = "GET " + target + " HTTP/1.1\r\nHost: " + server.getHostString() + ":" + server.getPort()
                + "\r\n" + (close ? "Connection: close\r\n" : "") + "\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));

        String statusLine = line();
        if (!statusLine.matches("HTTP/1\\.1 [1-5][0-9]{2}( .*)?")) {
            throw new ProtocolException("not a status line: '" + statusLine + "'");
        }
        int status = Integer.parseInt(statusLine.substring(9, 12));
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon <= 0 || headers.size() == HEADERS_MAX) {
                throw new ProtocolException(colon <= 0 ? "not a header: '" + line + "'" : "too many headers");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        String body = new String(body(headers), StandardCharsets.UTF_8);
        boolean told = "close".equalsIgnoreCase(headers.get("connection"));
        boolean framed = headers.containsKey("content-length") || headers.containsKey("transfer-encoding");
        reusable = !close && !told && framed;
        idleSinceNanos = System.nanoTime();
        return new Answer(status, headers, body);
    }

    boolean reusable() {
        return reusable;
    }

    long idleNanos() {
        return System.nanoTime() - idleSinceNanos;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException ignored) {
            // Nothing is lost: the answer was read, or its failure is already known.
        }
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        String coding = headers.get("transfer-encoding");
        if (coding != null) {
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new ProtocolException("cannot read the transfer coding '" + coding + "'");
            }
            return chunks();
        }
        String length = headers.get("content-length");
        if (length != null) {
            return exactly(number(length, 10));
        }
        byte[] rest = in.readNBytes(BODY_BYTES_MAX + 1);
        return exactLimit(rest);
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int size = number(line().split(";", 2)[0].strip(), 16);
            if (size == 0) {
                while (!line().isEmpty()) {
                    // Trailers: nobody here wants them.
                }
                return body.toByteArray();
            }
            body.writeBytes(exactly(size));
            if (body.size() > BODY_BYTES_MAX || !line().isEmpty()) {
                throw new ProtocolException("a chunk without an end, or too long a body");
            }
        }
    }

    private static int number(String text, int radix) throws IOException {
        try {
            int number = Integer.parseInt(text, radix);
            if (number >= 0 && number <= BODY_BYTES_MAX) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ProtocolException("not a length: '" + text + "'");
    }

    private byte[] exactly(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("closed after " + bytes.length + " of " + count + " bytes of the body");
        }
        return bytes;
    }

    private static byte[] exactLimit(byte[] bytes) throws IOException {
        if (bytes.length > BODY_BYTES_MAX) {
            throw new ProtocolException("a body of more than " + BODY_BYTES_MAX + " bytes");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException(line.isEmpty() ? "closed without an answer" : "closed inside the head");
            }
            if (line.length() == LINE_BYTES_MAX) {
                throw new ProtocolException("a line of more than " + LINE_BYTES_MAX + " bytes");
            }
            line.append((char) b);
        }
        if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
            line.setLength(line.length() - 1);
        }
        return line.toString();
    }
}
