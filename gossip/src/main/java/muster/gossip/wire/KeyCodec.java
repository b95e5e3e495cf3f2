package muster.gossip.wire;

import java.util.ArrayList;
import java.util.List;

/** What travels in queries about encryption keys: the key asked about, and what a member says to it. */
public final class KeyCodec {
    private static final int REQUEST = 7;
    private static final int REPLY = 8;
    private static final Struct REQUEST_FIELDS = Struct.of("Key");
    private static final Struct REPLY_FIELDS = Struct.of("Result", "Message", "Keys", "PrimaryKey");

    private KeyCodec() {}

    /**
     * A member's answer.
     *
     * @param done what was asked for is so now
     * @param message what went wrong, or a remark; may be empty
     * @param keys all its keys in base64, when they were asked for
     * @param primary the key that it seals with, in base64; empty from old peers and when not asked for
     */
    public record Reply(boolean done, String message, List<String> keys, String primary) {
        public Reply {
            keys = List.copyOf(keys);
        }
    }

    public static Bytes request(Bytes key) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        return out.rawByte(REQUEST).map(1).text("Key").bytes(key).toBytes();
    }

    public static Decoded<Bytes> readRequest(Bytes payload) {
        if (payload.isEmpty() || payload.at(0) != REQUEST) {
            return new Decoded.Rejected<>(payload.isEmpty() ? Rejection.EMPTY : Rejection.UNKNOWN_TYPE, 0);
        }
        var in = new MsgPackReader(payload.array(), 1, payload.size());
        Bytes key = Bytes.EMPTY;
        var fields = REQUEST_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Key" -> key = in.bytes();
                default -> in.skip();
            }
        }
        return in.outcome(key);
    }

    public static Bytes reply(Reply reply) {
        var out = new MsgPackWriter(MsgPackWriter.Mode.GOSSIP);
        out.rawByte(REPLY).map(4);
        out.text("Keys");
        if (reply.keys().isEmpty()) {
            out.nil();
        } else {
            out.array(reply.keys().size());
            reply.keys().forEach(out::text);
        }
        out.text("Message").text(reply.message());
        out.text("PrimaryKey").text(reply.primary());
        out.text("Result").bool(reply.done());
        return out.toBytes();
    }

    public static Decoded<Reply> readReply(Bytes payload) {
        if (payload.isEmpty() || payload.at(0) != REPLY) {
            return new Decoded.Rejected<>(payload.isEmpty() ? Rejection.EMPTY : Rejection.UNKNOWN_TYPE, 0);
        }
        var in = new MsgPackReader(payload.array(), 1, payload.size());
        boolean done = false;
        String message = "";
        List<String> keys = List.of();
        String primary = "";
        var fields = REPLY_FIELDS.in(in);
        while (fields.next()) {
            switch (fields.name()) {
                case "Result" -> done = in.bool();
                case "Message" -> message = in.looseText();
                case "Keys" -> keys = readKeys(in);
                case "PrimaryKey" -> primary = in.looseText();
                default -> in.skip();
            }
        }
        return in.outcome(new Reply(done, message, keys, primary));
    }

    private static List<String> readKeys(MsgPackReader in) {
        List<String> keys = new ArrayList<>();
        int count = in.array();
        for (int i = 0; i < count && !in.failed(); i++) {
            keys.add(in.looseText());
        }
        return keys;
    }
}
