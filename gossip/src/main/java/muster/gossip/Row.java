package muster.gossip;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import muster.gossip.wire.Message.LifeState;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one member: what memberlist says (life, incarnation, address), and what Serf says on top
 * (status, Lamport time). A plain record of facts; the rules are in {@link Lifecycle} and {@link Standing}.
 */
final class Row {
    static final long NEVER = Long.MIN_VALUE;

    final String name;

    /** As received, byte for byte: peers compare them. */
    Address address;

    Bytes meta;
    Bytes versions;
    long incarnation;
    LifeState life = LifeState.DEAD;

    /** When {@link #life} changed last. */
    long sinceNanos;

    /** Out of the rotations and of the member count: dead or gone for longer than it gets gossip. */
    boolean retired = true;

    @Nullable
    Suspicion suspicion;

    SortedMap<String, String> tags = Collections.emptySortedMap();
    Member.Status status = Member.Status.NONE;
    long statusTime;

    /** When it failed, left or said that it would, for the reaper. */
    long goneNanos;

    /** Pruned while it was leaving. */
    boolean toBeForgotten;

    @Nullable
    Coordinate coordinate;

    final RecentTrips trips = new RecentTrips();

    long challengedNanos = NEVER;
    long answeredNanos = NEVER;
    long conflictSaidNanos = NEVER;
    long probedNowNanos = NEVER;

    private @Nullable Member snapshot;

    Row(String name, Address address, Bytes meta, Bytes versions, long nowNanos) {
        this.name = name;
        this.address = address;
        this.meta = meta;
        this.versions = versions;
        this.sinceNanos = nowNanos;
    }

    boolean present() {
        return life == LifeState.ALIVE || life == LifeState.SUSPECT;
    }

    /** The highest memberlist protocol it understands. */
    int protocolMax() {
        return versions.isEmpty() ? 0 : versions.at(1);
    }

    /** To be called after each change that {@link Member} shows. */
    void changed() {
        snapshot = null;
    }

    Member member() {
        Member known = snapshot;
        if (known == null) {
            known = new Member(
                    name,
                    address,
                    Collections.unmodifiableSortedMap(new TreeMap<>(tags)),
                    status,
                    life == LifeState.SUSPECT,
                    incarnation,
                    statusTime,
                    versions);
            snapshot = known;
        }
        return known;
    }
}
