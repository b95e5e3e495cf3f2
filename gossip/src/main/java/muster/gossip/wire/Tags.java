package muster.gossip.wire;

import java.util.SortedMap;

/** A member's tags to and from its meta bytes: 255 and a map, or else the whole is the value of {@code role}. */
public final class Tags {
    private Tags() {}

    /** In the order of the names. The result may be longer than {@link Message#META_BYTES_MAX}: the caller checks. */
    public static Bytes encode(SortedMap<String, String> tags) {
        return Bytes.EMPTY;
    }

    /** Empty meta gives no tags. */
    public static Decoded<SortedMap<String, String>> decode(Bytes meta) {
        return new Decoded.Rejected<>(Rejection.UNKNOWN_TYPE, 0);
    }
}
