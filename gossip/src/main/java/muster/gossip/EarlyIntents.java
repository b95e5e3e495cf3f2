package muster.gossip;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Intents about members that we have not met yet: they often overtake the {@code alive}. Only the latest of each name is kept. */
final class EarlyIntents {
    /** Names; a hostile peer can invent any number of them. */
    static final int NAMES_MAX = 4_096;

    /** Serf's recent intent timeout. */
    static final long KEPT_NANOS = 5 * 60 * 1_000_000_000L;

    private final World world;
    private final Map<String, Intent> byName = new LinkedHashMap<>();

    EarlyIntents(World world) {
        this.world = world;
    }

    record Intent(boolean leave, long time, long heardNanos) {}

    /** True when it is news, and so worth telling others. */
    boolean put(String name, boolean leave, long time) {
        Intent known = byName.get(name);
        if (known != null && time <= known.time()) {
            return false;
        }
        if (known == null && byName.size() >= NAMES_MAX) {
            world.count(Counter.EARLY_INTENTS_LIMITED);
            return false;
        }
        byName.put(name, new Intent(leave, time, world.now()));
        return true;
    }

    @Nullable
    Intent take(String name) {
        return byName.remove(name);
    }

    void expire() {
        byName.values().removeIf(intent -> {
            boolean old = world.now() - intent.heardNanos() > KEPT_NANOS;
            if (old) {
                world.count(Counter.EARLY_INTENTS_EXPIRED);
            }
            return old;
        });
    }

    int size() {
        return byName.size();
    }
}
