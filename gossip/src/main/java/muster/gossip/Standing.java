package muster.gossip;

import muster.gossip.Member.Status;

/**
 * Serf's view on memberlist's: who is alive, leaving, left or failed. A member that says goodbye itself has left, with or
 * without the intent; one that others report gone has left if it had said that it would, and has failed otherwise.
 */
final class Standing {
    /** Serf's: back sooner than this after a failure is flapping. */
    private static final long FLAP_NANOS = 60_000_000_000L;

    private final World world;
    private final Roster roster;
    private final EarlyIntents early;

    Standing(World world, Roster roster, EarlyIntents early) {
        this.world = world;
        this.roster = roster;
        this.early = early;
    }

    void joined(Row row) {
        Status before = row.status;
        if (before == Status.FAILED && world.now() - row.goneNanos < FLAP_NANOS) {
            world.count("serf.member.flap");
        }
        row.toBeForgotten = false;
        roster.setStatus(row, Status.ALIVE);
        if (before == Status.NONE) {
            EarlyIntents.Intent intent = early.take(row.name);
            if (intent != null) {
                row.statusTime = intent.time();
                row.goneNanos = world.now();
                roster.setStatus(row, intent.leave() ? Status.LEAVING : Status.ALIVE);
            }
        }
        world.count("serf.member.join");
        world.info("serf: EventMemberJoin: " + row.name + " " + row.address.host());
        world.tell(new Notice.MemberJoined(row.member()));
    }

    void updated(Row row) {
        world.count("serf.member.update");
        world.info("serf: EventMemberUpdate: " + row.name);
        world.tell(new Notice.MemberUpdated(row.member()));
    }

    void gone(Row row, boolean onPurpose) {
        row.goneNanos = world.now();
        if (onPurpose || row.status == Status.LEAVING) {
            roster.setStatus(row, Status.LEFT);
            world.count("serf.member.left");
            world.info("serf: EventMemberLeave: " + row.name + " " + row.address.host());
            world.tell(new Notice.MemberLeft(row.member(), false));
            if (row.toBeForgotten) {
                reap(row);
            }
        } else {
            roster.setStatus(row, Status.FAILED);
            world.count("serf.member.failed");
            world.info("serf: EventMemberFailed: " + row.name + " " + row.address.host());
            world.tell(new Notice.MemberFailed(row.member()));
        }
    }

    /** It said that it will leave. */
    void leaving(Row row) {
        row.goneNanos = world.now();
        roster.setStatus(row, Status.LEAVING);
        world.tell(new Notice.MemberLeaving(row.member()));
    }

    /** It stays after all. */
    void staying(Row row) {
        row.toBeForgotten = false;
        roster.setStatus(row, Status.ALIVE);
        world.tell(new Notice.MemberUpdated(row.member()));
    }

    /** It had failed, and someone says that it will not come back. */
    void forcedOut(Row row) {
        row.goneNanos = world.now();
        roster.setStatus(row, Status.LEFT);
        world.info("serf: EventMemberLeave (forced): " + row.name + " " + row.address.host());
        world.tell(new Notice.MemberLeft(row.member(), true));
    }

    /** It is pruned: at once, or when it is gone, where others knew of that sooner. */
    void forget(Row row) {
        if (row.status == Status.LEFT) {
            reap(row);
        } else {
            row.toBeForgotten = true;
        }
    }

    void reap(Row row) {
        world.info("serf: EventMemberReap: " + row.name);
        Member last = row.member();
        roster.remove(row);
        world.tell(new Notice.MemberReaped(last));
    }
}
