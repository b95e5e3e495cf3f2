package muster.gossip;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.function.Consumer;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.Message.Alive;
import muster.gossip.wire.Message.Dead;
import muster.gossip.wire.Message.LifeState;
import muster.gossip.wire.Message.NodeState;
import muster.gossip.wire.Message.Suspect;
import muster.gossip.wire.Tags;
import org.jspecify.annotations.Nullable;

/**
 * Memberlist's rules of life and death.
 *
 * <pre>
 *            alive(i &gt; known)                 suspect(i &ge; known)
 *   unknown ─────────────────► ALIVE ◄──────────────────────────► SUSPECT
 *                               ▲ │ dead(i &ge; known)   alive(i &gt; known)  │ timer, or dead(i &ge; known)
 *               alive(i &gt; known) │ ▼                                     ▼
 *                           DEAD / LEFT (from = the member itself) ◄─────┘
 * </pre>
 *
 * Only a member itself raises its incarnation, so nothing else revives it: what is said about ourselves and is wrong, we
 * refute with a higher one.
 */
final class Lifecycle {
    /** Incarnations are unsigned 32-bit numbers on the wire. */
    static final long INCARNATION_MAX = 0xffff_ffffL;

    /** What one member says wrongly, of itself or of us, is answered to it at most this often. */
    private static final long ANSWER_EVERY_NANOS = 1_000_000_000L;

    /** Conflicting claims come with every packet of the other; people want to read of them less often. */
    private static final long CONFLICT_SAID_EVERY_NANOS = 10_000_000_000L;

    private final World world;
    private final Roster roster;
    private final Rumours rumours;
    private final Awareness awareness;
    private final Standing standing;
    private final Consumer<Row> lastQuestion;
    private boolean leaving;

    /** {@code lastQuestion} is asked of a suspect whose suspicion ends one probe interval later. */
    Lifecycle(
            World world,
            Roster roster,
            Rumours rumours,
            Awareness awareness,
            Standing standing,
            Consumer<Row> lastQuestion) {
        this.world = world;
        this.roster = roster;
        this.rumours = rumours;
        this.awareness = awareness;
        this.standing = standing;
        this.lastQuestion = lastQuestion;
    }

    /** Says that {@code claim} lives. Gives the known member that should be probed because two claim its name; else null. */
    @Nullable
    Row alive(Alive claim) {
        Row known = roster.find(claim.node());
        if (known == roster.self() && leaving) {
            return null;
        }
        String mismatch = Versions.mismatch(claim.node(), claim.versions());
        if (!mismatch.isEmpty()) {
            world.count(Counter.ALIVE_WITH_BAD_VERSIONS);
            world.warn("memberlist: Ignoring an alive message: " + mismatch);
            return null;
        }
        var address = new Address(claim.address(), claim.port());
        if (known == null) {
            if (claim.incarnation() > 0) {
                Row added = roster.add(claim.node(), address, claim.meta(), claim.versions());
                if (added != null) {
                    accept(added, claim, address);
                }
            }
            return null;
        }
        if (!known.address.equals(address) && known.present()) {
            return conflict(known, address);
        }
        if (known == roster.self()) {
            aliveOurselves(known, claim);
        } else if (claim.incarnation() > known.incarnation) {
            accept(known, claim, address);
        } else if (!known.present() || (claim.incarnation() == known.incarnation && !saysTheSame(claim, known))) {
            challenge(known, address);
        }
        return null;
    }

    private void accept(Row row, Alive claim, Address address) {
        world.count("memberlist.msg.alive");
        rumours.about(claim.node(), claim);
        endSuspicion(row);
        LifeState before = row.life;
        boolean meta = !row.meta.equals(claim.meta());
        boolean changed = meta || !row.versions.equals(claim.versions()) || !row.address.equals(address);
        row.incarnation = claim.incarnation();
        row.address = address;
        row.versions = claim.versions();
        row.meta = claim.meta();
        if (meta || row.status == Member.Status.NONE) {
            row.tags = tags(claim.meta());
        }
        roster.setLife(row, LifeState.ALIVE);
        switch (before) {
            case DEAD, LEFT -> standing.joined(row);
            case SUSPECT -> {
                world.info("muster: Refuted: " + row.name + " answered and is alive");
                world.tell(new Notice.MemberRefuted(row.member()));
                if (changed) {
                    standing.updated(row);
                }
            }
            case ALIVE -> {
                if (changed) {
                    standing.updated(row);
                }
            }
        }
    }

