package muster.gossip.wire;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Memberlist's encryption: a version byte, a nonce of 12 bytes, then AES-GCM's output with its tag of 16. Version 1 seals
 * the plain text as it is; version 0, which is only read, padded it to 16 bytes first.
 */
final class Seal {
    /** What version 1 adds. */
    static final int OVERHEAD = 1 + 12 + 16;

    private static final int PADDED = 0;
    private static final int AS_IS = 1;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int BLOCK_BYTES = 16;

    private Seal() {}

    /**
     * Seals with the primary key. {@code bound} is not in the result but must be the same when it is opened. The nonce
     * comes from {@code random}, which must never give the same 12 bytes twice for one key.
     */
    static Bytes close(Bytes plain, Bytes bound, Keyring keys, RandomGenerator random) {
        var nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        var sealed = new byte[OVERHEAD + plain.size()];
        sealed[0] = AS_IS;
        System.arraycopy(nonce, 0, sealed, 1, NONCE_BYTES);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, keys.primary(), nonce, 0, bound);
            cipher.doFinal(plain.array(), 0, plain.size(), sealed, 1 + NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot do AES-GCM: use one with the standard algorithms", e);
        }
        return Bytes.of(sealed);
    }

    /** Opens with the first key of the ring that fits. */
    static Decoded<Bytes> open(byte[] array, int from, int to, Bytes bound, Keyring keys) {
        if (from == to) {
            return new Decoded.Rejected<>(Rejection.EMPTY, 0);
        }
        int version = array[from] & 0xff;
        if (version == MessageType.HAS_LABEL) {
            return new Decoded.Rejected<>(Rejection.LABEL_UNSUPPORTED, 0);
        }
        if (version > AS_IS) {
            // Every message type from 2 up gives itself away; ping and indirect ping look like a version.
            return new Decoded.Rejected<>(
                    version <= MessageType.ERROR ? Rejection.PLAINTEXT_UNEXPECTED : Rejection.BAD_ENCRYPTION, 0);
        }
        if (to - from < OVERHEAD) {
            return new Decoded.Rejected<>(Rejection.TRUNCATED, to - from);
        }
        for (Bytes key : keys.keys()) {
            try {
                Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, array, from + 1, bound);
                byte[] plain = cipher.doFinal(array, from + 1 + NONCE_BYTES, to - from - 1 - NONCE_BYTES);
                return version == PADDED ? unpad(plain) : new Decoded.Ok<>(Bytes.of(plain));
            } catch (AEADBadTagException e) {
                // Sealed with another key of the ring, or by somebody else altogether: try the next.
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this Java cannot do AES-GCM: use one with the standard algorithms", e);
            }
        }
        return new Decoded.Rejected<>(Rejection.WRONG_KEY, 0);
    }

    /**
     * Whether something that cannot be read as plain text may be so because it is sealed: its version looks like the type
     * of a ping, but behind that stands the nonce. Of eight sealed ones, one looks as if it could be a ping.
     */
    static boolean looksSealed(Bytes datagram) {
        if (datagram.size() < OVERHEAD || datagram.array()[0] < PADDED || datagram.array()[0] > AS_IS) {
            return false;
        }
        MsgPackReader.Kind body = new MsgPackReader(datagram.array(), 1, datagram.size()).next();
        return body != MsgPackReader.Kind.MAP && body != MsgPackReader.Kind.ARRAY;
    }

    private static Cipher cipher(int mode, Bytes key, byte[] nonce, int nonceFrom, Bytes bound)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                mode,
                new SecretKeySpec(key.array(), "AES"),
                new GCMParameterSpec(TAG_BYTES * 8, nonce, nonceFrom, NONCE_BYTES));
        cipher.updateAAD(bound.array());
        return cipher;
    }

    /** Takes the padding off: as many bytes as its last one says, 1 to 16, all alike. */
    private static Decoded<Bytes> unpad(byte[] padded) {
        int count = padded.length == 0 ? 0 : padded[padded.length - 1];
        if (count < 1 || count > BLOCK_BYTES || padded.length % BLOCK_BYTES != 0) {
            return new Decoded.Rejected<>(Rejection.BAD_ENCRYPTION, padded.length);
        }
        for (int i = padded.length - count; i < padded.length; i++) {
            if (padded[i] != count) {
                return new Decoded.Rejected<>(Rejection.BAD_ENCRYPTION, i);
            }
        }
        return new Decoded.Ok<>(Bytes.of(Arrays.copyOf(padded, padded.length - count)));
    }
}
