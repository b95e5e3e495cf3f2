package muster.gossip.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads MessagePack from outside, as tolerant as go-msgpack 0.5.5 is and no more. Never throws on input: the first fault
 * sticks, the position stays at it, and everything read from then on is zero or empty, so a decoder reads all its fields
 * and asks once at the end, with {@link #outcome}. A nil stands for the zero value of whatever is asked for, as in Go.
 * Allocates no more than a small multiple of the bytes that are really there, whatever counts and lengths they claim.
 * Not thread-safe.
 */
public final class MsgPackReader {
    /** Containers within containers; Serf's deepest message has 5. */
    public static final int DEPTH_MAX = 32;

    /** The longest string or run of bytes; more than any stream may hold. */
    public static final int LENGTH_MAX = 32 * 1024 * 1024;

    /** Entries of one container; a cluster of 100,000 members stays below it. */
    public static final int COUNT_MAX = 1_000_000;

    private static final int NIL = 0xc0;

    private final byte[] array;
    private final int start;
    private final int end;
    private int position;
    private long items;
    private @Nullable Rejection failure;

    public MsgPackReader(Bytes bytes) {
        this(bytes.array(), 0, bytes.size());
    }

    /** Reads {@code array} from {@code start} up to, not including, {@code end}. */
    public MsgPackReader(byte[] array, int start, int end) {
        if (start < 0 || end < start || end > array.length) {
            throw new IndexOutOfBoundsException(start + " to " + end + " of " + array.length);
        }
        this.array = array;
        this.start = start;
        this.end = end;
        this.position = start;
    }

    /** The first fault; null while there is none. */
    public @Nullable Rejection failure() {
        return failure;
    }

    public boolean failed() {
        return failure != null;
    }

    /** Bytes read, without the value in which the fault is. */
    public int offset() {
        return position - start;
    }

    /** Bytes not read yet. */
    public int remaining() {
        return end - position;
    }

    /** Values whose first byte was read: what the reading has cost. */
    public long items() {
        return items;
    }

    /** Makes {@code reason} the fault, unless there is one already. */
    public void reject(Rejection reason) {
        if (failure == null) {
            failure = reason;
        }
    }

    /** What a decoder returns: {@code value}, or the fault. */
    public <T> Decoded<T> outcome(T value) {
        return failure == null ? new Decoded.Ok<>(value) : new Decoded.Rejected<>(failure, offset());
    }

    /** The kinds of value, for callers that must look before they read. */
    public enum Kind {
        NIL,
        BOOL,
        INTEGER,
        REAL,
        TEXT,
        BINARY,
        ARRAY,
        MAP,
        EXTENSION,
        /** No value can follow: the end, or a fault. */
        NOTHING
    }

    /** What the next value is, without reading it. */
    public Kind next() {
        if (failure != null || position == end) {
            return Kind.NOTHING;
        }
        int head = array[position] & 0xff;
        if (head <= 0x7f || head >= 0xe0 || (head >= 0xcc && head <= 0xd3)) {
            return Kind.INTEGER;
        }
        if (head <= 0x8f || head >= 0xde) {
            return Kind.MAP;
        }
        if (head <= 0x9f || head >= 0xdc) {
            return Kind.ARRAY;
        }
        if (head <= 0xbf || head >= 0xd9) {
            return Kind.TEXT;
        }
        return switch (head) {
            case NIL -> Kind.NIL;
            case 0xc1 -> Kind.NOTHING;
            case 0xc2, 0xc3 -> Kind.BOOL;
            case 0xc4, 0xc5, 0xc6 -> Kind.BINARY;
            case 0xca, 0xcb -> Kind.REAL;
            default -> Kind.EXTENSION;
        };
    }

    /** The number of pairs of the map that begins here. */
    public int map() {
        return container(Kind.MAP, 0x80, 0xde, 2);
    }

    /** The number of values of the array that begins here. */
    public int array() {
        return container(Kind.ARRAY, 0x90, 0xdc, 1);
    }

    /** A number without a sign, 0 to {@code max}. */
    public long unsigned(long max) {
        return integer(0, max);
    }

    /** A number of 32 bits without a sign. */
    public long unsigned32() {
        return integer(0, 0xffff_ffffL);
    }

    /** A number from {@code min} to {@code max}; outside is {@link Rejection#NUMBER_OUT_OF_RANGE}. */
    public long integer(long min, long max) {
        if (skipNil() || !begin(Kind.INTEGER)) {
            return 0;
        }
        int head = array[position] & 0xff;
        int width = head >= 0xcc && head <= 0xd3 ? 1 << ((head - 0xcc) & 3) : 0;
        if (!available(1 + width)) {
            return 0;
        }
        long value;
        if (width == 0) {
            value = (byte) head;
        } else if (head <= 0xcf) {
            value = big(position + 1, width);
            if (value < 0) { // 2^63 and above: no number that Serf sends is meant to get there
                reject(Rejection.NUMBER_OUT_OF_RANGE);
                return 0;
            }
        } else {
            int unused = 64 - width * 8;
            value = big(position + 1, width) << unused >> unused;
        }
        if (value < min || value > max) {
            reject(Rejection.NUMBER_OUT_OF_RANGE);
            return 0;
        }
        position += 1 + width;
        return value;
    }

    /** True or false; also the numbers 1 and 0, which Go takes too. */
    public boolean bool() {
        if (next() == Kind.INTEGER) {
            return integer(0, 1) == 1;
        }
        if (skipNil() || !begin(Kind.BOOL)) {
            return false;
        }
        return (array[position++] & 0xff) == 0xc3;
    }

    /** A signed number of 64 bits. */
    public long integer() {
        return integer(Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** A floating-point number of either width, or an integer. Not necessarily finite. */
    public double real() {
        if (next() == Kind.INTEGER) {
            return integer();
        }
        if (skipNil() || !begin(Kind.REAL)) {
            return 0;
        }
        int width = (array[position] & 0xff) == 0xca ? 4 : 8;
        if (!available(1 + width)) {
            return 0;
        }
        long bits = big(position + 1, width);
        position += 1 + width;
        return width == 4 ? Float.intBitsToFloat((int) bits) : Double.longBitsToDouble(bits);
    }

    /**
     * A string of at most {@code bytesMax} bytes, else {@code tooLong}. It must be UTF-8: names are identities, and a
     * repaired one would be somebody else's.
     */
    public String text(int bytesMax, Rejection tooLong) {
        if (skipNil() || !begin(Kind.TEXT)) {
            return "";
        }
        int from = position;
        int length = rawBody(bytesMax, tooLong);
        if (isAscii(position - length, length)) {
            return new String(array, position - length, length, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(array, position - length, length))
                    .toString();
        } catch (CharacterCodingException e) {
            position = from;
            reject(Rejection.BAD_TEXT);
            return "";
        }
    }

    /** A string of any length for people to read; what is not UTF-8 in it is replaced. */
    public String looseText() {
        return looseText(LENGTH_MAX);
    }

    /** A string of at most {@code bytesMax} bytes for people to read; what is not UTF-8 in it is replaced. */
    public String looseText(int bytesMax) {
        if (skipNil() || !begin(Kind.TEXT)) {
            return "";
        }
        int length = rawBody(bytesMax, Rejection.TOO_LARGE);
        return new String(array, position - length, length, StandardCharsets.UTF_8);
    }

    /** A run of bytes of any length: raw, bin, or an array of numbers 0 to 255. */
    public Bytes bytes() {
        return bytes(LENGTH_MAX, Rejection.TOO_LARGE);
    }

    /** A run of at most {@code bytesMax} bytes, else {@code tooLong}: raw, bin, or an array of numbers 0 to 255. */
    public Bytes bytes(int bytesMax, Rejection tooLong) {
        return switch (next()) {
            case ARRAY -> bytesFromNumbers(bytesMax, tooLong);
            case TEXT, BINARY -> {
                int length = bytesInPlace(bytesMax, tooLong);
                yield Bytes.of(Arrays.copyOfRange(array, position - length, position));
            }
            case NIL, BOOL, INTEGER, REAL, MAP, EXTENSION, NOTHING -> {
                if (!skipNil()) {
                    begin(Kind.BINARY);
                }
                yield Bytes.EMPTY;
            }
        };
    }

    /** Passes over a raw or bin of at most {@code bytesMax} bytes and returns its length: it ends at {@link #position}. */
    int bytesInPlace(int bytesMax, Rejection tooLong) {
        if (next() != Kind.TEXT && !begin(Kind.BINARY)) {
            return 0;
        }
        items++;
        return rawBody(bytesMax, tooLong);
    }

    /** Where in the array the next value begins. */
    int position() {
        return position;
    }

    /** Reads a map key and returns its index in {@code names}, -1 if it is none of them. */
    int key(byte[][] names) {
        if (!begin(Kind.TEXT)) {
            return -1;
        }
        int length = rawBody(LENGTH_MAX, Rejection.TOO_LARGE);
        for (int i = 0; i < names.length; i++) {
            if (Arrays.equals(names[i], 0, names[i].length, array, position - length, position)) {
                return i;
            }
        }
        return -1;
    }

    /** Passes over the next value, whatever it is, no deeper than {@link #DEPTH_MAX}. */
    public void skip() {
        var pending = new long[DEPTH_MAX + 1];
        int depth = 0;
        pending[0] = 1;
        while (failure == null) {
            if (pending[depth] == 0) {
                if (depth == 0) {
                    return;
                }
                depth--;
                continue;
            }
            pending[depth]--;
            Kind kind = next();
            switch (kind) {
                case MAP, ARRAY -> {
                    if (depth == DEPTH_MAX) {
                        reject(Rejection.TOO_DEEP);
                        return;
                    }
                    pending[++depth] = kind == Kind.MAP ? 2L * map() : array();
                }
                case TEXT, BINARY -> {
                    items++;
                    rawBody(LENGTH_MAX, Rejection.TOO_LARGE);
                }
                case NIL, BOOL -> {
                    items++;
                    position++;
                }
                case INTEGER, REAL -> skipNumber();
                case EXTENSION -> skipExtension();
                case NOTHING -> begin(Kind.NIL);
            }
        }
    }

    /** Passes over a nil. */
    public boolean skipNil() {
        if (next() != Kind.NIL) {
            return false;
        }
        items++;
        position++;
        return true;
    }

    /** True when the next value is of this kind; otherwise that is the fault. */
    private boolean begin(Kind wanted) {
        if (failure != null) {
            return false;
        }
        if (position == end) {
            reject(Rejection.TRUNCATED);
            return false;
        }
        Kind found = next();
        if (found != wanted) {
            reject(found == Kind.NOTHING ? Rejection.BAD_MSGPACK : Rejection.WRONG_FIELD_TYPE);
            return false;
        }
        items++;
        return true;
    }

    private boolean available(int bytes) {
        if (end - position < bytes) {
            reject(Rejection.TRUNCATED);
            return false;
        }
        return true;
    }

    private long big(int from, int width) {
        long value = 0;
        for (int i = 0; i < width; i++) {
            value = (value << 8) | (array[from + i] & 0xff);
        }
        return value;
    }

    private int container(Kind kind, int small, int sixteen, int valuesPerEntry) {
        if (skipNil() || !begin(kind)) {
            return 0;
        }
        int head = array[position] & 0xff;
        int width = head == sixteen ? 2 : head == sixteen + 1 ? 4 : 0;
        if (!available(1 + width)) {
            return 0;
        }
        long count = width == 0 ? head - small : big(position + 1, width);
        if (count > COUNT_MAX) {
            reject(Rejection.BAD_COUNT);
            return 0;
        }
        // Each value is at least one byte: what cannot be there need not be counted through.
        if (count * valuesPerEntry > end - position - 1 - width) {
            reject(Rejection.TRUNCATED);
            return 0;
        }
        position += 1 + width;
        return (int) count;
    }

    private boolean isAscii(int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (array[i] < 0) {
                return false;
            }
        }
        return true;
    }

    /** Passes over a string or run of bytes; returns its length without the head, 0 on a fault. */
    private int rawBody(int bytesMax, Rejection tooLong) {
        int head = array[position] & 0xff;
        int width = switch (head) {
            case 0xc4, 0xd9 -> 1;
            case 0xc5, 0xda -> 2;
            case 0xc6, 0xdb -> 4;
            default -> 0;
        };
        if (!available(1 + width)) {
            return 0;
        }
        long length = width == 0 ? head - 0xa0 : big(position + 1, width);
        if (length > bytesMax) {
            reject(tooLong);
            return 0;
        }
        if (!available(1 + width + (int) length)) {
            return 0;
        }
        position += 1 + width + (int) length;
        return (int) length;
    }

    private Bytes bytesFromNumbers(int bytesMax, Rejection tooLong) {
        int count = array();
        if (count > bytesMax) {
            reject(tooLong);
            return Bytes.EMPTY;
        }
        var values = new byte[count];
        for (int i = 0; i < count && failure == null; i++) {
            values[i] = (byte) integer(0, 255);
        }
        return failure == null ? Bytes.of(values) : Bytes.EMPTY;
    }

    private void skipNumber() {
        int head = array[position] & 0xff;
        int width = switch (head) {
            case 0xcc, 0xd0 -> 1;
            case 0xcd, 0xd1 -> 2;
            case 0xce, 0xd2, 0xca -> 4;
            case 0xcf, 0xd3, 0xcb -> 8;
            default -> 0;
        };
        items++;
        if (available(1 + width)) {
            position += 1 + width;
        }
    }

    private void skipExtension() {
        int head = array[position] & 0xff;
        items++;
        if (head >= 0xd4) { // fixext: a type and 1, 2, 4, 8 or 16 bytes
            int length = 2 + (1 << (head - 0xd4));
            if (available(length)) {
                position += length;
            }
            return;
        }
        int width = 1 << (head - 0xc7);
        if (!available(1 + width)) {
            return;
        }
        long length = 1L + width + 1 + big(position + 1, width);
        if (length > LENGTH_MAX) {
            reject(Rejection.TOO_LARGE);
        } else if (available((int) length)) {
            position += (int) length;
        }
    }
}
