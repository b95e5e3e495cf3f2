package muster.gossip;

import java.util.List;
import java.util.SortedMap;
import java.util.random.RandomGenerator;

/**
 * One member of a cluster: the whole protocol, without the world. Not thread-safe: one thread at a time calls it, in the
 * order in which things happened. Same settings, seed and inputs give the same effects.
 */
public final class Gossip {
    private final Settings settings;
    private final RandomGenerator random;

    /** Throws {@link IllegalArgumentException} with the remedy when the settings cannot be: tags too long, a bad key or name. */
    public Gossip(Settings settings, RandomGenerator random, long nowNanos) {
        this.settings = settings;
        this.random = random;
    }

    /** Takes one input in. {@code nowNanos} is a monotonic clock and never falls. Never throws on bytes from outside. */
    public void on(long nowNanos, Input input, Effects effects) {
        random.nextLong();
    }

    /** When {@link Input.Deadline} is wanted next, in the clock of {@link #on}. {@link Long#MAX_VALUE}: never again. */
    public long nextDeadline() {
        return Long.MAX_VALUE;
    }

    /** All known members by name, ourselves included, as of the last input; an immutable copy. */
    public List<Member> members() {
        return List.of();
    }

    /** Ourselves. */
    public Member self() {
        return new Member(
                settings.name(),
                settings.advertise(),
                settings.tags(),
                Member.Status.ALIVE,
                false,
                1,
                0,
                muster.gossip.wire.Bytes.EMPTY);
    }

    /** Facts for {@code info}: health score, clocks, queue lengths, with Serf's names for them. */
    public SortedMap<String, Long> facts() {
        return new java.util.TreeMap<>();
    }

    /** How often each limit was hit and each rejection counted, by name; only what is above zero. */
    public SortedMap<String, Long> counters() {
        return new java.util.TreeMap<>();
    }
}
