package muster.proxy.http1;

import static muster.proxy.http1.ForwardedFor.ascii;

/**
 * The request head as the backend gets it: HTTP/1.1, origin form, without what was meant for this hop (RFC 9110 §7.6.1),
 * with what the client's address is. Content-Length passes only when it is the one
 * statement of a length and a plain number; {@code Transfer-Encoding} is written anew.
 */
public final class RequestRewrite {
    private static final byte[] SPACE = ascii(" ");
    private static final byte[] SLASH = ascii("/");
    private static final byte[] STAR = ascii("*");
    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte[] VERSION_LINE_END = ascii(" HTTP/1.1\r\n");
    private static final byte[] HOST = ascii("Host: ");
    private static final byte[] CHUNKED_LINE = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] UPGRADE_LINES = ascii("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    private static final byte[] VIA_LINE = ascii("Via: 1.1 muster\r\n");
    private static final byte[] FORWARDED_FOR = ascii("X-Forwarded-For: ");
    private static final byte[] FORWARDED_HOST = ascii("X-Forwarded-Host: ");
    private static final byte[] COMMA = ascii(", ");

    private RequestRewrite() {}

    /** Writes {@code head}, which has just been parsed, into {@code out}. */
    public static void write(RequestHead head, ForwardedFor client, boolean via, Output out) {
        byte[] b = head.bytes;
        out.clear();
        out.add(b, head.methodStart, head.methodEnd);
        out.add(SPACE);
        writeTarget(head, out);
        out.add(VERSION_LINE_END);
        if (head.hostField < 0) {
            out.add(HOST);
            if (head.authorityStart < head.authorityEnd) out.add(b, head.authorityStart, head.authorityEnd);
            else out.add(client.localAuthority);
            out.add(LINE_END);
        }
        boolean proto = false;
        boolean port = false;
        boolean host = false;
        // Lines that stay are mostly neighbours: copied as one run.
        int runStart = -1;
        int runEnd = -1;
        for (int n = 0; n < head.fields; n++) {
            Field field = head.field[n];
            if (head.nominated[n] || !passes(field, head, client.trusted)) continue;
            proto |= field == Field.X_FORWARDED_PROTO;
            port |= field == Field.X_FORWARDED_PORT;
            host |= field == Field.X_FORWARDED_HOST;
            if (head.lineStart[n] != runEnd) {
                if (runStart >= 0) out.add(b, runStart, runEnd);
                runStart = head.lineStart[n];
            }
            runEnd = head.lineEnd[n];
        }
        if (runStart >= 0) out.add(b, runStart, runEnd);
        if (head.isChunked()) out.add(CHUNKED_LINE);
        if (head.wantsWebSocket()) out.add(UPGRADE_LINES);
        if (via) out.add(VIA_LINE);
        if (client.trusted) {
            writeChain(head, client, out);
            if (!proto) out.add(client.protoLine);
            if (!port) out.add(client.portLine);
        } else {
            out.add(client.allLines);
        }
        if (!host && head.hostField >= 0) {
            out.add(FORWARDED_HOST);
            out.add(b, head.valueStart[head.hostField], head.valueEnd[head.hostField]);
            out.add(LINE_END);
        }
        out.add(LINE_END);
    }

    private static void writeTarget(RequestHead head, Output out) {
        if (head.targetStart == head.targetEnd) {
            out.add(head.method() == RequestHead.Method.OPTIONS ? STAR : SLASH);
            return;
        }
        if (head.bytes[head.targetStart] == '?') out.add(SLASH);
        out.add(head.bytes, head.targetStart, head.targetEnd);
    }

    /** One X-Forwarded-For line: what trusted proxies said in any number of lines, then the peer. */
    private static void writeChain(RequestHead head, ForwardedFor client, Output out) {
        out.add(FORWARDED_FOR);
        for (int n = 0; n < head.fields; n++) {
            if (head.field[n] == Field.X_FORWARDED_FOR && head.valueEnd[n] > head.valueStart[n]) {
                out.add(head.bytes, head.valueStart[n], head.valueEnd[n]);
                out.add(COMMA);
            }
        }
        out.add(client.peer);
        out.add(LINE_END);
    }

    private static boolean passes(Field field, RequestHead head, boolean trusted) {
        return switch (field) {
            case OTHER, HOST, CONTENT_LENGTH, COOKIE, AUTHORIZATION, VIA -> true;
            case EXPECT -> head.isHttp11();
            case FORWARDED, X_REAL_IP, X_FORWARDED_PROTO, X_FORWARDED_PORT, X_FORWARDED_HOST -> trusted;
            case UNDERSCORE_TWIN,
                    TRANSFER_ENCODING,
                    CONNECTION,
                    KEEP_ALIVE,
                    PROXY_CONNECTION,
                    PROXY_AUTHENTICATE,
                    PROXY_AUTHORIZATION,
                    PROXY,
                    TE,
                    TRAILER,
                    UPGRADE,
                    HTTP2_SETTINGS,
                    X_FORWARDED_FOR -> false;
        };
    }
}
