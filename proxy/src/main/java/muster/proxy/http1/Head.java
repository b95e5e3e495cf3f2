package muster.proxy.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What requests and responses have in common: header lines, and the fields that say how a message travels.
 *
 * <p>A head is read in place: it keeps offsets into the caller's array, which must stay as it is until the next
 * {@code parse} or until the head has been rewritten.
 */
public abstract sealed class Head permits RequestHead, ResponseHead {
    /** {@code parse} found no end yet: call again with more bytes, from the beginning. */
    public static final int NEED_MORE = -1;
    /** {@code parse} found something wrong: see {@link #refusal()}. */
    public static final int REFUSED = -2;

    /** Longer decimal numbers could overflow. */
    private static final int LENGTH_DIGITS_MAX = 18;

    /**
     * Names in Connection, all lines together. Each is compared with each field, so many of them are work for nothing; those
     * that are known need no more than a handful.
     */
    private static final int CONNECTION_OPTIONS_MAX = 32;

    private static final byte[] CHUNKED = "chunked".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UPGRADE = "upgrade".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] WEBSOCKET = "websocket".getBytes(StandardCharsets.US_ASCII);

    final HeadLimits limits;
    byte[] bytes = new byte[0];

    // One header line per index: [lineStart, nameEnd) is the name, [valueStart, valueEnd) the value without white space
    // around it, lineEnd the index after CR LF.
    int fields;
    final int[] lineStart;
    final int[] nameEnd;
    final int[] valueStart;
    final int[] valueEnd;
    final int[] lineEnd;
    final Field[] field;
    /** Named by Connection, so not for the next hop. */
    final boolean[] nominated;

    boolean http11;
    boolean chunked;
    long contentLength;
    boolean connectionClose;
    boolean connectionKeepAlive;
    boolean connectionUpgrade;
    boolean upgradeWebSocket;
    private int connectionOptions;
    private @Nullable Refusal refusal;

    Head(HeadLimits limits) {
        this.limits = limits;
        lineStart = new int[limits.fields()];
        nameEnd = new int[limits.fields()];
        valueStart = new int[limits.fields()];
        valueEnd = new int[limits.fields()];
        lineEnd = new int[limits.fields()];
        field = new Field[limits.fields()];
        nominated = new boolean[limits.fields()];
        Arrays.fill(field, Field.OTHER);
    }

    /** Why the last {@code parse} returned {@link #REFUSED}. */
    public Refusal refusal() {
        return refusal == null ? Refusal.REQUEST_LINE : refusal;
    }

    public boolean isChunked() {
        return chunked;
    }

    /** In bytes, or -1 when there is no Content-Length. */
    public long contentLength() {
        return contentLength;
    }

    final int refuse(Refusal why) {
        refusal = why;
        return REFUSED;
    }

    /** {@link #refuse} for those who answer yes or no. */
    final boolean fail(Refusal why) {
        refusal = why;
        return false;
    }

    final void reset(byte[] bytes) {
        this.bytes = bytes;
        fields = 0;
        http11 = false;
        chunked = false;
        contentLength = -1;
        connectionClose = false;
        connectionKeepAlive = false;
        connectionUpgrade = false;
        upgradeWebSocket = false;
        connectionOptions = 0;
        refusal = null;
    }

    /**
     * Reads the version at {@code i}, eight bytes. Returns the index after it, {@link #NEED_MORE} or {@link #REFUSED};
     * {@code malformed} is the refusal for something that is no version at all.
     */
    final int parseVersion(int i, int to, Refusal malformed) {
        byte[] b = bytes;
        String http = "HTTP/";
        for (int k = 0; k < 5; k++) {
            if (i + k >= to) return NEED_MORE;
            if (b[i + k] != http.charAt(k)) return refuse(malformed);
        }
        if (i + 8 > to) return NEED_MORE;
        if (!Characters.isDigit(b[i + 5]) || b[i + 6] != '.' || !Characters.isDigit(b[i + 7])) return refuse(malformed);
        if (b[i + 5] != '1' || b[i + 7] > '1') return refuse(Refusal.VERSION);
        http11 = b[i + 7] == '1';
        return i + 8;
    }

    /** Expects CR LF at {@code i}. Returns the index after it, {@link #NEED_MORE} or {@link #REFUSED}. */
    final int parseLineEnd(int i, int to, Refusal malformed) {
        if (i >= to) return NEED_MORE;
        if (bytes[i] == '\n') return refuse(Refusal.BARE_LINE_END);
        if (bytes[i] != '\r') return refuse(malformed);
        if (i + 1 >= to) return NEED_MORE;
        return bytes[i + 1] == '\n' ? i + 2 : refuse(Refusal.BARE_LINE_END);
    }

    /** Reads header lines and the empty line. Returns the index after it, {@link #NEED_MORE} or {@link #REFUSED}. */
    final int parseFields(int start, int to) {
        byte[] b = bytes;
        int i = start;
        while (true) {
            if (i >= to) return NEED_MORE;
            byte first = b[i];
            if (first == '\r' || first == '\n') return parseLineEnd(i, to, Refusal.BARE_LINE_END);
            if (first == ' ' || first == '\t') return refuse(Refusal.FOLDED_LINE);
            int n = fields;
            if (n == lineStart.length) return refuse(Refusal.TOO_MANY_FIELDS);
            int colon = i;
            while (colon < to && Characters.isToken(b[colon])) colon++;
            if (colon == to) return NEED_MORE;
            if (b[colon] != ':' || colon == i) return refuse(Refusal.FIELD_NAME);
            int from = colon + 1;
            while (from < to && (b[from] == ' ' || b[from] == '\t')) from++;
            int end = Characters.controlCharacter(b, from, to);
            if (end == to) return NEED_MORE;
            int next = parseLineEnd(end, to, Refusal.CONTROL_CHARACTER);
            if (next < 0) return next;
            int last = end;
            while (last > from && (b[last - 1] == ' ' || b[last - 1] == '\t')) last--;
            lineStart[n] = i;
            nameEnd[n] = colon;
            valueStart[n] = from;
            valueEnd[n] = last;
            lineEnd[n] = next;
            nominated[n] = false;
            field[n] = Field.of(b, i, colon);
            fields = n + 1;
            i = next;
        }
    }

    /** Takes one field's part in framing and connection; false when it is wrong, with the refusal set. */
    final boolean takeTravelField(int n) {
        return switch (field[n]) {
            case CONTENT_LENGTH -> takeContentLength(n);
            case TRANSFER_ENCODING -> takeTransferEncoding(n);
            case CONNECTION -> takeConnection(n);
            case UPGRADE -> {
                upgradeWebSocket = valueIs(n, WEBSOCKET);
                yield true;
            }
            default -> true;
        };
    }

    private boolean takeContentLength(int n) {
        if (contentLength >= 0) return fail(Refusal.LENGTH_REPEATED);
        int from = valueStart[n];
        int to = valueEnd[n];
        if (from == to || to - from > LENGTH_DIGITS_MAX) return fail(Refusal.LENGTH_INVALID);
        long length = 0;
        for (int i = from; i < to; i++) {
            if (!Characters.isDigit(bytes[i])) return fail(Refusal.LENGTH_INVALID);
            length = length * 10 + bytes[i] - '0';
        }
        contentLength = length;
        return true;
    }

    private boolean takeTransferEncoding(int n) {
        if (chunked) return fail(Refusal.CODING_INVALID);
        if (!http11) return fail(Refusal.CODING_OLD_VERSION);
        if (!valueIs(n, CHUNKED)) {
            // One other token is an honest coding that is not spoken here; anything else hides something.
            boolean token = valueStart[n] < valueEnd[n];
            for (int i = valueStart[n]; i < valueEnd[n]; i++) token &= Characters.isToken(bytes[i]);
            return fail(token ? Refusal.CODING_UNKNOWN : Refusal.CODING_INVALID);
        }
        chunked = true;
        return true;
    }

    private boolean takeConnection(int n) {
        int i = valueStart[n];
        int to = valueEnd[n];
        while (i < to) {
            byte c = bytes[i];
            if (c == ' ' || c == '\t' || c == ',') {
                i++;
                continue;
            }
            int from = i;
            while (i < to && Characters.isToken(bytes[i])) i++;
            if (i == from || ++connectionOptions > CONNECTION_OPTIONS_MAX) return fail(Refusal.CONNECTION_INVALID);
            if (!takeConnectionOption(from, i)) return false;
            while (i < to && (bytes[i] == ' ' || bytes[i] == '\t')) i++;
            if (i < to && bytes[i] != ',') return fail(Refusal.CONNECTION_INVALID);
        }
        return true;
    }

    private boolean takeConnectionOption(int from, int to) {
        if (Characters.equalsIgnoreCase(bytes, from, to, KEEP_ALIVE)) {
            connectionKeepAlive = true;
        } else if (Characters.equalsIgnoreCase(bytes, from, to, CLOSE)) {
            connectionClose = true;
        } else if (Characters.equalsIgnoreCase(bytes, from, to, UPGRADE)) {
            connectionUpgrade = true;
        } else {
            if (Field.of(bytes, from, to).endToEnd()) return fail(Refusal.CONNECTION_INVALID);
            for (int n = 0; n < fields; n++) {
                if (Characters.equalsIgnoreCase(bytes, lineStart[n], nameEnd[n], bytes, from, to)) nominated[n] = true;
            }
        }
        return true;
    }

    final boolean valueIs(int n, byte[] lower) {
        return Characters.equalsIgnoreCase(bytes, valueStart[n], valueEnd[n], lower);
    }

    /** Whether the connection may carry another message after this one, by what its sender said. */
    final boolean persistent() {
        return !connectionClose && (http11 || connectionKeepAlive);
    }
}
