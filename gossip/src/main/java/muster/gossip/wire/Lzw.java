package muster.gossip.wire;

import java.util.Arrays;

/**
 * LZW as Go's compress/lzw writes it: least significant bit first, 8-bit literals, codes of 9 to 12 bits, a clear code
 * first and whenever the table is full, no early change of width. The output is byte for byte Go's.
 */
final class Lzw {
    private static final int CLEAR = 256;
    private static final int END = 257;
    private static final int FIRST_WIDTH = 9;
    private static final int LAST_WIDTH = 12;
    private static final int CODES = 1 << LAST_WIDTH;
    private static final int LAST_CODE = CODES - 1;
    private static final int NONE = -1;

    private Lzw() {}

    static Bytes deflate(Bytes plain) {
        return new Deflater(plain.size()).run(plain.array());
    }

    /** Unfolds {@code array[from, to)} to at most {@code bytesMax} bytes. Bytes behind the end code are ignored. */
    static Decoded<Bytes> inflate(byte[] array, int from, int to, int bytesMax) {
        return new Inflater(array, from, to, bytesMax).run();
    }

    private static final class Deflater {
        // Open addressing: an entry is key << 12 | code, 0 when free (no code below 258 is ever entered).
        private final int[] table;
        private final int mask;
        private byte[] out;
        private int size;
        private int bits;
        private int bitCount;
        private int width = FIRST_WIDTH;
        private int high = END; // the code given out last
        private int overflow = 1 << FIRST_WIDTH;

        Deflater(int plainSize) {
            out = new byte[plainSize / 2 + 16];
            // At least what can be entered, one code per byte: most packets are short, and clearing memory costs time.
            table = new int[2 * Integer.highestOneBit(Math.clamp(2L * plainSize, 1, CODES))];
            mask = table.length - 1;
        }

        Bytes run(byte[] plain) {
            write(CLEAR);
            if (plain.length > 0) {
                int code = plain[0] & 0xff;
                for (int i = 1; i < plain.length; i++) {
                    code = extend(code, plain[i] & 0xff);
                }
                write(code);
                grow();
            }
            write(END);
            if (bitCount > 0) {
                append(bits);
            }
            return Bytes.of(Arrays.copyOf(out, size));
        }

        /** The code for {@code code} followed by {@code literal}, or, that unknown, {@code literal} after writing. */
        private int extend(int code, int literal) {
            int key = (code << 8) | literal;
            int slot = ((key >> 12) ^ key) & mask;
            while (table[slot] != 0) {
                if (table[slot] >>> LAST_WIDTH == key) {
                    return table[slot] & LAST_CODE;
                }
                slot = (slot + 1) & mask;
            }
            write(code);
            if (grow()) {
                table[slot] = (key << LAST_WIDTH) | high;
            }
            return literal;
        }

        /** Takes the next code; false when there was none and all begins anew. */
        private boolean grow() {
            high++;
            if (high == overflow) {
                width++;
                overflow <<= 1;
            }
            if (high < LAST_CODE) {
                return true;
            }
            write(CLEAR);
            width = FIRST_WIDTH;
            high = END;
            overflow = 1 << FIRST_WIDTH;
            Arrays.fill(table, 0);
            return false;
        }

        private void write(int code) {
            bits |= code << bitCount;
            bitCount += width;
            while (bitCount >= 8) {
                append(bits);
                bits >>>= 8;
                bitCount -= 8;
            }
        }

        private void append(int value) {
            if (size == out.length) {
                out = Arrays.copyOf(out, size * 2);
            }
            out[size++] = (byte) value;
        }
    }

    private static final class Inflater {
        private final byte[] in;
        private final int from;
        private final int to;
        private final int bytesMax;
        private final byte[] suffixes;
        private final short[] prefixes;
        private final short[] lengths;
        private int position;
        private int bits;
        private int bitCount;
        private byte[] out;
        private int size;

        Inflater(byte[] in, int from, int to, int bytesMax) {
            this.in = in;
            this.from = from;
            this.to = to;
            this.position = from;
            this.bytesMax = bytesMax;
            this.out = new byte[(int) Math.min(bytesMax, 3L * (to - from) + 16)];
            // One code per byte of input at most, as codes are longer than bytes.
            int codes = Math.min(CODES, END + 1 + to - from);
            suffixes = new byte[codes];
            prefixes = new short[codes];
            lengths = new short[codes];
        }

        Decoded<Bytes> run() {
            int width = FIRST_WIDTH;
            int overflow = 1 << FIRST_WIDTH;
            int high = END;
            int last = NONE;
            while (true) {
                int code = read(width);
                if (code == NONE) {
                    return refuse(Rejection.BAD_COMPRESSION);
                }
                if (code == END) {
                    return new Decoded.Ok<>(Bytes.of(Arrays.copyOf(out, size)));
                }
                if (code == CLEAR) {
                    width = FIRST_WIDTH;
                    overflow = 1 << FIRST_WIDTH;
                    high = END;
                    last = NONE;
                    continue;
                }
                if (code > high) {
                    return refuse(Rejection.BAD_COMPRESSION);
                }
                // The one code that may come before its entry is made: what came last, and its first byte again.
                boolean early = code == high && last != NONE;
                int length = early ? length(last) + 1 : length(code);
                if (length > bytesMax - size) {
                    return refuse(Rejection.INFLATED_TOO_LARGE);
                }
                room(length);
                int head = early ? unfold(last, size + length - 1) : unfold(code, size + length);
                if (early) {
                    out[size + length - 1] = (byte) head;
                }
                size += length;
                if (last != NONE) {
                    suffixes[high] = (byte) head;
                    prefixes[high] = (short) last;
                    lengths[high] = (short) (length(last) + 1);
                }
                last = code;
                high++;
                if (high == overflow) {
                    if (width == LAST_WIDTH) {
                        // The table is full: nothing is entered until the sender clears it.
                        last = NONE;
                        high--;
                    } else {
                        width++;
                        overflow <<= 1;
                    }
                }
            }
        }

        private Decoded<Bytes> refuse(Rejection reason) {
            return new Decoded.Rejected<>(reason, position - from);
        }

        /** The next code; -1 at the end of the input. */
        private int read(int width) {
            while (bitCount < width) {
                if (position == to) {
                    return NONE;
                }
                bits |= (in[position++] & 0xff) << bitCount;
                bitCount += 8;
            }
            int code = bits & ((1 << width) - 1);
            bits >>>= width;
            bitCount -= width;
            return code;
        }

        private int length(int code) {
            return code < CLEAR ? 1 : lengths[code];
        }

        /** Writes what {@code code} stands for so that it ends before {@code end}; returns its first byte. */
        private int unfold(int code, int end) {
            int at = end;
            int c = code;
            while (c >= CLEAR) {
                out[--at] = suffixes[c];
                c = prefixes[c];
            }
            out[--at] = (byte) c;
            return c;
        }

        private void room(int more) {
            if (out.length - size < more) {
                out = Arrays.copyOf(out, (int) Math.min(bytesMax, Math.max(2L * out.length, (long) size + more)));
            }
        }
    }
}
