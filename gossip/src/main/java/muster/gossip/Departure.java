package muster.gossip;

import org.jspecify.annotations.Nullable;

/**
 * Leaving for good, in Serf's order: the intent first, until it was told often enough; only then the goodbye of
 * memberlist; then a moment for both to travel. A peer that hears the goodbye first shows a failure, so the two never
 * share a packet with the intent in front.
 */
final class Departure {
    private final World world;
    private final Roster roster;
    private final Rumours rumours;
    private final Intents intents;
    private final Lifecycle lifecycle;
    private final Prober prober;
    private final Exchanges exchanges;
    private Stage stage = Stage.STAYING;
    private Agenda.@Nullable Entry limit;

    private enum Stage {
        STAYING,
        SAYING_SO,
        SAYING_GOODBYE,
        LINGERING,
        GONE
    }

    Departure(
            World world,
            Roster roster,
            Rumours rumours,
            Intents intents,
            Lifecycle lifecycle,
            Prober prober,
            Exchanges exchanges) {
        this.world = world;
        this.roster = roster;
        this.rumours = rumours;
        this.intents = intents;
        this.lifecycle = lifecycle;
        this.prober = prober;
        this.exchanges = exchanges;
    }

    void begin() {
        if (stage != Stage.STAYING) {
            return;
        }
        stage = Stage.SAYING_SO;
        lifecycle.startLeaving();
        limit = world.after(world.settings.broadcastTimeout().toNanos(), this::intentLate);
        intents.announceLeave(soon(this::sayGoodbye));
    }

    /** After each input: those who should have heard it may all have gone since, when many leave together. */
    void endIfAlone() {
        if (roster.othersPresent() > 0) {
            return;
        }
        if (stage == Stage.SAYING_SO) {
            sayGoodbye();
        }
        if (stage == Stage.SAYING_GOODBYE || stage == Stage.LINGERING) {
            finish();
        }
    }

    /** Not from within the packet that is being filled. */
    private Runnable soon(Runnable step) {
        return () -> world.after(0, step);
    }

    private void intentLate() {
        world.warn("serf: timeout while waiting for graceful leave");
        sayGoodbye();
    }

    private void sayGoodbye() {
        if (stage != Stage.SAYING_SO) {
            return;
        }
        stage = Stage.SAYING_GOODBYE;
        cancelLimit();
        rumours.forgetIntents();
        prober.stop();
        limit = world.after(world.settings.broadcastTimeout().toNanos(), this::linger);
        lifecycle.buryOurselves(soon(this::linger));
    }

    private void linger() {
        if (stage != Stage.SAYING_GOODBYE) {
            return;
        }
        stage = Stage.LINGERING;
        cancelLimit();
        limit = world.after(world.settings.leavePropagateDelay().toNanos(), this::finish);
    }

    private void finish() {
        cancelLimit();
        exchanges.closeAll();
        stage = Stage.GONE;
        world.agenda.clear();
        world.tell(new Notice.LeaveEnded());
    }

    private void cancelLimit() {
        if (limit != null) {
            limit.cancel();
        }
    }

    boolean begun() {
        return stage != Stage.STAYING;
    }

    /** From now on nothing goes out any more. */
    boolean done() {
        return stage == Stage.GONE;
    }
}
