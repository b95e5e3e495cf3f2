package muster.supervisor.logs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Bytes in, lines out: without their newlines, not longer than a limit, and without control characters, which could
 * forge lines or play with a terminal: each is written as {@code \x} and two digits. Tabs stay; a carriage return at the
 * end of a line goes. For one thread at a time.
 */
final class LineCutter {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int ESCAPE_BYTES = 4;
    private static final int CHARACTER_BYTES_MAX = 4;
    private static final int DELETE = 0x7f;

    private final byte[] line;
    private int length;
    private long splits;
    private boolean carriageReturn;

    LineCutter(int bytesMax) {
        this.line = new byte[bytesMax];
    }

    /** Takes in so many of these bytes; each line that is complete goes out. */
    void take(byte[] bytes, int count, Consumer<byte[]> lines) {
        for (int i = 0; i < count; i++) {
            i = takePlain(bytes, i, count);
            if (i == count) {
                return;
            }
            byte next = bytes[i];
            if (next == '\n') {
                carriageReturn = false;
                emit(lines);
                continue;
            }
            if (carriageReturn) {
                carriageReturn = false;
                escape('\r', lines);
            }
            if (next == '\r') {
                carriageReturn = true;
            } else if ((next >= 0 && next < ' ' && next != '\t') || next == DELETE) {
                escape(next, lines);
            } else {
                makeRoom(characterBytes(next), lines);
                line[length++] = next;
            }
        }
    }

    /** Takes in what is nothing but letters of ASCII and has room, which most of all output is; returns where that ends. */
    private int takePlain(byte[] bytes, int from, int count) {
        if (carriageReturn) {
            return from;
        }
        int end = Math.min(count, from + line.length - length);
        int at = from;
        while (at < end && bytes[at] >= ' ' && bytes[at] != DELETE) {
            at++;
        }
        System.arraycopy(bytes, from, line, length, at - from);
        length += at - from;
        return at;
    }

    /** What there is of a line that was never ended. */
    void end(Consumer<byte[]> lines) {
        if (length > 0) {
            emit(lines);
        }
    }

    /** Lines that were longer than the limit, counted for each part but the last. */
    long splits() {
        return splits;
    }

    private void escape(int control, Consumer<byte[]> lines) {
        makeRoom(ESCAPE_BYTES, lines);
        line[length++] = '\\';
        line[length++] = 'x';
        line[length++] = HEX[control >> 4];
        line[length++] = HEX[control & 0xf];
    }

    /** Lines are split between characters. */
    private void makeRoom(int bytes, Consumer<byte[]> lines) {
        if (length + bytes > line.length) {
            splits++;
            emit(lines);
        }
    }

    /** Of the character of UTF-8 that begins here; 1 within one, whose room was made when it began. */
    private static int characterBytes(byte first) {
        if ((first & 0xe0) == 0xc0) {
            return 2;
        }
        if ((first & 0xf0) == 0xe0) {
            return 3;
        }
        return (first & 0xf8) == 0xf0 ? 4 : 1;
    }

    /** Where the part of a line that begins at {@code from} ends, at most so many bytes long (4 or more), between characters. */
    static int partEnd(byte[] line, int from, int bytesMax) {
        int end = from + bytesMax;
        if (end >= line.length) {
            return line.length;
        }
        for (int first = end - 1; first > end - CHARACTER_BYTES_MAX && first > from; first--) {
            if (first + characterBytes(line[first]) > end) {
                return first;
            }
        }
        return end;
    }

    private void emit(Consumer<byte[]> lines) {
        lines.accept(Arrays.copyOf(line, length));
        length = 0;
    }
}
