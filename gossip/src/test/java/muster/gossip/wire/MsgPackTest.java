package muster.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;

/** Our reader and writer against an independent implementation, and against the forms that go-msgpack chooses. */
class MsgPackTest {
    private static final long[] EDGES = {
        0,
        1,
        31,
        32,
        127,
        128,
        255,
        256,
        32_767,
        32_768,
        65_535,
        65_536,
        Integer.MAX_VALUE,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        Long.MAX_VALUE,
        -1,
        -31,
        -32,
        -33,
        -127,
        -128,
        -129,
        -32_768,
        -32_769,
        Integer.MIN_VALUE,
        Integer.MIN_VALUE - 1L,
        Long.MIN_VALUE
    };
    private static final int[] LENGTHS = {0, 1, 15, 16, 31, 32, 33, 255, 256, 257, 65_535, 65_536, 100_000};

    @Test
    void numbers_are_written_in_the_same_smallest_form_as_by_msgpack_core() throws IOException {
        for (long value : EDGES) {
            try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
                packer.packLong(value);
                assertThat(gossip().integer(value).toBytes().array())
                        .as("%d", value)
                        .isEqualTo(packer.toByteArray());
            }
            assertThat(new MsgPackReader(gossip().integer(value).toBytes()).integer())
                    .isEqualTo(value);
        }
    }

    @Test
    void lengths_of_all_kinds_are_read_by_msgpack_core() throws IOException {
        for (int length : LENGTHS) {
            String text = "x".repeat(length);
            Bytes bytes = Bytes.of(new byte[length]);
            var out = new MsgPackWriter(MsgPackWriter.Mode.RPC)
                    .text(text)
                    .bytes(bytes)
                    .array(length);
            for (int i = 0; i < length; i++) {
                out.nil();
            }
            out.map(length);
            try (MessageUnpacker in =
                    MessagePack.newDefaultUnpacker(out.toBytes().array())) {
                assertThat(in.unpackString()).isEqualTo(text);
                assertThat(in.unpackBinaryHeader()).isEqualTo(length);
                in.readPayload(length);
                assertThat(in.unpackArrayHeader()).isEqualTo(length);
                in.skipValue(length);
                assertThat(in.unpackMapHeader()).isEqualTo(length);
            }
        }
    }

    @Test
    void gossip_never_writes_str8_nor_bin() {
        for (int length : LENGTHS) {
            int head = gossip().text("x".repeat(length)).toBytes().at(0);
            assertThat(head).isEqualTo(length < 32 ? 0xa0 | length : length < 65_536 ? 0xda : 0xdb);
            assertThat(gossip().bytes(Bytes.of(new byte[length])).toBytes().at(0))
                    .isEqualTo(head);
        }
        assertThat(gossip().bytesOrNil(Bytes.EMPTY).toBytes().hex()).isEqualTo("c0");
        assertThat(gossip().bytes(Bytes.EMPTY).toBytes().hex()).isEqualTo("a0");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void what_msgpack_core_writes_at_random_is_read_the_same(long seed) throws IOException {
        var random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            byte[] document;
            try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
                packRandom(packer, random, 0);
                document = packer.toByteArray();
            }
            byte[] padded = Arrays.copyOf(document, document.length + 3);
            var skipping = new MsgPackReader(padded, 0, padded.length);
            skipping.skip();
            assertThat(skipping.failure()).as("seed %d", seed).isNull();
            assertThat(skipping.offset()).as("seed %d", seed).isEqualTo(document.length);
            var reading = new MsgPackReader(padded, 0, padded.length);
            try (MessageUnpacker in = MessagePack.newDefaultUnpacker(document)) {
                compare(in, reading);
            }
            assertThat(reading.outcome("")).as("seed %d", seed).isInstanceOf(Decoded.Ok.class);
            assertThat(reading.offset()).isEqualTo(document.length);
            for (int length = 0; length < document.length; length++) {
                var cut = new MsgPackReader(document, 0, length);
                cut.skip();
                assertThat(cut.failure()).as("seed %d, cut at %d", seed, length).isEqualTo(Rejection.TRUNCATED);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void random_bytes_are_skipped_as_far_as_msgpack_core_skips_them(long seed) {
        var random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            var bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            for (int i = 0; i < bytes.length; i++) {
                // msgpack-core takes a map32 of 2^30 pairs or more for an empty one: its counter overflows.
                bytes[i] = bytes[i] == (byte) 0xdf ? (byte) 0x83 : bytes[i];
            }
            var ours = new MsgPackReader(bytes, 0, bytes.length);
            ours.skip();
            long theirs = skippedByMsgPackCore(bytes);
            assertThat(ours.failed() ? -1 : ours.offset())
                    .as("seed %d: %s", seed, Bytes.of(bytes))
                    .isEqualTo(theirs);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "c0, 0",
        "cb3ff8000000000000, 1.5",
        "ca3fc00000, 1.5",
        "05, 5",
        "ff, -1",
        "d080, -128",
        "cc80, 128",
    })
    void a_real_number_may_come_in_any_numeric_form(String hex, double expected) {
        var in = new MsgPackReader(Bytes.hex(hex));
        assertThat(in.real()).isEqualTo(expected);
        assertThat(in.failed()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"c2, false", "c3, true", "00, false", "01, true", "c0, false"})
    void true_and_false_may_come_as_numbers(String hex, boolean expected) {
        var in = new MsgPackReader(Bytes.hex(hex));
        assertThat(in.bool()).isEqualTo(expected);
        assertThat(in.failed()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"a3010203", "d903010203", "c403010203", "93010203", "93cc01d10002cd0003", "da0003010203"})
    void bytes_may_come_as_raw_bin_or_numbers(String hex) {
        var in = new MsgPackReader(Bytes.hex(hex));
        assertThat(in.bytes()).isEqualTo(Bytes.hex("010203"));
        assertThat(in.failed()).isFalse();
    }

    @Test
    void the_first_fault_sticks_and_everything_after_it_is_zero() {
        var in = new MsgPackReader(Bytes.hex("a161" + "05" + "a162"));
        assertThat(in.unsigned32()).isZero();
        assertThat(in.looseText()).isEmpty();
        assertThat(in.map()).isZero();
        assertThat(in.offset()).isZero();
        assertThat(in.outcome(1)).isEqualTo(new Decoded.Rejected<>(Rejection.WRONG_FIELD_TYPE, 0));
    }

    private static MsgPackWriter gossip() {
        return new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
    }

    private static long skippedByMsgPackCore(byte[] bytes) {
        try (MessageUnpacker in = MessagePack.newDefaultUnpacker(bytes)) {
            in.skipValue();
            return in.getTotalReadBytes() <= bytes.length ? in.getTotalReadBytes() : -1;
        } catch (IOException | RuntimeException e) {
            return -1;
        }
    }

    private static void packRandom(MessageBufferPacker packer, Random random, int depth) throws IOException {
        switch (random.nextInt(depth < 3 ? 10 : 7)) {
            case 0 -> packer.packNil();
            case 1 -> packer.packBoolean(random.nextBoolean());
            case 2 -> packer.packLong(random.nextLong() >> random.nextInt(64));
            case 3 -> packer.packDouble(random.nextGaussian());
            case 4 -> packer.packFloat(random.nextFloat());
            case 5 -> packer.packString("é".repeat(random.nextInt(40)));
            case 6 -> {
                int length = random.nextInt(40);
                packer.packBinaryHeader(length).writePayload(new byte[length]);
            }
            case 7, 8 -> {
                int count = random.nextInt(6);
                packer.packArrayHeader(count);
                for (int i = 0; i < count; i++) {
                    packRandom(packer, random, depth + 1);
                }
            }
            default -> {
                int count = random.nextInt(6);
                packer.packMapHeader(count);
                for (int i = 0; i < count; i++) {
                    packer.packString("k" + i);
                    packRandom(packer, random, depth + 1);
                }
            }
        }
    }

    private static void compare(MessageUnpacker theirs, MsgPackReader ours) throws IOException {
        switch (ours.next()) {
            case NIL -> {
                theirs.unpackNil();
                assertThat(ours.skipNil()).isTrue();
            }
            case BOOL -> assertThat(ours.bool()).isEqualTo(theirs.unpackBoolean());
            case INTEGER -> assertThat(ours.integer()).isEqualTo(theirs.unpackLong());
            case REAL -> assertThat(ours.real()).isEqualTo(theirs.unpackDouble());
            case TEXT -> assertThat(ours.text(1_000, Rejection.TOO_LARGE)).isEqualTo(theirs.unpackString());
            case BINARY -> assertThat(ours.bytes().array()).isEqualTo(theirs.readPayload(theirs.unpackBinaryHeader()));
            case ARRAY -> {
                int count = theirs.unpackArrayHeader();
                assertThat(ours.array()).isEqualTo(count);
                for (int i = 0; i < count; i++) {
                    compare(theirs, ours);
                }
            }
            case MAP -> {
                int count = theirs.unpackMapHeader();
                assertThat(ours.map()).isEqualTo(count);
                for (int i = 0; i < 2 * count; i++) {
                    compare(theirs, ours);
                }
            }
            case EXTENSION, NOTHING -> throw new AssertionError("never packed");
        }
    }
}
