package muster.gossip.wire;

import java.util.SortedMap;
import java.util.TreeMap;

/** A member's tags to and from its meta bytes: 255 and a map, or else the whole is the value of {@code role}. */
public final class Tags {
    private static final int MAP_FOLLOWS = 255;

    private Tags() {}

    /** In the order of the names. The result may be longer than {@link Message#META_BYTES_MAX}: the caller checks. */
    public static Bytes encode(SortedMap<String, String> tags) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(MAP_FOLLOWS).map(tags.size());
        tags.forEach((name, value) -> out.text(name).text(value));
        return out.toBytes();
    }

    /**
     * Empty meta gives no tags. Values as MessagePack's bin are refused, as Serf does. Two tags of one name: the last
     * one counts.
     */
    public static Decoded<SortedMap<String, String>> decode(Bytes meta) {
        SortedMap<String, String> tags = new TreeMap<>();
        if (meta.isEmpty()) {
            return new Decoded.Ok<>(tags);
        }
        if (meta.at(0) != MAP_FOLLOWS) {
            tags.put("role", meta.utf8());
            return new Decoded.Ok<>(tags);
        }
        var in = new MsgPackReader(meta.array(), 1, meta.size());
        int count = in.map();
        for (int i = 0; i < count && !in.failed(); i++) {
            String name = in.looseText();
            tags.put(name, in.looseText());
        }
        return in.outcome(tags);
    }
}
