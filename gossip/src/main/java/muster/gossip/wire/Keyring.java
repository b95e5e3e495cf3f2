package muster.gossip.wire;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * The cluster's secret keys, newest choice first: the first one seals what we send, all of them are tried on what we
 * receive. Immutable: changing it gives another ring. Safe for use by any thread.
 */
public final class Keyring {
    /** No keys: everything travels as plain text, and sealed input is refused. */
    public static final Keyring PLAIN = new Keyring(List.of());

    private final List<Bytes> keys;

    /** Throws {@link IllegalArgumentException} with the remedy when a key is not 16, 24 or 32 bytes or comes twice. */
    public Keyring(List<Bytes> keys) {
        for (Bytes key : keys) {
            int size = key.size();
            if (size != 16 && size != 24 && size != 32) {
                throw new IllegalArgumentException("an encryption key of " + size
                        + " bytes: use 16, 24 or 32 random bytes, for instance from `muster keygen`");
            }
        }
        if (new HashSet<>(keys).size() != keys.size()) {
            throw new IllegalArgumentException("the same encryption key comes twice: remove one of them");
        }
        this.keys = List.copyOf(keys);
    }

    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /** The key that seals. Throws {@link IllegalStateException} on an empty ring. */
    public Bytes primary() {
        if (keys.isEmpty()) {
            throw new IllegalStateException("an empty ring has no primary key: ask isEmpty() first");
        }
        return keys.getFirst();
    }

    /** All keys in the order in which they are tried, primary first. */
    public List<Bytes> keys() {
        return keys;
    }

    /** This ring with {@code key} tried last; itself if it holds the key already. The first key becomes the primary. */
    public Keyring add(Bytes key) {
        if (keys.contains(key)) {
            return this;
        }
        var more = new ArrayList<>(keys);
        more.add(key);
        return new Keyring(more);
    }

    /** This ring with {@code key} as its primary. Throws {@link IllegalArgumentException} when it does not hold it. */
    public Keyring use(Bytes key) {
        if (!keys.contains(key)) {
            throw new IllegalArgumentException("the key is not in the ring: install it first");
        }
        var reordered = new ArrayList<>(keys);
        reordered.remove(key);
        reordered.addFirst(key);
        return new Keyring(reordered);
    }

    /**
     * This ring without {@code key}; itself if it does not hold it. Throws {@link IllegalArgumentException} for the
     * primary, because then nothing could be sent that others understand.
     */
    public Keyring remove(Bytes key) {
        if (!keys.contains(key)) {
            return this;
        }
        if (primary().equals(key)) {
            throw new IllegalArgumentException("the primary key cannot be removed: use another one first");
        }
        var fewer = new ArrayList<>(keys);
        fewer.remove(key);
        return new Keyring(fewer);
    }

    /** Keys are secrets: only their number shows. */
    @Override
    public String toString() {
        return "Keyring[" + keys.size() + " keys]";
    }
}
