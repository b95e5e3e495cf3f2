package muster.proxy.http1;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The character classes of RFC 9110 §5 and RFC 3986, and comparing bytes without regard to case. */
final class Characters {
    private static final byte TOKEN = 1;
    private static final byte TARGET = 2;
    private static final byte HOST = 4;
    private static final byte HEX = 8;
    private static final byte[] CLASSES = classes();

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final long SPACES = ONES * 0x20;
    private static final long DELETES = ONES * 0x7f;

    private Characters() {}

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int c = 0x21; c <= 0x7e; c++) {
            boolean letterOrDigit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (letterOrDigit || "!#$%&'*+-.^_`|~".indexOf(c) >= 0) classes[c] |= TOKEN;
            if (c != '#') classes[c] |= TARGET;
            if (letterOrDigit || "-._~!$&'()*+;=%".indexOf(c) >= 0) classes[c] |= HOST;
        }
        for (byte c : "0123456789abcdefABCDEF".getBytes(StandardCharsets.US_ASCII)) classes[c] |= HEX;
        return classes;
    }

    static boolean isToken(byte c) {
        return (CLASSES[c & 0xff] & TOKEN) != 0;
    }

    /** Visible ASCII but '#': a fragment has no place in a request. */
    static boolean isTarget(byte c) {
        return (CLASSES[c & 0xff] & TARGET) != 0;
    }

    static boolean isHost(byte c) {
        return (CLASSES[c & 0xff] & HOST) != 0;
    }

    static boolean isHex(byte c) {
        return (CLASSES[c & 0xff] & HEX) != 0;
    }

    static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }

    /** The value of a hexadecimal digit, or -1. */
    static int hex(byte c) {
        if (c >= '0' && c <= '9') return c - '0';
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /**
     * The index of the first control character (tab not counted) in {@code [from, to)}, or {@code to}. Reads eight bytes
     * at a time: field values are most of what a head consists of.
     */
    static int controlCharacter(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (i + 8 <= to) {
                long eight = (long) LONGS.get(bytes, i);
                long deletes = eight ^ DELETES;
                long found = (((eight - SPACES) & ~eight) | ((deletes - ONES) & ~deletes)) & HIGHS;
                if (found == 0) {
                    i += 8;
                    continue;
                }
                // Borrows reach upwards only, so the lowest one found is true.
                i += Long.numberOfTrailingZeros(found) >>> 3;
            }
            byte c = bytes[i];
            if (c != '\t' && (c == 0x7f || (c >= 0 && c < 0x20))) return i;
            i++;
        }
        return to;
    }

    /** Whether {@code [from, to)} is {@code lower}, which must be lower-case ASCII, in any case. */
    static boolean equalsIgnoreCase(byte[] bytes, int from, int to, byte[] lower) {
        if (to - from != lower.length) return false;
        for (int i = 0; i < lower.length; i++) {
            if (lowerCase(bytes[from + i]) != lower[i]) return false;
        }
        return true;
    }

    static boolean equalsIgnoreCase(byte[] bytes, int from, int to, byte[] other, int otherFrom, int otherTo) {
        if (to - from != otherTo - otherFrom) return false;
        for (int i = 0; i < to - from; i++) {
            if (lowerCase(bytes[from + i]) != lowerCase(other[otherFrom + i])) return false;
        }
        return true;
    }

    static byte lowerCase(byte c) {
        return c >= 'A' && c <= 'Z' ? (byte) (c + 32) : c;
    }
}
