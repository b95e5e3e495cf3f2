package muster.proof.simulator;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.gossip.Address;
import muster.gossip.Input;
import org.jspecify.annotations.Nullable;

/**
 * One machine with one member's process on it, or none. The name is for ever; address, protocol and clock belong to one
 * life of the process.
 */
final class Node {
    /** What a frozen process's socket buffers hold before the kernel drops: 2 MiB of datagrams, about. */
    static final int BACKLOG_MAX = 4_096;

    enum Power {
        OFF,
        RUNNING,
        /** Frozen: nothing is read, nothing is due, the kernel still accepts. */
        PAUSED,
        /** It said that its leave has ended; the process lives on for a moment. */
        LEFT
    }

    /** Something that waits in the kernel while the process is frozen. */
    record Arrival(Input input, boolean damaged) {}

    final int index;
    final String name;
    Address address;
    SortedMap<String, String> tags = Collections.emptySortedMap();

    Power power = Power.OFF;

    @Nullable
    Protocol protocol;

    @Nullable
    Watch watch;

    int life;

    /** What this machine's monotonic clock shows at virtual time 0: clocks of machines have nothing in common. */
    long clockOffsetNanos;

    /** The wake-up that is planned; others in the agenda are stale. */
    long wakeAtNanos = Long.MAX_VALUE;

    final ArrayDeque<Arrival> backlog = new ArrayDeque<>();
    final TreeMap<Long, Connection.End> streams = new TreeMap<>();
    long lastAccepted;

    /** Whether this life has found anybody, how many answers it waits for, and how often it tried. */
    boolean joined;

    int joinsPending;
    int joinRounds;

    /** An operator asked it to leave in this life. */
    boolean leaving;

    /** The highest incarnation this name ever had in any life: the truth that views are measured against. */
    long incarnationMax;

    /** In how many views of living processes this member is present. */
    int presentInViews;

    /** When, after it stopped, the last view let it go; -1 while it runs or is still believed in. */
    long buriedAtNanos = -1;

    /** The last moment at which a fault kept this node from being a good member. */
    long lastTroubleNanos;

    long bornAtNanos;

    Node(int index, String name, Address address) {
        this.index = index;
        this.name = name;
        this.address = address;
    }

    boolean on() {
        return power != Power.OFF;
    }

    boolean running() {
        return power == Power.RUNNING;
    }

    /** The protocol of a process that is on. */
    Protocol core() {
        Protocol core = protocol;
        if (core == null) {
            throw new IllegalStateException(name + " is off");
        }
        return core;
    }

    /** The checker's notes on this life. */
    Watch notes() {
        Watch notes = watch;
        if (notes == null) {
            throw new IllegalStateException(name + " is off");
        }
        return notes;
    }

    @Override
    public String toString() {
        return name;
    }
}
