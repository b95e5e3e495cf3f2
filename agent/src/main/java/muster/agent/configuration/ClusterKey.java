package muster.agent.configuration;

import java.util.Base64;
import muster.gossip.wire.Bytes;

/** A key of the cluster as operators write it. */
public final class ClusterKey {
    private ClusterKey() {}

    public static String encode(Bytes key) {
        return Base64.getEncoder().encodeToString(key.array());
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
