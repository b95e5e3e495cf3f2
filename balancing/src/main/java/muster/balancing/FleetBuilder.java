package muster.balancing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Turns what all nodes announce into the next version of the fleet, and tells the backends what membership says of them.
 * A backend is the same object as long as its pool, node, host and port are the same and it is not gone.
 *
 * <p>Threads: one at a time. The fleets it returns may be read by any.
 */
public final class FleetBuilder {
    /** Services are named by whoever can join the cluster; a thousand pools are more than any balancer needs. */
    public static final int POOLS_MAX = 1_000;

    /** The size of the biggest cluster that membership is made for. */
    public static final int BACKENDS_PER_POOL_MAX = 10_000;

    /** Counters of backends that are down, of all pools together: what a deployment of a big cluster restarts at once. */
    static final int TOTALS_KEPT_MAX = 10_000;

    private final BalancingSettings settings;
    private final Kept<Place, Totals> keptTotals = new Kept<>(TOTALS_KEPT_MAX);
    private final Kept<String, PoolLife> keptLives = new Kept<>(POOLS_MAX);
    private Fleet fleet = Fleet.EMPTY;
    private SortedMap<String, Shelf> shelves = new TreeMap<>();
    private long duplicates;
    private long overflows;

    public FleetBuilder(BalancingSettings settings) {
        this.settings = settings;
    }

    /**
     * The fleet that follows from these announcements.
     *
     * @param all of every node that is known now; a node that is missing here is gone
     * @return the version before, the same object, when nothing is different
     */
    public Fleet apply(Collection<Announcement> all, long nowNanos) {
        SortedMap<String, SortedMap<Key, Offer>> offers = sorted(all);
        Set<String> members = new HashSet<>();
        all.forEach(each -> members.add(each.node()));
        var changes = new ArrayList<FleetChange>();
        var nextShelves = new TreeMap<String, Shelf>();
        var nextPools = new TreeMap<String, Pool>();
        offers.forEach((name, offered) -> {
            Shelf before =
                    shelves.containsKey(name) ? shelves.get(name) : new Shelf(life(name, nowNanos), new TreeMap<>());
            int changesBefore = changes.size();
            Shelf after = restock(name, before, offered, members, nowNanos, changes);
            if (!after.backends.isEmpty()) {
                nextShelves.put(name, after);
                Pool old = fleet.pool(name);
                nextPools.put(
                        name,
                        old != null && changes.size() == changesBefore
                                ? old
                                : new Pool(name, List.copyOf(after.backends.values()), after.life));
            } else {
                keptLives.put(name, after.life, nowNanos);
            }
        });
        shelves.forEach((name, shelf) -> {
            if (!offers.containsKey(name)) {
                shelf.backends.forEach((key, backend) -> changes.add(removed(key, backend, members, nowNanos)));
                keptLives.put(name, shelf.life, nowNanos);
            }
        });
        shelves = nextShelves;
        if (!changes.isEmpty()) {
            fleet = new Fleet(fleet.version() + 1, nextPools, changes);
        }
        return fleet;
    }

    /** The last one that {@link #apply} returned. */
    public Fleet fleet() {
        return fleet;
    }

    /** Announcements of a service on the same node and address twice; the first one counted. */
    public long duplicates() {
        return duplicates;
    }

    /** Services ignored because of {@link #POOLS_MAX} or {@link #BACKENDS_PER_POOL_MAX}. */
    public long overflows() {
        return overflows;
    }

    private SortedMap<String, SortedMap<Key, Offer>> sorted(Collection<Announcement> all) {
        var offers = new TreeMap<String, SortedMap<Key, Offer>>();
        for (Announcement announcement : all) {
            for (Announcement.Service service : announcement.services()) {
                SortedMap<Key, Offer> pool = offers.get(service.name());
                if (pool == null) {
                    if (offers.size() >= POOLS_MAX) {
                        overflows++;
                        continue;
                    }
                    pool = new TreeMap<>();
                    offers.put(service.name(), pool);
                }
                var key = new Key(announcement.node(), announcement.host(), service.port());
                if (pool.containsKey(key)) {
                    duplicates++;
                } else if (pool.size() >= BACKENDS_PER_POOL_MAX) {
                    overflows++;
                } else {
                    pool.put(key, new Offer(announcement.presence(), service));
                }
            }
        }
        return offers;
    }

