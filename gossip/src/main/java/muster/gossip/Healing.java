package muster.gossip;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds lost members again: after a long partition both sides hold each other failed and stop gossiping to each other, and
 * a seed that starts anew knows nobody. So failed members are tried now and then, and so is each address that was
 * once joined and where no member lives now. How often depends on how many others can try as well.
 */
final class Healing {
    /** Addresses once joined. Names of many addresses exist, but a few of them are enough to heal. */
    static final int SEEDS_MAX = 64;

    /** Missing seeds are looked for this many times as often as failed members: they are how new members find us. */
    private static final int SEEDS_MORE_OFTEN = 6;

    /** About as many members try a missing seed in each of its rounds, however large the cluster. */
    private static final double SEED_SEEKERS = 4;

    private final World world;
    private final Roster roster;
    private final Exchanges exchanges;
    private final Set<Address> seeds = new LinkedHashSet<>();

    Healing(World world, Roster roster, Exchanges exchanges) {
        this.world = world;
        this.roster = roster;
        this.exchanges = exchanges;
    }

    void start() {
        planFailed();
        planSeeds();
    }

    void remember(Address seed) {
        if (seeds.size() < SEEDS_MAX || seeds.contains(seed)) {
            seeds.add(seed);
        } else {
            world.count(Counter.SEEDS_LIMITED);
        }
    }

    private void planFailed() {
        world.after(jittered(world.settings.reconnectEvery().toNanos()), () -> {
            tryFailed();
            planFailed();
        });
    }

    private void planSeeds() {
        world.after(jittered(world.settings.reconnectEvery().toNanos() / SEEDS_MORE_OFTEN), () -> {
            trySeeds();
            planSeeds();
        });
    }

    /** Three to five quarters of it. */
    private long jittered(long nanos) {
        return nanos - nanos / 4 + world.stagger(nanos / 2);
    }

    private void tryFailed() {
        if (roster.failed() == 0) {
            return;
        }
        double share = (double) roster.failed() / Math.max(1, roster.othersPresent() + 1);
        if (world.random.nextDouble() > share) {
            return;
        }
        int choice = world.random.nextInt(roster.failed());
        for (Row row : roster.all()) {
            if (row.status == Member.Status.FAILED && choice-- == 0) {
                world.info("serf: attempting reconnect to " + row.name + " " + row.address);
                attempt(row.address);
                return;
            }
        }
    }

    private void trySeeds() {
        if (seeds.isEmpty()) {
            return;
        }
        List<Address> missing = new ArrayList<>(seeds);
        for (Row row : roster.all()) {
            if (row.present()) {
                missing.removeIf(seed -> seed.samePlaceAs(row.address));
            }
        }
        if (missing.isEmpty() || world.random.nextDouble() > SEED_SEEKERS / (roster.othersPresent() + 1)) {
            return;
        }
        attempt(missing.get(world.random.nextInt(missing.size())));
    }

    private void attempt(Address address) {
        world.count(Counter.RECONNECTS);
        exchanges.swap(address, true, false, error -> {
            if (!error.isEmpty()) {
                world.debug("memberlist: Failed to join " + address + ": " + error);
            }
        });
    }
}