    private SortedMap<String, String> tags(Bytes meta) {
        return switch (Tags.decode(meta)) {
            case Decoded.Ok<SortedMap<String, String>>(var tags) -> tags;
            case Decoded.Rejected<SortedMap<String, String>>(var reason, var offset) -> {
                world.count(Counter.TAGS_UNREADABLE);
                yield Collections.emptySortedMap();
            }
        };
    }

    /** A claim about ourselves that is not what we say came from our former life or from a liar. */
    private void aliveOurselves(Row self, Alive claim) {
        boolean same = claim.incarnation() == self.incarnation && saysTheSame(claim, self);
        if (claim.incarnation() >= self.incarnation && !same) {
            world.count("memberlist.msg.alive");
            refute(claim.incarnation());
        }
    }

    private static boolean saysTheSame(Alive claim, Row row) {
        return claim.meta().equals(row.meta) && claim.versions().equals(row.versions);
    }

    private @Nullable Row conflict(Row known, Address other) {
        world.count(Counter.NAME_CONFLICTS);
        if (known.conflictSaidNanos != Row.NEVER && world.now() - known.conflictSaidNanos < CONFLICT_SAID_EVERY_NANOS) {
            return null;
        }
        known.conflictSaidNanos = world.now();
        world.log(
                System.Logger.Level.ERROR,
                "memberlist: Conflicting address for " + known.name + ". Mine: " + known.address + " Theirs: " + other
                        + " Old state: " + known.life.name().toLowerCase(Locale.ROOT));
        world.tell(new Notice.NameConflict(known.member(), other));
        return known;
    }

    /**
     * An {@code alive} that is too old to revive someone gone, or that says something else with the incarnation that we
     * know: a straggling packet, or a member that started anew and does not know what its former life said. Telling it
     * directly what it must refute costs one datagram and tells the two apart; believing it would revive the dead, or
     * leave it to chance which of two lives each peer believes in.
     */
    private void challenge(Row known, Address address) {
        if (recently(known.challengedNanos)) {
            return;
        }
        known.challengedNanos = world.now();
        world.count(Counter.CHALLENGES);
        rumours.post().sendAlone(address, new Suspect(known.incarnation, known.name, world.settings.name()));
    }

    private boolean recently(long nanos) {
        return nanos != Row.NEVER && world.now() - nanos < ANSWER_EVERY_NANOS;
    }

    void suspect(Suspect accusation) {
        Row row = roster.find(accusation.node());
        if (row == null) {
            return;
        }
        if (accusation.incarnation() < row.incarnation) {
            answerOutdated(row, accusation.from());
            return;
        }
        Suspicion running = row.suspicion;
        if (running != null) {
            if (running.confirmedBy(accusation.from())) {
                world.count(Counter.SUSPICIONS_CONFIRMED);
                rumours.about(row.name, accusation);
                plan(row, running);
            }
            return;
        }
        if (row.life != LifeState.ALIVE) {
            return;
        }
        if (row == roster.self()) {
            if (!leaving) {
                world.warn("memberlist: Refuting a suspect message (from: " + accusation.from() + ")");
                refute(accusation.incarnation());
            }
            return;
        }
        world.count(Counter.SUSPICIONS);
        world.count("memberlist.msg.suspect");
        rumours.about(row.name, accusation);
        row.incarnation = accusation.incarnation();
        roster.setLife(row, LifeState.SUSPECT);
        beginSuspicion(row, accusation.from());
        world.tell(new Notice.MemberSuspected(row.member(), accusation.from()));
    }

    private void beginSuspicion(Row row, String accuser) {
        int members = roster.size();
        // The nominal time is reached two probe intervals before the multiplier's worth, as peers are not in step
        // with us; with too few members to confirm, none is waited for.
        int wanted = Math.max(0, world.timing.suspicionMultiplier() - 2);
        if (members - 2 < wanted) {
            wanted = 0;
        }
        long minimum = Formulas.suspicionNanos(
                world.timing.suspicionMultiplier(),
                members,
                world.timing.probeEvery().toNanos());
        long maximum = minimum * world.timing.suspicionMaxMultiplier();
        var suspicion = new Suspicion(accuser, wanted, world.now(), minimum, maximum);
        row.suspicion = suspicion;
        plan(row, suspicion);
    }

    private void plan(Row row, Suspicion suspicion) {
        long end = suspicion.endNanos(world.now());
        suspicion.plan(
                world.agenda.at(end - world.timing.probeEvery().toNanos(), () -> lastQuestion.accept(row)),
                world.agenda.at(end, () -> timedOut(row, suspicion)));
    }

    private void timedOut(Row row, Suspicion suspicion) {
        if (row.suspicion != suspicion) {
            return;
        }
        if (suspicion.poorlyConfirmed()) {
            world.count("memberlist.degraded.timeout");
        }
        world.info("memberlist: Marking " + row.name + " as failed, suspect timeout reached ("
                + suspicion.confirmations() + " peer confirmations)");
        dead(new Dead(row.incarnation, row.name, world.settings.name()));
    }