    private Shelf restock(
            String pool,
            Shelf before,
            SortedMap<Key, Offer> offered,
            Set<String> members,
            long nowNanos,
            List<FleetChange> changes) {
        var backends = new TreeMap<Key, Backend>();
        offered.forEach((key, offer) -> {
            Standing said = offer.standing(key.node, nowNanos);
            Backend known = before.backends.get(key);
            boolean gone = said.state() == Backend.State.GONE;
            if (known != null && (known.state() != Backend.State.GONE || gone)) {
                tell(known, said, nowNanos, changes);
                backends.put(key, known);
            } else if (!gone) {
                // Known and gone before: a new life, so that whoever holds the old object is not confused by it.
                Totals totals = known == null ? totals(new Place(pool, key), nowNanos) : known.sharedTotals();
                var backend = new Backend(pool, key.node, key.host, key.port, settings, before.life, totals, said);
                backends.put(key, backend);
                changes.add(new FleetChange.Added(backend));
            }
        });
        before.backends.forEach((key, backend) -> {
            if (!offered.containsKey(key)) {
                changes.add(removed(key, backend, members, nowNanos));
            }
        });
        return new Shelf(before.life, backends);
    }

    private static void tell(Backend backend, Standing said, long nowNanos, List<FleetChange> changes) {
        Standing before = backend.standing();
        if (before.saysTheSameAs(said)) {
            return;
        }
        boolean turned = before.state() != said.state();
        backend.stand(turned ? said : said.since(before.sinceNanos()), nowNanos);
        if (turned) {
            changes.add(new FleetChange.Turned(backend, before.state(), said.state(), said.reason()));
        }
        if (before.differsInKindFrom(said)) {
            changes.add(new FleetChange.Altered(backend, said.weight(), said.protocol(), said.checkPath()));
        }
    }

    private PoolLife life(String pool, long nowNanos) {
        PoolLife before = keptLives.take(pool, nowNanos);
        return before == null ? new PoolLife() : before;
    }

    private Totals totals(Place place, long nowNanos) {
        Totals before = keptTotals.take(place, nowNanos);
        return before == null ? new Totals() : before;
    }

    private FleetChange removed(Key key, Backend backend, Set<String> members, long nowNanos) {
        keptTotals.put(new Place(backend.pool(), key), backend.sharedTotals(), nowNanos);
        Standing last = backend.standing();
        boolean wasGone = last.state() == Backend.State.GONE;
        boolean reaped = !members.contains(backend.node());
        if (!wasGone || reaped) {
            String reason = backend.node()
                    + (reaped
                            ? " is no member any more: it was reaped, or pruned by an operator."
                            : " no longer announces " + backend.pool() + " on this address.");
            backend.stand(
                    new Standing(
                            Backend.State.GONE,
                            reason,
                            wasGone ? last.sinceNanos() : nowNanos,
                            last.protocol(),
                            last.checkPath(),
                            last.weight()),
                    nowNanos);
        }
        return new FleetChange.Removed(backend);
    }

    /** What the builder remembers of a pool. */
    private record Shelf(PoolLife life, SortedMap<Key, Backend> backends) {}

    private record Place(String pool, Key key) {}

    private record Key(String node, String host, int port) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::node).thenComparing(Key::host).thenComparingInt(Key::port);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    private record Offer(Announcement.Presence presence, Announcement.Service service) {
        Standing standing(String node, long nowNanos) {
            return switch (presence) {
                case LEFT -> as(Backend.State.GONE, node + " has left the cluster.", nowNanos);
                case FAILED -> as(Backend.State.GONE, node + " has failed: it answered nobody's probes.", nowNanos);
                case LEAVING -> as(Backend.State.DRAINING, node + " is leaving the cluster.", nowNanos);
                case SUSPECT, ALIVE ->
                    switch (service.condition()) {
                        case DRAINING -> as(Backend.State.DRAINING, node + " asked for no new requests.", nowNanos);
                        case UNREADY ->
                            as(
                                    Backend.State.UNREADY,
                                    node + " says that it fails its checks there; it comes back when it passes them.",
                                    nowNanos);
                        case READY ->
                            presence == Announcement.Presence.ALIVE
                                    ? as(Backend.State.READY, node + " is alive and offers it.", nowNanos)
                                    : as(
                                            Backend.State.SUSPECT,
                                            node + " does not answer its cluster's probes; it may still refute.",
                                            nowNanos);
                    };
            };
        }

        private Standing as(Backend.State state, String reason, long nowNanos) {
            return new Standing(state, reason, nowNanos, service.protocol(), service.checkPath(), service.weight());
        }
    }
}
