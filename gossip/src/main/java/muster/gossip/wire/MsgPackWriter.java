package muster.gossip.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes MessagePack as go-msgpack 0.5.5 does: the smallest form of each number, floats always 64-bit. The caller writes
 * map keys in alphabetical order. Not thread-safe.
 */
public final class MsgPackWriter {
    /** How strings and bytes are told apart. */
    public enum Mode {
        /** Both are the old raw family: what memberlist and Serf messages are made of. */
        GOSSIP,
        /** Strings may use str8, bytes use bin: what Serf's RPC speaks. */
        RPC
    }

    private static final int FIRST_CAPACITY = 128; // most gossip messages fit

    private final Mode mode;
    private byte[] array = new byte[FIRST_CAPACITY];
    private int size;

    public MsgPackWriter(Mode mode) {
        this.mode = mode;
    }

    /** Bytes written so far. */
    public int size() {
        return size;
    }

    /** All that was written. */
    public Bytes toBytes() {
        return Bytes.of(Arrays.copyOf(array, size));
    }

    /** {@code count} pairs follow. */
    public MsgPackWriter map(int count) {
        return container(count, 0x80, 0xde);
    }

    /** {@code count} values follow. */
    public MsgPackWriter array(int count) {
        return container(count, 0x90, 0xdc);
    }

    public MsgPackWriter nil() {
        return put(0xc0);
    }

    public MsgPackWriter bool(boolean value) {
        return put(value ? 0xc3 : 0xc2);
    }

    /** Always 64-bit. */
    public MsgPackWriter real(double value) {
        return put(0xcb).big(Double.doubleToRawLongBits(value), 8);
    }

    /** A signed number. */
    public MsgPackWriter integer(long value) {
        if (value >= 0) {
            return unsigned(value);
        }
        if (value >= -32) {
            return put((int) value);
        }
        if (value >= Byte.MIN_VALUE) {
            return put(0xd0).big(value, 1);
        }
        if (value >= Short.MIN_VALUE) {
            return put(0xd1).big(value, 2);
        }
        if (value >= Integer.MIN_VALUE) {
            return put(0xd2).big(value, 4);
        }
        return put(0xd3).big(value, 8);
    }

    /** A number of 64 bits without a sign. */
    public MsgPackWriter unsigned(long value) {
        if (Long.compareUnsigned(value, 0x7f) <= 0) {
            return put((int) value);
        }
        if (Long.compareUnsigned(value, 0xff) <= 0) {
            return put(0xcc).big(value, 1);
        }
        if (Long.compareUnsigned(value, 0xffff) <= 0) {
            return put(0xcd).big(value, 2);
        }
        if (Long.compareUnsigned(value, 0xffff_ffffL) <= 0) {
            return put(0xce).big(value, 4);
        }
        return put(0xcf).big(value, 8);
    }

    public MsgPackWriter text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return raw(utf8.length, mode == Mode.RPC).append(utf8, 0, utf8.length);
    }

    /** Never nil: an empty run is written as one of length 0. */
    public MsgPackWriter bytes(Bytes value) {
        switch (mode) {
            case GOSSIP -> raw(value.size(), false);
            case RPC -> bin(value.size());
        }
        return append(value.array(), 0, value.size());
    }

    /** An empty run is written as nil, as Go does for a slice that was never made. */
    public MsgPackWriter bytesOrNil(Bytes value) {
        return value.isEmpty() ? nil() : bytes(value);
    }

    /** One byte as it is, in front of or between MessagePack values. */
    public MsgPackWriter rawByte(int value) {
        return put(value);
    }

    /** Bytes as they are, without a length. */
    public MsgPackWriter rawBytes(Bytes value) {
        return append(value.array(), 0, value.size());
    }

    private MsgPackWriter container(int count, int small, int sixteen) {
        if (count < 0) {
            throw new IllegalArgumentException("a count cannot be " + count);
        }
        if (count < 16) {
            return put(small | count);
        }
        return count <= 0xffff ? put(sixteen).big(count, 2) : put(sixteen + 1).big(count, 4);
    }

    private MsgPackWriter raw(int length, boolean eight) {
        if (length < 32) {
            return put(0xa0 | length);
        }
        if (eight && length <= 0xff) {
            return put(0xd9).big(length, 1);
        }
        return length <= 0xffff ? put(0xda).big(length, 2) : put(0xdb).big(length, 4);
    }

    private MsgPackWriter bin(int length) {
        if (length <= 0xff) {
            return put(0xc4).big(length, 1);
        }
        return length <= 0xffff ? put(0xc5).big(length, 2) : put(0xc6).big(length, 4);
    }

    private MsgPackWriter put(int value) {
        room(1);
        array[size++] = (byte) value;
        return this;
    }

    private MsgPackWriter big(long value, int bytes) {
        room(bytes);
        for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
            array[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    private MsgPackWriter append(byte[] source, int from, int length) {
        room(length);
        System.arraycopy(source, from, array, size, length);
        size += length;
        return this;
    }

    private void room(int more) {
        if (array.length - size < more) {
            array = Arrays.copyOf(array, Math.max(array.length * 2, Math.addExact(size, more)));
        }
    }
}
