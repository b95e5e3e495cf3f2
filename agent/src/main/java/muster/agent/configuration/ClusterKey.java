package muster.agent.configuration;

import java.util.Base64;
import muster.gossip.wire.Bytes;

/** A key of the cluster as operators write it. */
public final class ClusterKey {
    private ClusterKey() {}

    public static String encode(Bytes key) {
        return Base64.getEncoder().encodeToString(key.array());
    }

    /** What Go's decoder says of text that is not base64, and so Serf; empty where it takes it. */
    public static String faultInGosWords(String encoded) {
        int at = fault(encoded);
        return at < 0 ? "" : "illegal base64 data at input byte " + at;
    }

    /** Where Go's decoder stops; -1 at the end. */
    private static int fault(String encoded) {
        int length = encoded.length();
        for (int i = 0; i < length; i++) {
            char c = encoded.charAt(i);
            if (c == '=') {
                if (i % 4 < 2) {
                    return i;
                }
                int end = i - i % 4 + 4;
                if (i + 1 < end && i + 1 == length) {
                    return length;
                }
                if (i + 1 < end && encoded.charAt(i + 1) != '=') {
                    return i;
                }
                return end == length ? -1 : end;
            }
            boolean known = c == '+' || c == '/' || (c < 128 && Character.isLetterOrDigit(c));
            if (!known) {
                return i;
            }
        }
        return length % 4 == 0 ? -1 : length - length % 4;
    }

    /** From base64, 16, 24 or 32 bytes. Throws {@link IllegalArgumentException} with the remedy, and without the key. */
    public static Bytes decode(String encoded) {
        Bytes key;
        try {
            key = Bytes.of(Base64.getDecoder().decode(encoded));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the key is not base64; 'muster keygen' makes one", e);
        }
        if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
            throw new IllegalArgumentException(
                    "the key has " + key.size() + " bytes and must have 16, 24 or 32; 'muster keygen' makes one");
        }
        return key;
    }
}
