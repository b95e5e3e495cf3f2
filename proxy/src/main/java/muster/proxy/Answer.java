package muster.proxy;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import muster.proxy.http1.Refusal;

/** A response that the proxy makes itself: short plain text that says what happened and what to do. Made once, as bytes. */
final class Answer {
    private static final Map<Refusal, Answer> REFUSALS = refusals();

    static final Answer HEAD_TIMEOUT = closing(408, "The request head did not arrive in time. Send it again.");
    static final Answer NO_MEMORY = closing(
            503,
            "This balancer has no memory left for a request head as long as this one. Send it again shortly, or with less in it.");
    static final Answer BODY_TIMEOUT = closing(408, "The request body stopped arriving. Send the request again.");

    private final int status;
    private final byte[] bytes;

    private Answer(int status, byte[] bytes) {
        this.status = status;
        this.bytes = bytes;
    }

    int status() {
        return status;
    }

    /** A buffer with the whole response. */
    ByteBuf in(Loop loop) {
        return loop.buffer(bytes.length).writeBytes(bytes);
    }

    static Answer refusing(Refusal refusal) {
        Answer known = REFUSALS.get(refusal);
        return known == null ? closing(refusal.status(), refusal.sentence()) : known;
    }

    private static Map<Refusal, Answer> refusals() {
        Map<Refusal, Answer> all = new EnumMap<>(Refusal.class);
        for (Refusal refusal : Refusal.values()) all.put(refusal, closing(refusal.status(), refusal.sentence()));
        return all;
    }

    static Answer closing(int status, String sentence) {
        return of(status, sentence, "Connection: close\r\n", true);
    }

    /**
     * @param connection a Connection line, or nothing
     * @param withBody false for an answer to HEAD
     */
    static Answer of(int status, String sentence, String connection, boolean withBody) {
        String text = status + " " + reason(status) + "\n" + sentence + "\n";
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        String extra = switch (status) {
            case 405 -> "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
            case 503 -> "Retry-After: 1\r\n";
            default -> "";
        };
        String head = "HTTP/1.1 " + status + " " + reason(status) + "\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: " + body.length + "\r\nCache-Control: no-store\r\n" + extra + connection + "\r\n";
        return new Answer(status, (withBody ? head + text : head).getBytes(StandardCharsets.UTF_8));
    }

    private static String reason(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 417 -> "Expectation Failed";
            case 431 -> "Request Header Fields Too Large";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            case 505 -> "HTTP Version Not Supported";
            default -> "Error";
        };
    }
}
