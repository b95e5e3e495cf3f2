package muster.gossip;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Message.LifeState;
import org.jspecify.annotations.Nullable;

/**
 * The table of members and what is counted over it. Keeps the rows of the dead and the left, so that old packets cannot
 * revive them, until the reaper takes them.
 */
final class Roster {
    /** Also the limit on rows of one push/pull; beyond the 10,000 that gossip is designed for. */
    static final int MEMBERS_MAX = 100_000;

    private final World world;
    /** In an order that is the same in every run; {@link #byName} is for looking up only. */
    private final TreeMap<String, Row> rows = new TreeMap<>();

    private final Map<String, Row> byName = new HashMap<>();
    private final Row self;
    private final Rotation probing;
    private final Rotation gossiping;
    private int present;
    private int failed;
    private int left;
    private long generation;
    private @Nullable List<Member> snapshot;

    Roster(World world, Bytes meta, Bytes versions) {
        this.world = world;
        this.probing = new Rotation(world.random, 0, this::retireOld);
        this.gossiping = new Rotation(world.random, Rumours.TOLD_DIRECTLY_MAX, () -> {});
        self = new Row(world.settings.name(), world.settings.advertise(), meta, versions, world.now());
        self.tags = world.settings.tags();
        self.incarnation = 1;
        put(self);
        setLife(self, LifeState.ALIVE);
    }

    private void put(Row row) {
        rows.put(row.name, row);
        byName.put(row.name, row);
    }

    Row self() {
        return self;
    }

    @Nullable
    Row find(String name) {
        return byName.get(name);
    }

    Collection<Row> all() {
        return rows.values();
    }

    /** A new row, dead as yet; null, and counted, when the table is full. */
    @Nullable
    Row add(String name, Address address, Bytes meta, Bytes versions) {
        if (rows.size() >= MEMBERS_MAX) {
            world.count(Counter.MEMBERS_LIMITED);
            return null;
        }
        var row = new Row(name, address, meta, versions, world.now());
        put(row);
        changed(row);
        return row;
    }

    /** All changes of life go through here: it keeps the counts and the rotations. */
    void setLife(Row row, LifeState life) {
        boolean before = row.present();
        if (row.life != life) {
            row.life = life;
            row.sinceNanos = world.now();
        }
        boolean after = row.present();
        present += (after ? 1 : 0) - (before ? 1 : 0);
        if (after && row.retired) {
            row.retired = false;
            if (row != self) {
                probing.add(row);
                gossiping.add(row);
            }
        }
        changed(row);
    }

    /** All changes of Serf's status go through here. */
    void setStatus(Row row, Member.Status status) {
        countStatus(row.status, -1);
        row.status = status;
        countStatus(status, 1);
        changed(row);
    }

    private void countStatus(Member.Status status, int delta) {
        switch (status) {
            case FAILED -> failed += delta;
            case LEFT -> left += delta;
            case NONE, ALIVE, LEAVING -> {}
        }
    }

    /** Forgets a member wholly. */
    void remove(Row row) {
        setLife(row, LifeState.LEFT);
        countStatus(row.status, -1);
        Suspicion suspicion = row.suspicion;
        if (suspicion != null) {
            suspicion.cancel();
        }
        rows.remove(row.name);
        byName.remove(row.name);
        probing.remove(other -> other == row);
        gossiping.remove(other -> other == row);
        changed(row);
    }

    void changed(Row row) {
        row.changed();
        snapshot = null;
        generation++;
    }

    /** Between two rounds of probing: those gone for long are no longer probed, told, or counted. */
    private void retireOld() {
        Predicate<Row> old = row -> !row.present() && !recentlyGone(row);
        probing.remove(old);
        gossiping.remove(old);
        rows.values().forEach(row -> row.retired |= row != self && old.test(row));
    }

    /** Dead, but so recently that it still gets gossip, which gives it the chance to refute. */
    boolean recentlyGone(Row row) {
        return world.now() - row.sinceNanos <= world.timing.gossipToTheDead().toNanos();
    }

    /** The next one to probe. */
    @Nullable
    Row nextToProbe() {
        return probing.next(Row::present);
    }

    /** Up to {@code count} members to gossip to, each member once per round. */
    List<Row> nextToGossip(int count) {
        List<Row> chosen = new ArrayList<>(count);
        while (chosen.size() < count) {
            Row row = gossiping.next(
                    candidate -> (candidate.present() || (candidate.life == LifeState.DEAD && recentlyGone(candidate)))
                            && !chosen.contains(candidate));
            if (row == null) {
                break;
            }
            chosen.add(row);
        }
        return chosen;
    }

    /** Up to {@code count} random others that fulfil the wish. */
    List<Row> some(int count, Predicate<Row> wanted) {
        return probing.some(count, wanted);
    }

    /** Members that count for the formulas: all but those gone for long. At least 1: ourselves. */
    int size() {
        return probing.size() + 1;
    }

    /** Alive or suspect, without ourselves. */
    int othersPresent() {
        return present - (self.present() ? 1 : 0);
    }

    int failed() {
        return failed;
    }

    int left() {
        return left;
    }

    int known() {
        return rows.size();
    }

    /** Grows with each change. */
    long generation() {
        return generation;
    }

    /** All members by name, immutable, made anew only after a change. */
    List<Member> members() {
        List<Member> known = snapshot;
        if (known == null) {
            known = rows.values().stream()
                    .filter(row -> row.status != Member.Status.NONE)
                    .map(Row::member)
                    .toList();
            snapshot = known;
        }
        return known;
    }
}
