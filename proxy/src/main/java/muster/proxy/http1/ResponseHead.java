package muster.proxy.http1;

import java.nio.charset.StandardCharsets;

/** The head of a response, read as strictly as that of a request. */
public final class ResponseHead extends Head {
    private static final byte[] TIMEOUT = "timeout=".getBytes(StandardCharsets.US_ASCII);

    private int status;
    /** The status code and reason phrase, without the version and the line end. */
    int statusStart;

    int statusEnd;
    private int keepAliveSeconds;

    public ResponseHead(HeadLimits limits) {
        super(limits);
    }

    /** Reads the response head at {@code from}. Returns the index after it, {@link #NEED_MORE} or {@link #REFUSED}. */
    public int parse(byte[] bytes, int from, int to) {
        reset(bytes);
        status = 0;
        keepAliveSeconds = -1;
        int limit = Math.min(to, from + limits.headBytes());
        int end = parseLineAndFields(from, limit);
        if (end == NEED_MORE && limit - from >= limits.headBytes()) end = refuse(Refusal.HEAD_TOO_LONG);
        return end < 0 || takeFields() ? end : REFUSED;
    }

    private int parseLineAndFields(int from, int to) {
        byte[] b = bytes;
        int i = parseVersion(from, to, Refusal.STATUS_LINE);
        if (i < 0) return i;
        if (i + 4 >= to) return NEED_MORE;
        if (b[i] != ' ') return refuse(Refusal.STATUS_LINE);
        statusStart = i + 1;
        for (int k = 1; k <= 3; k++) {
            if (!Characters.isDigit(b[i + k])) return refuse(Refusal.STATUS_LINE);
            status = status * 10 + b[i + k] - '0';
        }
        if (status < 100 || status > 599) return refuse(Refusal.STATUS_LINE);
        i += 4;
        if (b[i] == ' ') {
            i = Characters.controlCharacter(b, i, to);
        }
        statusEnd = i;
        int afterLine = parseLineEnd(i, to, Refusal.STATUS_LINE);
        if (afterLine < 0) return afterLine;
        if (statusEnd - from > limits.lineBytes()) return refuse(Refusal.LINE_TOO_LONG);
        return parseFields(afterLine, to);
    }

    private boolean takeFields() {
        for (int n = 0; n < fields; n++) {
            if (field[n] == Field.KEEP_ALIVE) {
                takeKeepAlive(n);
            } else if (!takeTravelField(n)) {
                return false;
            }
        }
        return !(chunked && contentLength >= 0) || fail(Refusal.LENGTH_AND_CODING);
    }

    /** Only a hint, so what is not understood is left alone. */
    private void takeKeepAlive(int n) {
        for (int i = valueStart[n]; i + TIMEOUT.length < valueEnd[n]; i++) {
            if (Characters.equalsIgnoreCase(bytes, i, i + TIMEOUT.length, TIMEOUT)) {
                int seconds = 0;
                for (int k = i + TIMEOUT.length;
                        k < valueEnd[n] && Characters.isDigit(bytes[k]) && seconds < 100_000;
                        k++) {
                    seconds = seconds * 10 + bytes[k] - '0';
                }
                keepAliveSeconds = seconds;
                return;
            }
        }
    }

    public int status() {
        return status;
    }

    /** An interim response: the final one follows. */
    public boolean isInterim() {
        return status < 200 && status != 101;
    }

    /** Whether no body can follow whatever the fields say, apart from the method of the request. */
    public boolean neverHasBody() {
        return status < 200 || status == 204 || status == 304;
    }

    /** The backend may get another request on this connection, by what it said. */
    public boolean keepsAlive() {
        return persistent();
    }

    /** It agreed to the WebSocket that it was asked for. */
    public boolean switchesToWebSocket() {
        return status == 101 && upgradeWebSocket && connectionUpgrade;
    }

    /** How long the backend keeps an idle connection, in seconds, when it says so; else -1. */
    public int keepAliveSeconds() {
        return keepAliveSeconds;
    }
}
