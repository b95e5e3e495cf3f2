package muster.gossip;

import java.util.List;
import muster.gossip.wire.Message.LifeState;

/** Forgets: leaves that were not meant, members that failed or left long ago, and intents about members that never came. */
final class Reaper {
    /** Serf's reap interval. */
    private static final long EVERY_NANOS = 15_000_000_000L;

    /**
     * A leave takes two broadcast timeouts and a moment, 11 s with Serf's settings. Someone still there after this long did
     * not mean it: Lamport times can tie so that neither a leave intent nor the join against it wins.
     */
    private static final long LEAVING_MAX_NANOS = 60_000_000_000L;

    private final World world;
    private final Roster roster;
    private final Standing standing;
    private final EarlyIntents early;

    Reaper(World world, Roster roster, Standing standing, EarlyIntents early) {
        this.world = world;
        this.roster = roster;
        this.standing = standing;
        this.early = early;
    }

    void start() {
        world.after(EVERY_NANOS, this::round);
    }

    private void round() {
        world.after(EVERY_NANOS, this::round);
        early.expire();
        for (Row row : roster.all()) {
            if (row.status == Member.Status.LEAVING
                    && row != roster.self()
                    && row.life == LifeState.ALIVE
                    && world.now() - row.goneNanos > LEAVING_MAX_NANOS) {
                world.count(Counter.LEAVES_NOT_MEANT);
                standing.staying(row);
            }
        }
        if (roster.failed() + roster.left() > 0) {
            for (Row row : List.copyOf(roster.all())) {
                if (due(row)) {
                    standing.reap(row);
                }
            }
        }
    }

    private boolean due(Row row) {
        long gone = world.now() - row.goneNanos;
        return switch (row.status) {
            case FAILED -> gone > world.settings.reconnectTimeout().toNanos();
            case LEFT -> gone > world.settings.tombstoneTimeout().toNanos();
            case ALIVE, LEAVING, NONE -> false;
        };
    }
}
