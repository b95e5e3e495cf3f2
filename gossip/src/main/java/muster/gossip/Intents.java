package muster.gossip;

import muster.gossip.Member.Status;
import muster.gossip.wire.SerfMessage;

/**
 * What members say they are about to do. Serf's rule against old news: an intent counts only if its Lamport time is later
 * than the last one of the same member; an intent that does not count is not told on, or leaves would circle for ever.
 */
final class Intents {
    private final World world;
    private final Roster roster;
    private final Standing standing;
    private final Rumours rumours;
    private final EarlyIntents early;
    private final LamportClock clock;
    private boolean leaving;

    Intents(World world, Roster roster, Standing standing, Rumours rumours, EarlyIntents early, LamportClock clock) {
        this.world = world;
        this.roster = roster;
        this.standing = standing;
        this.rumours = rumours;
        this.early = early;
        this.clock = clock;
    }

    /** An intent came by gossip. */
    void heard(SerfMessage.Join join) {
        if (join(join.node(), join.time())) {
            rumours.intent(join);
        }
    }

    /** An intent came by gossip. */
    void heard(SerfMessage.Leave leave) {
        if (leave(leave.node(), leave.time(), leave.prune())) {
            rumours.intent(leave);
        }
    }

    /** True when it was news. */
    boolean join(String name, long time) {
        if (!clock.witness(time)) {
            return false;
        }
        Row row = roster.find(name);
        if (row == null || row.status == Status.NONE) {
            return early.put(name, false, time);
        }
        if (time <= row.statusTime) {
            return false;
        }
        row.statusTime = time;
        roster.changed(row);
        if (row.status == Status.LEAVING && !(row == roster.self() && leaving)) {
            standing.staying(row);
        }
        return true;
    }

    /** True when it was news. */
    boolean leave(String name, long time, boolean prune) {
        if (!clock.witness(time)) {
            return false;
        }
        Row row = roster.find(name);
        if (row == null || row.status == Status.NONE) {
            return early.put(name, true, time);
        }
        if (row == roster.self() && !leaving) {
            // At the same time as our own join too: peers that heard the leave first do not count the join.
            if (time >= row.statusTime) {
                world.debug("serf: Refuting an older leave intent");
                announceJoin();
            }
            return false;
        }
        if (time <= row.statusTime) {
            return false;
        }
        row.statusTime = time;
        roster.changed(row);
        switch (row.status) {
            case ALIVE -> standing.leaving(row);
            case FAILED -> standing.forcedOut(row);
            case LEAVING, LEFT, NONE -> {}
        }
        if (prune && row != roster.self()) {
            standing.forget(row);
        }
        return true;
    }

    /** Tells all that we are here to stay: after a join, and against a leave intent of our former life. */
    void announceJoin() {
        long time = clock.time();
        join(world.settings.name(), time);
        rumours.intent(new SerfMessage.Join(time, world.settings.name()));
    }

    /** Our own goodbye; {@code finished} runs when it was told often enough. */
    void announceLeave(Runnable finished) {
        leaving = true;
        String name = world.settings.name();
        long time = clock.stamp();
        leave(name, time, false);
        rumours.intent(new SerfMessage.Leave(time, name, false), finished);
    }

    /** An operator says that this member will not come back. */
    void forceLeave(String name, boolean prune) {
        long time = clock.stamp();
        if (leave(name, time, prune)) {
            rumours.intent(new SerfMessage.Leave(time, name, prune));
        }
    }
}
