package muster.gossip.wire;

import java.nio.charset.StandardCharsets;

/**
 * The field names of one of Go's structs, in the order of their declaration. A struct arrives as a map in any order, with
 * unknown keys to skip and missing ones left zero, or as an array of its first fields.
 */
final class Struct {
    private final String[] names;
    private final byte[][] keys;

    private Struct(String[] names) {
        this.names = names;
        this.keys = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            keys[i] = names[i].getBytes(StandardCharsets.UTF_8);
        }
    }

    static Struct of(String... names) {
        return new Struct(names.clone());
    }

    /** Begins reading one. The caller reads, or skips, one value after each {@link Fields#next}. */
    Fields in(MsgPackReader reader) {
        return new Fields(reader);
    }

    /** Walks over the fields that are there. */
    final class Fields {
        private final MsgPackReader reader;
        private final boolean positional;
        private final int count;
        private int index;
        private String name = "";

        private Fields(MsgPackReader reader) {
            this.reader = reader;
            this.positional = reader.next() == MsgPackReader.Kind.ARRAY;
            this.count = positional ? reader.array() : reader.map();
        }

        /** Goes to the next field; false at the end or after a fault. */
        boolean next() {
            if (reader.failed() || index == count) {
                return false;
            }
            int known = positional ? index : reader.key(keys);
            name = known >= 0 && known < names.length ? names[known] : "";
            index++;
            return !reader.failed();
        }

        /** The field's name; empty for one that is not known. */
        String name() {
            return name;
        }
    }
}
