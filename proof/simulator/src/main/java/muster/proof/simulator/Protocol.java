package muster.proof.simulator;

import java.util.List;
import java.util.SortedMap;
import java.util.random.RandomGenerator;
import muster.gossip.Effects;
import muster.gossip.Gossip;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Settings;

/** What the simulator needs of one member. Runs use {@link #production}; self-tests put something broken around it. */
public interface Protocol {
    void on(long nowNanos, Input input, Effects effects);

    long nextDeadline();

    List<Member> members();

    Member self();

    SortedMap<String, Long> facts();

    SortedMap<String, Long> counters();

    long stateDigest();

    /** How a node gets its protocol at each start. */
    @FunctionalInterface
    interface Maker {
        Protocol make(Settings settings, RandomGenerator random, long nowNanos);
    }

    /** The protocol as it ships. */
    static Protocol production(Settings settings, RandomGenerator random, long nowNanos) {
        return new Wrapped(new Gossip(settings, random, nowNanos));
    }

    /** Passes everything on; broken cores override one part. */
    class Wrapped implements Protocol {
        private final Gossip gossip;

        Wrapped(Gossip gossip) {
            this.gossip = gossip;
        }

        @Override
        public void on(long nowNanos, Input input, Effects effects) {
            gossip.on(nowNanos, input, effects);
        }

        @Override
        public long nextDeadline() {
            return gossip.nextDeadline();
        }

        @Override
        public List<Member> members() {
            return gossip.members();
        }

        @Override
        public Member self() {
            return gossip.self();
        }

        @Override
        public SortedMap<String, Long> facts() {
            return gossip.facts();
        }

        @Override
        public SortedMap<String, Long> counters() {
            return gossip.counters();
        }

        @Override
        public long stateDigest() {
            return gossip.stateDigest();
        }
    }
}
