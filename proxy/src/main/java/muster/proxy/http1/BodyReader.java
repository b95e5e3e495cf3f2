package muster.proxy.http1;

import org.jspecify.annotations.Nullable;

/**
 * Finds where a body ends, and what of its bytes may pass: everything but chunk extensions and trailers, which RFC 9112
 * §7.1.1 and RFC 9110 §6.5.1 let a proxy drop. Chunk framing is checked byte by byte; data is skipped in one step.
 */
public final class BodyReader {
    /** Where the bytes are; lets a caller keep them in whatever buffer it has. */
    @FunctionalInterface
    public interface Bytes {
        byte at(int index);
    }

    /** Chunk sizes of more digits could overflow. */
    private static final int SIZE_DIGITS_MAX = 15;
    /** Extensions of one chunk; nobody uses them. */
    private static final int EXTENSION_BYTES_MAX = 1_024;
    /** Extensions of all chunks may be this much longer than the data: a body of extensions only is work for nothing. */
    private static final int EXTENSION_EXCESS_MAX = 16 << 10;
    /** All trailers of a message together. */
    private static final int TRAILER_BYTES_MAX = 8_192;

    private enum Kind {
        NONE,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE
    }

    private enum At {
        DATA,
        SIZE_FIRST,
        SIZE,
        EXTENSION,
        EXTENSION_QUOTED,
        EXTENSION_ESCAPED,
        SIZE_LF,
        DATA_CR,
        DATA_LF,
        TRAILER_FIRST,
        TRAILER_NAME,
        TRAILER_VALUE,
        TRAILER_LF,
        LAST_LF,
        END
    }

    private Kind kind = Kind.NONE;
    private At at = At.END;
    private long remaining;
    private int digits;
    private int skipped;
    private long bodyBytes;
    private long extensionBytes;
    private @Nullable Refusal refusal;

    public void none() {
        start(Kind.NONE, At.END, 0);
    }

    public void length(long bytes) {
        start(Kind.LENGTH, bytes == 0 ? At.END : At.DATA, bytes);
    }

    public void chunked() {
        start(Kind.CHUNKED, At.SIZE_FIRST, 0);
    }

    public void untilClose() {
        start(Kind.UNTIL_CLOSE, At.DATA, Long.MAX_VALUE);
    }

    private void start(Kind kind, At at, long remaining) {
        this.kind = kind;
        this.at = at;
        this.remaining = remaining;
        digits = 0;
        skipped = 0;
        bodyBytes = 0;
        extensionBytes = 0;
        refusal = null;
    }

    public boolean complete() {
        return at == At.END;
    }

    public boolean endsWithConnection() {
        return kind == Kind.UNTIL_CLOSE;
    }

    /** Why {@link #advance} stopped for good. */
    public @Nullable Refusal refusal() {
        return refusal;
    }

    /** Bytes of content so far, framing not counted. */
    public long bodyBytes() {
        return bodyBytes;
    }

    /**
     * Reads on in {@code [from, to)}, and adds to {@code passing} what may be sent on: with the chunk framing, or without
     * it when {@code dataOnly}. Returns the index after the last byte that belongs to this body, which is less than
     * {@code to} when the body is complete or {@link #refusal()} says why not.
     */
    public int advance(Bytes bytes, int from, int to, boolean dataOnly, Ranges passing) {
        int i = from;
        while (i < to && at != At.END) {
            if (at == At.DATA) {
                int step = (int) Math.min(remaining, to - i);
                passing.add(i, i + step);
                i += step;
                bodyBytes += step;
                if (kind == Kind.UNTIL_CLOSE) continue;
                remaining -= step;
                if (remaining == 0) at = kind == Kind.CHUNKED ? At.DATA_CR : At.END;
                continue;
            }
            int verdict = framing(bytes.at(i));
            if (verdict == BAD) {
                refusal = Refusal.CHUNK_INVALID;
                return i;
            }
            if (verdict == PASS && !dataOnly) passing.add(i, i + 1);
            i++;
        }
        return i;
    }

    private static final int BAD = 0;
    private static final int PASS = 1;
    private static final int DROP = 2;

    private int framing(byte c) {
        return switch (at) {
            case SIZE_FIRST -> {
                digits = 0;
                remaining = 0;
                at = At.SIZE;
                yield size(c);
            }
            case SIZE -> size(c);
            case EXTENSION -> extension(c);
            case EXTENSION_QUOTED -> {
                if (c == '"') at = At.EXTENSION;
                else if (c == '\\') at = At.EXTENSION_ESCAPED;
                yield skipExtension(c);
            }
            case EXTENSION_ESCAPED -> {
                at = At.EXTENSION_QUOTED;
                yield skipExtension(c);
            }
            case SIZE_LF -> {
                // The last chunk's line is followed by trailers or the end.
                at = remaining > 0 ? At.DATA : At.TRAILER_FIRST;
                skipped = 0;
                yield c == '\n' ? PASS : BAD;
            }
            case DATA_CR -> {
                at = At.DATA_LF;
                yield c == '\r' ? PASS : BAD;
            }
            case DATA_LF -> {
                at = At.SIZE_FIRST;
                yield c == '\n' ? PASS : BAD;
            }
            case TRAILER_FIRST -> {
                if (c == '\r') {
                    at = At.LAST_LF;
                    yield PASS;
                }
                at = At.TRAILER_NAME;
                yield Characters.isToken(c) ? skip(c, TRAILER_BYTES_MAX) : BAD;
            }
            case TRAILER_NAME -> {
                if (c == ':') at = At.TRAILER_VALUE;
                else if (!Characters.isToken(c)) yield BAD;
                yield skip(c, TRAILER_BYTES_MAX);
            }
            case TRAILER_VALUE -> {
                if (c == '\r') {
                    at = At.TRAILER_LF;
                    yield DROP;
                }
                yield skip(c, TRAILER_BYTES_MAX);
            }
            case TRAILER_LF -> {
                at = At.TRAILER_FIRST;
                yield c == '\n' ? DROP : BAD;
            }
            case LAST_LF -> {
                at = At.END;
                yield c == '\n' ? PASS : BAD;
            }
            case DATA, END -> BAD;
        };
    }

    private int size(byte c) {
        int digit = Characters.hex(c);
        if (digit >= 0) {
            if (++digits > SIZE_DIGITS_MAX) return BAD;
            remaining = (remaining << 4) | digit;
            return PASS;
        }
        if (digits == 0) return BAD;
        if (c == ';') {
            at = At.EXTENSION;
            return DROP;
        }
        at = At.SIZE_LF;
        return c == '\r' ? PASS : BAD;
    }

    private int extension(byte c) {
        if (c == '\r') {
            at = At.SIZE_LF;
            return PASS;
        }
        if (c == '"') at = At.EXTENSION_QUOTED;
        return skipExtension(c);
    }

    private int skipExtension(byte c) {
        return ++extensionBytes > EXTENSION_EXCESS_MAX + bodyBytes ? BAD : skip(c, EXTENSION_BYTES_MAX);
    }

    private int skip(byte c, int max) {
        boolean control = c != '\t' && (c == 0x7f || (c >= 0 && c < 0x20));
        return control || ++skipped > max ? BAD : DROP;
    }
}
