package muster.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real streams, table resets among them, are in {@link RecordedPacketsTest}; here are our own at every size. */
class LzwTest {
    private static final int PLENTY = 64 * 1024 * 1024;

    /** How many different bytes there are decides how the table fills: 1 is the deepest chain, 256 the fastest reset. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 16, 64, 256})
    void what_was_folded_unfolds_to_the_same(int alphabet) {
        for (int size = 0; size < 600; size++) {
            assertRoundTrip(random(size, alphabet, size));
        }
        for (int size : new int[] {1_000, 3_800, 4_000, 4_094, 4_095, 4_096, 4_097, 5_000, 8_192, 65_536, 300_000}) {
            assertRoundTrip(random(size, alphabet, size));
        }
    }

    @Test
    void the_table_is_cleared_when_it_is_full() {
        // Random bytes rarely pair up again, so that each is a code: 3,837 of them fill the table.
        Bytes folded = Lzw.deflate(random(100_000, 256, 1));
        assertThat(folded.size()).isGreaterThan(100_000);
        assertRoundTrip(random(100_000, 256, 1));
    }

    /** The simplest legal encoder: 9-bit literals, and a clear code before the width would grow. */
    @Test
    void literals_with_a_clear_in_time_are_read() {
        Bytes plain = random(10_000, 256, 7);
        var out = new Bits();
        for (int i = 0; i < plain.size(); i++) {
            if (i % 254 == 0) {
                out.write(256, 9);
            }
            out.write(plain.at(i), 9);
        }
        out.write(257, 9);
        assertThat(inflate(out.bytes(), PLENTY)).isEqualTo(new Decoded.Ok<>(plain));
    }

    /** Our own encoder clears at once, as Go's does; others may go on with a full table. */
    @Test
    void a_full_table_that_is_not_cleared_is_used_on() {
        var out = new Bits();
        var plain = new ByteArrayOutputStream();
        var random = new Random(3);
        int high = 257;
        int width = 9;
        for (int i = 0; i < 20_000; i++) {
            int literal = random.nextInt(256);
            out.write(literal, width);
            plain.write(literal);
            if (i > 0) {
                high++;
            }
            // The reader makes an entry for each code but the first, and grows when the next one needs it.
            if (high + 1 == 1 << width && width < 12) {
                width++;
            }
        }
        out.write(257, width);
        assertThat(inflate(out.bytes(), PLENTY)).isEqualTo(new Decoded.Ok<>(Bytes.of(plain.toByteArray())));
    }

    @ParameterizedTest
    @CsvSource({"0, 1000", "1, 1000", "999, 1000", "65535, 65536", "1000, 1000000"})
    void no_more_than_the_limit_is_unfolded(int limit, int size) {
        Bytes folded = Lzw.deflate(Bytes.of(new byte[size]));
        assertThat(inflate(folded, limit))
                .isInstanceOfSatisfying(
                        Decoded.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(Rejection.INFLATED_TOO_LARGE));
        assertThat(inflate(folded, size)).isEqualTo(new Decoded.Ok<>(Bytes.of(new byte[size])));
    }

    @Test
    void a_stream_without_its_end_code_is_refused() {
        Bytes folded = Lzw.deflate(Bytes.utf8("hello hello hello"));
        for (int length = 0; length < folded.size() - 1; length++) {
            assertThat(inflate(Bytes.of(Arrays.copyOf(folded.array(), length)), PLENTY))
                    .isEqualTo(new Decoded.Rejected<>(Rejection.BAD_COMPRESSION, length));
        }
    }

    @Test
    void a_code_that_was_never_made_is_refused() {
        var out = new Bits();
        out.write(256, 9);
        out.write('a', 9);
        out.write(259, 9);
        assertThat(inflate(out.bytes(), PLENTY)).isInstanceOf(Decoded.Rejected.class);
        var first = new Bits();
        first.write(256, 9);
        first.write(258, 9);
        assertThat(inflate(first.bytes(), PLENTY)).isInstanceOf(Decoded.Rejected.class);
    }

    @Test
    void bytes_behind_the_end_code_are_ignored() {
        Bytes folded = Lzw.deflate(Bytes.utf8("hello"));
        assertThat(inflate(Bytes.of(Arrays.copyOf(folded.array(), folded.size() + 9)), PLENTY))
                .isEqualTo(new Decoded.Ok<>(Bytes.utf8("hello")));
    }

    private static void assertRoundTrip(Bytes plain) {
        assertThat(inflate(Lzw.deflate(plain), PLENTY)).isEqualTo(new Decoded.Ok<>(plain));
        assertThat(inflate(Lzw.deflate(plain), plain.size())).isEqualTo(new Decoded.Ok<>(plain));
    }

    private static Decoded<Bytes> inflate(Bytes folded, int bytesMax) {
        return Lzw.inflate(folded.array(), 0, folded.size(), bytesMax);
    }

    private static Bytes random(int size, int alphabet, long seed) {
        var random = new Random(seed);
        var bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) random.nextInt(alphabet);
        }
        return Bytes.of(bytes);
    }

    private static final class Bits {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private int bits;
        private int count;

        void write(int code, int width) {
            bits |= code << count;
            count += width;
            while (count >= 8) {
                out.write(bits);
                bits >>>= 8;
                count -= 8;
            }
        }

        Bytes bytes() {
            if (count > 0) {
                out.write(bits);
                count = 0;
            }
            return Bytes.of(out.toByteArray());
        }
    }
}
