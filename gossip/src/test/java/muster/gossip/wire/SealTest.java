package muster.gossip.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that real agents sealed are in {@link RecordedPacketsTest}; here are published vectors and the edges. */
class SealTest {
    private static final Bytes FIRST = Bytes.hex("000102030405060708090a0b0c0d0e0f");
    private static final Bytes SECOND = Bytes.hex("101112131415161718191a1b1c1d1e1f");
    private static final Bytes NONCE = Bytes.hex("cafebabefacedbaddecaf888");
    private static final Bytes HEADER = Bytes.hex("0a00000020");

    /** Test cases 2, 8 and 14 of McGrew and Viega's GCM specification: a block of zeros, a nonce of zeros, a key of zeros. */
    @ParameterizedTest
    @CsvSource({
        "16, 0388dace60b6a392f328c2b971b2fe78, ab6e47d42cec13bdf53a67b21257bddf",
        "24, 98e7247c07f0fe411c267e4384b0f600, 2ff58d80033927ab8ef4d4587514f0fb",
        "32, cea7403d4d606b6e074ec5d3baf39d18, d0d1c8a799996bf0265b98b5d48ab919",
    })
    void published_vectors_open(int keyBytes, String ciphertext, String tag) {
        Bytes sealed = Bytes.hex("01" + "00".repeat(12) + ciphertext + tag);
        assertThat(open(sealed, Bytes.EMPTY, new Keyring(List.of(Bytes.of(new byte[keyBytes])))))
                .isEqualTo(new Decoded.Ok<>(Bytes.of(new byte[16])));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 1_000, 100_000})
    void what_was_sealed_opens(int size) {
        Bytes plain = Bytes.of(new byte[size]);
        Bytes sealed = Seal.close(plain, HEADER, ring(FIRST), new Random(size));
        assertThat(sealed.size()).isEqualTo(size + Packet.overhead(ring(FIRST)));
        assertThat(open(sealed, HEADER, ring(FIRST))).isEqualTo(new Decoded.Ok<>(plain));
    }

    @Test
    void the_primary_seals_and_every_key_of_the_ring_opens() {
        Bytes plain = Bytes.utf8("hello");
        Bytes sealed = Seal.close(plain, Bytes.EMPTY, ring(FIRST, SECOND), new Random(1));
        assertThat(open(sealed, Bytes.EMPTY, ring(FIRST))).isEqualTo(new Decoded.Ok<>(plain));
        assertThat(open(sealed, Bytes.EMPTY, ring(SECOND, FIRST))).isEqualTo(new Decoded.Ok<>(plain));
        assertThat(open(sealed, Bytes.EMPTY, ring(SECOND))).isEqualTo(new Decoded.Rejected<>(Rejection.WRONG_KEY, 0));
    }

    @Test
    void what_it_is_bound_to_must_be_the_same() {
        Bytes sealed = Seal.close(Bytes.utf8("hello"), HEADER, ring(FIRST), new Random(1));
        assertThat(open(sealed, Bytes.EMPTY, ring(FIRST))).isEqualTo(new Decoded.Rejected<>(Rejection.WRONG_KEY, 0));
    }

    @Test
    void the_length_in_front_of_a_sealed_stream_cannot_be_changed() {
        var ack = new Message.Ack(1, Bytes.EMPTY);
        Bytes bytes = StreamCodec.encode(ack, true, ring(FIRST), new Random(1));
        byte[] longer = Arrays.copyOf(bytes.array(), bytes.size() + 1);
        longer[4]++;
        assertThat(new StreamReader(ring(FIRST)).add(Bytes.of(longer)))
                .isEqualTo(new StreamReader.Progress.Rejected(Rejection.WRONG_KEY, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 31, 32, 1_000})
    void version_0_is_padded_and_read(int size) throws GeneralSecurityException {
        Bytes plain = Bytes.of(new byte[size]);
        assertThat(open(version0(padded(plain)), Bytes.EMPTY, ring(FIRST))).isEqualTo(new Decoded.Ok<>(plain));
    }

    @ParameterizedTest
    @CsvSource({"00", "0000000000000000000000000000ff11", "00000000000000000000000000000102", "''"})
    void version_0_with_bad_padding_is_refused(String hex) throws GeneralSecurityException {
        assertThat(open(version0(Bytes.hex(hex)), Bytes.EMPTY, ring(FIRST)))
                .isInstanceOfSatisfying(
                        Decoded.Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(Rejection.BAD_ENCRYPTION));
    }

    @Test
    void nonces_come_from_the_generator_that_is_handed_in() {
        Bytes one = Seal.close(Bytes.EMPTY, Bytes.EMPTY, ring(FIRST), new Random(1));
        Bytes same = Seal.close(Bytes.EMPTY, Bytes.EMPTY, ring(FIRST), new Random(1));
        Bytes other = Seal.close(Bytes.EMPTY, Bytes.EMPTY, ring(FIRST), new Random(2));
        assertThat(one).isEqualTo(same).isNotEqualTo(other);
    }

    @Test
    void a_ring_refuses_what_it_cannot_use() {
        assertThatThrownBy(() -> ring(Bytes.of(new byte[15])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16, 24 or 32");
        assertThatThrownBy(() -> ring(FIRST, FIRST)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ring(FIRST, SECOND).remove(FIRST)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ring(FIRST).use(SECOND)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(Keyring.PLAIN::primary).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_key_is_changed_by_adding_using_and_removing() {
        Keyring ring = ring(FIRST).add(SECOND);
        assertThat(ring.keys()).containsExactly(FIRST, SECOND);
        assertThat(ring.add(SECOND)).isSameAs(ring);
        ring = ring.use(SECOND);
        assertThat(ring.primary()).isEqualTo(SECOND);
        assertThat(ring.remove(FIRST).keys()).containsExactly(SECOND);
        assertThat(ring.remove(FIRST).remove(FIRST).keys()).containsExactly(SECOND);
        assertThat(ring.toString()).doesNotContain(SECOND.hex());
    }

    private static Keyring ring(Bytes... keys) {
        return new Keyring(List.of(keys));
    }

    private static Decoded<Bytes> open(Bytes sealed, Bytes bound, Keyring keys) {
        return Seal.open(sealed.array(), 0, sealed.size(), bound, keys);
    }

    private static Bytes padded(Bytes plain) {
        int count = 16 - plain.size() % 16;
        byte[] padded = Arrays.copyOf(plain.array(), plain.size() + count);
        Arrays.fill(padded, plain.size(), padded.length, (byte) count);
        return Bytes.of(padded);
    }

    private static Bytes version0(Bytes padded) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE, new SecretKeySpec(FIRST.array(), "AES"), new GCMParameterSpec(128, NONCE.array()));
        byte[] ciphertext = cipher.doFinal(padded.array());
        return new MsgPackWriter(MsgPackWriter.Mode.GOSSIP)
                .rawByte(0)
                .rawBytes(NONCE)
                .rawBytes(Bytes.of(ciphertext))
                .toBytes();
    }
}
