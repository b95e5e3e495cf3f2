package muster.proxy.http1;

import static muster.proxy.http1.ForwardedFor.ascii;

/** The response head as the client gets it: without what the backend meant for this hop. */
public final class ResponseRewrite {
    /** What the client is told of its connection. */
    public enum Connection {
        /** Nothing: HTTP/1.1 keeps it by default. */
        KEPT,
        /** HTTP/1.0 must be told. */
        KEPT_SAID,
        CLOSED,
        UPGRADED
    }

    private static final byte[] VERSION = ascii("HTTP/1.1 ");
    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte[] CHUNKED_LINE = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] CLOSE_LINE = ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE_LINE = ascii("Connection: keep-alive\r\n");
    private static final byte[] UPGRADE_LINES = ascii("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    private static final byte[] VIA_LINE = ascii("Via: 1.1 muster\r\n");

    private ResponseRewrite() {}

    /**
     * Writes {@code head}, which has just been parsed, into {@code out}.
     *
     * @param chunked the body goes to the client in chunks
     * @param length pass Content-Length, which some responses must not have
     */
    public static void write(
            ResponseHead head, boolean chunked, boolean length, Connection connection, boolean via, Output out) {
        byte[] b = head.bytes;
        out.clear();
        out.add(VERSION);
        out.add(b, head.statusStart, head.statusEnd);
        out.add(LINE_END);
        int runStart = -1;
        int runEnd = -1;
        for (int n = 0; n < head.fields; n++) {
            if (head.nominated[n] || !passes(head.field[n], length)) continue;
            if (head.lineStart[n] != runEnd) {
                if (runStart >= 0) out.add(b, runStart, runEnd);
                runStart = head.lineStart[n];
            }
            runEnd = head.lineEnd[n];
        }
        if (runStart >= 0) out.add(b, runStart, runEnd);
        if (chunked) out.add(CHUNKED_LINE);
        switch (connection) {
            case KEPT -> {}
            case KEPT_SAID -> out.add(KEEP_ALIVE_LINE);
            case CLOSED -> out.add(CLOSE_LINE);
            case UPGRADED -> out.add(UPGRADE_LINES);
        }
        if (via) out.add(VIA_LINE);
        out.add(LINE_END);
    }

    private static boolean passes(Field field, boolean length) {
        return switch (field) {
            case CONTENT_LENGTH -> length;
            case TRANSFER_ENCODING,
                    CONNECTION,
                    KEEP_ALIVE,
                    PROXY_CONNECTION,
                    PROXY_AUTHENTICATE,
                    PROXY_AUTHORIZATION,
                    PROXY,
                    TE,
                    TRAILER,
                    UPGRADE,
                    HTTP2_SETTINGS -> false;
            case OTHER,
                    UNDERSCORE_TWIN,
                    HOST,
                    EXPECT,
                    COOKIE,
                    AUTHORIZATION,
                    VIA,
                    FORWARDED,
                    X_REAL_IP,
                    X_FORWARDED_FOR,
                    X_FORWARDED_PROTO,
                    X_FORWARDED_PORT,
                    X_FORWARDED_HOST -> true;
        };
    }
}
