package muster.proxy.http1;

import java.nio.charset.StandardCharsets;

/** The head of a request, read strictly (RFC 9112 §3, §5, §6; RFC 9110 §7). */
public final class RequestHead extends Head {
    /** What matters about a method: whether it is safe (RFC 9110 §9.2.1), idempotent, or not served. */
    public enum Method {
        GET,
        HEAD,
        OPTIONS,
        POST,
        PUT,
        DELETE,
        OTHER;

        /** Asking twice does no harm. */
        public boolean safe() {
            return this == GET || this == HEAD || this == OPTIONS;
        }

        /** Asking twice ends in the same state, though the second answer may differ. */
        public boolean idempotent() {
            return safe() || this == PUT || this == DELETE;
        }
    }

    /** Longer than any registered method (17: UPDATEREDIRECTREF). */
    private static final int METHOD_BYTES_MAX = 32;
    /** Empty lines before a request are taken, as RFC 9112 §2.2 asks, but nobody needs many. */
    private static final int EMPTY_LINES_MAX = 4;

    private static final byte[] CONTINUE = "100-continue".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HTTP_SCHEME = "http://".getBytes(StandardCharsets.US_ASCII);

    private Method method = Method.OTHER;
    int methodStart;
    int methodEnd;
    /** What the backend is asked for: the origin form of the target. Empty in the absolute form without a path. */
    int targetStart;

    int targetEnd;
    /** The host of a target in the absolute form; empty in the others. */
    int authorityStart;

    int authorityEnd;
    int hostField;
    private boolean expectContinue;

    public RequestHead(HeadLimits limits) {
        super(limits);
    }

    /**
     * Reads the request head at {@code from}. Returns the index after it, {@link #NEED_MORE} or {@link #REFUSED}.
     * Refuses as soon as it sees a reason, so a client that sends a wrong line end is answered, not waited for.
     */
    public int parse(byte[] bytes, int from, int to) {
        reset(bytes);
        method = Method.OTHER;
        hostField = -1;
        expectContinue = false;
        authorityStart = authorityEnd = 0;
        int limit = Math.min(to, from + limits.headBytes());
        int end = parseLineAndFields(from, limit);
        if (end == NEED_MORE && limit < to) end = refuse(Refusal.HEAD_TOO_LONG);
        if (end == NEED_MORE && limit - from >= limits.headBytes()) end = refuse(Refusal.HEAD_TOO_LONG);
        return end < 0 || takeFields() ? end : REFUSED;
    }

    private int parseLineAndFields(int from, int to) {
        byte[] b = bytes;
        int i = from;
        for (int empty = 0; i < to && b[i] == '\r'; empty++) {
            if (empty == EMPTY_LINES_MAX) return refuse(Refusal.REQUEST_LINE);
            i = parseLineEnd(i, to, Refusal.REQUEST_LINE);
            if (i < 0) return i;
        }
        methodStart = i;
        while (i < to && Characters.isToken(b[i])) i++;
        if (i - methodStart > METHOD_BYTES_MAX) return refuse(Refusal.METHOD_UNKNOWN);
        if (i == to) return NEED_MORE;
        if (b[i] != ' ' || i == methodStart) return refuse(b[i] == '\n' ? Refusal.BARE_LINE_END : Refusal.REQUEST_LINE);
        methodEnd = i;
        targetStart = ++i;
        int lineLimit = Math.min(to, methodStart + limits.lineBytes());
        while (i < lineLimit && Characters.isTarget(b[i])) i++;
        if (i == lineLimit) return i < to ? refuse(Refusal.LINE_TOO_LONG) : NEED_MORE;
        if (b[i] != ' ') {
            boolean control = (b[i] >= 0 && b[i] < 0x20) || b[i] == 0x7f;
            return refuse(b[i] == '\n' ? Refusal.BARE_LINE_END : control ? Refusal.REQUEST_LINE : Refusal.TARGET);
        }
        if (i == targetStart) return refuse(Refusal.REQUEST_LINE);
        targetEnd = i;
        int afterVersion = parseVersion(i + 1, to, Refusal.REQUEST_LINE);
        if (afterVersion < 0) return afterVersion;
        int afterLine = parseLineEnd(afterVersion, to, Refusal.REQUEST_LINE);
        if (afterLine < 0) return afterLine;
        if (!takeMethod() || !takeTarget()) return REFUSED;
        return parseFields(afterLine, to);
    }

