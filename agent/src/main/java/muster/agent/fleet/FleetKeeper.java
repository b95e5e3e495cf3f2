package muster.agent.fleet;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.balancing.BalancingSettings;
import muster.balancing.Fleet;
import muster.balancing.FleetBuilder;
import muster.gossip.Member;

/**
 * Keeps the newest fleet. A thread of its own rebuilds it whenever membership changed: at once after the first change,
 * and once for all those that came while it was busy.
 */
public final class FleetKeeper implements Supplier<Fleet>, AutoCloseable {
    private static final int PROBLEMS_LOGGED_MAX = 1_000; // then the same ones are logged anew

    private final Announcements announcements;
    private final Supplier<List<Member>> members;
    private final FleetBuilder builder = new FleetBuilder(BalancingSettings.DEFAULTS);
    private final Semaphore changes = new Semaphore(0);
    private final Thread thread;
    private final Set<String> loggedProblems = new HashSet<>();
    private volatile Consumer<Fleet> listener = _ -> {};
    private volatile Fleet fleet = Fleet.EMPTY;
    private volatile SortedMap<String, Long> counters = Collections.emptySortedMap();

    public FleetKeeper(Announcements announcements, Supplier<List<Member>> members) {
        this.announcements = announcements;
        this.members = members;
        this.thread = Thread.ofPlatform().name("fleet").daemon().unstarted(this::run);
    }

    /** {@code listener} is called on the keeper's thread after each change. */
    public void start(Consumer<Fleet> listener) {
        this.listener = listener;
        changes.release();
        thread.start();
    }

    /** The newest version; immutable. */
    @Override
    public Fleet get() {
        return fleet;
    }

    /** Those of what balances over the fleet, and what the fleet left out, counted at each change of members. None of these ever falls. */
    public SortedMap<String, Long> countersBeside(SortedMap<String, Long> others) {
        var all = new TreeMap<>(others);
        all.putAll(counters);
        return all;
    }

    /** The members may be different. */
    public void changed() {
        changes.release();
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                changes.acquire();
                changes.drainPermits();
                rebuild();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                // The old fleet stays; the next change tries again.
                Log.line(LogLevel.ERR, "balance: a fault while following the members", e);
            }
        }
    }

    private void rebuild() {
        Announcements.Understood understood = announcements.of(members.get());
        if (loggedProblems.size() > PROBLEMS_LOGGED_MAX) {
            loggedProblems.clear();
        }
        for (String problem : understood.problems()) {
            if (loggedProblems.add(problem)) {
                Log.line(LogLevel.WARN, "balance: " + problem);
            }
        }
        Fleet next = builder.apply(understood.announcements(), System.nanoTime());
        counters = Collections.unmodifiableSortedMap(new TreeMap<>(
                Map.of("services-announced-twice", builder.duplicates(), "services-over-limits", builder.overflows())));
        if (next.version() != fleet.version()) {
            fleet = next;
            next.changes().forEach(change -> Log.line(LogLevel.INFO, "balance: " + change.line()));
            listener.accept(next);
        }
    }
}
