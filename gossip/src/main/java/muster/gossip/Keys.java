package muster.gossip;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.KeyCodec;
import muster.gossip.wire.KeyCodec.Reply;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.SerfMessage.Query;
import org.jspecify.annotations.Nullable;

/** The key ring, as operators change it by queries: install a key everywhere, use it, remove the old one. */
final class Keys {
    private static final int MESSAGE_CHARACTERS_MAX = 200; // fits into an answer, in whatever script

    private final World world;

    Keys(World world) {
        this.world = world;
    }

    /**
     * Does what the query asks for, and gives the answer, in {@code room} bytes; null where it comes when the changed ring is
     * kept, told as {@code number}.
     */
    @Nullable
    Bytes answer(Query query, int room, long number) {
        if (world.keys.isEmpty()) {
            String none = query.name().equals(Input.KeyChange.LIST.query())
                    ? "Keyring is empty (encryption not enabled)"
                    : "No keyring to modify (encryption not enabled)";
            world.log(Level.ERROR, "serf: " + none);
            return KeyCodec.reply(failed(none));
        }
        world.info("serf: Received " + query.name().substring(Asking.INTERNAL.length()) + " query");
        return switch (query.name()) {
            case "_serf_install-key" -> changed(query, number, ring -> ring.add(key(query)));
            case "_serf_use-key" -> changed(query, number, ring -> ring.use(key(query)));
            case "_serf_remove-key" -> changed(query, number, ring -> ring.remove(key(query)));
            default -> list(room);
        };
    }

    private static Reply failed(String message) {
        return new Reply(false, message, List.of(), "");
    }

    private static Bytes key(Query query) {
        return switch (KeyCodec.readRequest(query.payload())) {
            case Decoded.Ok<Bytes>(Bytes key) -> key;
            case Decoded.Rejected<Bytes>(var reason, var offset) ->
                throw new IllegalArgumentException("the key request cannot be read: " + reason);
        };
    }

    /** To a change that is done; as with Serf, one that could not be kept holds and is a failure. */
    static Bytes kept(String error) {
        String message = error.substring(0, Math.min(error.length(), MESSAGE_CHARACTERS_MAX));
        return KeyCodec.reply(new Reply(error.isEmpty(), message, List.of(), ""));
    }

    private @Nullable Bytes changed(Query query, long number, UnaryOperator<Keyring> change) {
        Keyring before = world.keys;
        try {
            world.keys = change.apply(before);
        } catch (IllegalArgumentException refused) {
            world.log(Level.ERROR, "serf: " + failure(query) + ": " + refused.getMessage());
            return KeyCodec.reply(failed(String.valueOf(refused.getMessage())));
        }
        if (world.keys.keys().equals(before.keys())) {
            return kept("");
        }
        world.count(Counter.KEYS_CHANGED);
        world.tell(new Notice.KeysChanged(number, world.keys.keys()));
        return null;
    }

    private static String failure(Query query) {
        return switch (query.name()) {
            case "_serf_install-key" -> "Failed to install key";
            case "_serf_use-key" -> "Failed to change primary key";
            default -> "Failed to remove key";
        };
    }

    /** As many keys as fit. */
    private Bytes list(int room) {
        List<String> all = new ArrayList<>();
        for (Bytes key : world.keys.keys()) {
            all.add(Base64.getEncoder().encodeToString(key.array()));
        }
        String primary = all.getFirst();
        Bytes whole = KeyCodec.reply(new Reply(true, "", all, primary));
        for (int shown = all.size() - 1; whole.size() > room && shown > 0; shown--) {
            whole = KeyCodec.reply(new Reply(
                    true,
                    "truncated key list response, showing first " + shown + " of " + all.size() + " keys",
                    all.subList(0, shown),
                    primary));
        }
        return whole;
    }
}