    private static void endSuspicion(Row row) {
        Suspicion suspicion = row.suspicion;
        if (suspicion != null) {
            suspicion.cancel();
            row.suspicion = null;
        }
    }

    /** We stood still for this long and heard nothing: suspects may have answered meanwhile, so they get that time too. */
    void forgive(long nanos) {
        for (Row row : roster.all()) {
            Suspicion suspicion = row.suspicion;
            if (suspicion != null) {
                suspicion.forgive(nanos);
                plan(row, suspicion);
            }
        }
    }

    void dead(Dead report) {
        Row row = roster.find(report.node());
        if (row == null) {
            return;
        }
        if (report.incarnation() < row.incarnation) {
            answerOutdated(row, report.from());
            return;
        }
        if (!row.present()) {
            return;
        }
        if (row == roster.self()) {
            if (!leaving) {
                world.warn("memberlist: Refuting a dead message (from: " + report.from() + ")");
                refute(report.incarnation());
            }
            return;
        }
        rumours.about(row.name, report);
        bury(row, report);
    }

    private void bury(Row row, Dead report) {
        world.count("memberlist.msg.dead");
        endSuspicion(row);
        row.incarnation = report.incarnation();
        boolean onPurpose = report.node().equals(report.from());
        roster.setLife(row, onPurpose ? LifeState.LEFT : LifeState.DEAD);
        standing.gone(row, onPurpose);
    }

    /**
     * What we refuted long ago is still said: the rumour of the refutation missed the accuser, and gossip does not repeat
     * itself. It gets the refutation directly, at the address that the member of that name is known to have.
     */
    private void answerOutdated(Row accused, String accuser) {
        Row self = roster.self();
        Row row = roster.find(accuser);
        if (accused != self || leaving || row == null || row == self || recently(row.answeredNanos)) {
            return;
        }
        row.answeredNanos = world.now();
        world.count(Counter.ACCUSERS_ANSWERED);
        rumours.post().sendAlone(row.address, ourselves());
    }

    /** Someone says what is not so about us: say it again with an incarnation above theirs. */
    private void refute(long accused) {
        Row self = roster.self();
        long next = Math.max(self.incarnation, accused) + 1;
        if (next > INCARNATION_MAX) {
            world.count(Counter.INCARNATIONS_EXHAUSTED);
            return;
        }
        world.count(Counter.REFUTATIONS);
        awareness.add(1);
        self.incarnation = next;
        roster.changed(self);
        tellOfOurselves();
    }

    /** Tells all that we live, here, with these tags. */
    void announce() {
        world.count("memberlist.msg.alive");
        tellOfOurselves();
    }

    private void tellOfOurselves() {
        rumours.about(roster.self().name, ourselves());
    }

    private Alive ourselves() {
        Row self = roster.self();
        return new Alive(self.incarnation, self.name, self.address.ip(), self.address.port(), self.meta, self.versions);
    }

    /** Our tags are other ones from now on. */
    void retag(SortedMap<String, String> tags, Bytes meta) {
        Row self = roster.self();
        self.tags = tags;
        self.meta = meta;
        self.incarnation = Math.min(self.incarnation + 1, INCARNATION_MAX);
        roster.changed(self);
        announce();
        standing.updated(self);
    }

    /** From now on nothing said about us is refuted. */
    void startLeaving() {
        leaving = true;
    }

    /** We are gone, on purpose: tells all, and {@code finished} when that was told often enough. */
    void buryOurselves(Runnable finished) {
        Row self = roster.self();
        var report = new Dead(self.incarnation, self.name, self.name);
        rumours.about(self.name, report, finished);
        bury(self, report);
    }

    /** Takes in a peer's whole view; gives those that should be probed because of a name conflict. */
    void merge(List<NodeState> rows, Consumer<Row> doubted) {
        String self = world.settings.name();
        for (NodeState row : rows) {
            switch (row.state()) {
                case ALIVE -> {
                    Row claimed = alive(new Alive(
                            row.incarnation(), row.name(), row.address(), row.port(), row.meta(), row.versions()));
                    if (claimed != null) {
                        doubted.accept(claimed);
                    }
                }
                case LEFT -> dead(new Dead(row.incarnation(), row.name(), row.name()));
                // One peer's word, which may be hours old, is not enough to bury anyone: it may refute first.
                case DEAD, SUSPECT -> suspect(new Suspect(row.incarnation(), row.name(), self));
            }
        }
    }
}