    private boolean takeMethod() {
        switch (methodEnd - methodStart) {
            case 3 -> method = methodIs("GET") ? Method.GET : methodIs("PUT") ? Method.PUT : Method.OTHER;
            case 4 -> method = methodIs("POST") ? Method.POST : methodIs("HEAD") ? Method.HEAD : Method.OTHER;
            case 5 -> {
                if (methodIs("TRACE")) return fail(Refusal.METHOD_NOT_ALLOWED);
            }
            case 6 -> method = methodIs("DELETE") ? Method.DELETE : Method.OTHER;
            case 7 -> {
                if (methodIs("CONNECT")) return fail(Refusal.METHOD_UNKNOWN);
                method = methodIs("OPTIONS") ? Method.OPTIONS : Method.OTHER;
            }
            default -> method = Method.OTHER;
        }
        return true;
    }

    private boolean methodIs(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (bytes[methodStart + i] != name.charAt(i)) return false;
        }
        return true;
    }

    private boolean takeTarget() {
        byte first = bytes[targetStart];
        if (first == '/') return true;
        if (first == '*' && targetEnd == targetStart + 1 && method == Method.OPTIONS) return true;
        int afterScheme = targetStart + HTTP_SCHEME.length;
        if (afterScheme >= targetEnd || !Characters.equalsIgnoreCase(bytes, targetStart, afterScheme, HTTP_SCHEME)) {
            return fail(Refusal.TARGET);
        }
        int i = afterScheme;
        while (i < targetEnd && bytes[i] != '/' && bytes[i] != '?') i++;
        if (!isAuthority(afterScheme, i)) return fail(Refusal.TARGET);
        authorityStart = afterScheme;
        authorityEnd = i;
        targetStart = i;
        return true;
    }

    private boolean takeFields() {
        for (int n = 0; n < fields; n++) {
            switch (field[n]) {
                case HOST -> {
                    if (hostField >= 0) return fail(Refusal.HOST_REPEATED);
                    hostField = n;
                }
                case EXPECT -> {
                    if (http11 && !valueIs(n, CONTINUE)) return fail(Refusal.EXPECTATION);
                    expectContinue = http11;
                }
                default -> {
                    if (!takeTravelField(n)) return false;
                }
            }
        }
        if (chunked && contentLength >= 0) return fail(Refusal.LENGTH_AND_CODING);
        if (hostField < 0) return !http11 || fail(Refusal.HOST_MISSING);
        if (!isAuthority(valueStart[hostField], valueEnd[hostField])) return fail(Refusal.HOST_INVALID);
        if (authorityEnd > authorityStart
                && !Characters.equalsIgnoreCase(
                        bytes, authorityStart, authorityEnd, bytes, valueStart[hostField], valueEnd[hostField])) {
            return fail(Refusal.HOST_MISMATCH);
        }
        return true;
    }

    /** host [":" port], where the host is a name, an IPv4 address or an IPv6 address in brackets. */
    private boolean isAuthority(int from, int to) {
        int i = from;
        if (i < to && bytes[i] == '[') {
            i++;
            while (i < to && (Characters.isHex(bytes[i]) || bytes[i] == ':' || bytes[i] == '.')) i++;
            if (i == to || bytes[i] != ']' || i < from + 3) return false;
            i++;
        } else {
            while (i < to && Characters.isHost(bytes[i])) i++;
            if (i == from) return false;
        }
        if (i == to) return true;
        if (bytes[i++] != ':' || to - i > 5) return false;
        while (i < to && Characters.isDigit(bytes[i])) i++;
        return i == to;
    }

    public Method method() {
        return method;
    }

    public boolean isHttp11() {
        return http11;
    }

    /** Whether a body follows, even an empty chunked one. */
    public boolean hasBody() {
        return chunked || contentLength > 0;
    }

    /** The client waits for "100 Continue" before it sends the body. */
    public boolean expectsContinue() {
        return expectContinue && hasBody();
    }

    /** The client wants this connection to become a WebSocket; another kind of upgrade is not offered to backends. */
    public boolean wantsWebSocket() {
        return upgradeWebSocket && connectionUpgrade && http11 && method == Method.GET && !hasBody();
    }

    /** The client may send another request after this one. */
    public boolean keepsAlive() {
        return persistent();
    }
}
