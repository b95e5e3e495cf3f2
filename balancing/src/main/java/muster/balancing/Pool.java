package muster.balancing;

import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The backends of one service. The list never changes; the backends in it do, and picks follow them at once.
 *
 * <p>Threads: any; picks do not block and, between two changes, do not allocate.
 */
public final class Pool {
    private final String name;
    private final List<Backend> backends;
    private final PoolLife life;
    private volatile Candidates candidates;

    Pool(String name, List<Backend> backends, PoolLife life) {
        this.name = name;
        this.backends = List.copyOf(backends);
        this.life = life;
        this.candidates = Candidates.of(this.backends, life);
    }

    public String name() {
        return name;
    }

    /** Sorted by node, then address; with those that are GONE but still listed by their source. */
    public List<Backend> backends() {
        return backends;
    }

    /**
     * Who gets the next request. Ready backends by the picker's rule; now and then an ejected one whose back-off is over
     * gets a single request as a trial; when no ready one is left, the panic rule: any that is not gone, those
     * that fail the checks of their node after all others, and those that asked to drain last. A backend of weight 0 counts as not ready here.
     *
     * @param tried given this request before; not chosen again
     * @param safe it does no harm if it is never answered and sent again elsewhere (GET, HEAD, OPTIONS): such requests
     *     serve as trials. Another one does only when no safe one came for the longest back-off, so that a service that
     *     gets nothing but POST has its backends back too
     * @return null only when every backend is gone or was tried
     */
    public @Nullable Backend pick(
            Picker picker, long nowNanos, RandomGenerator random, Collection<Backend> tried, boolean safe) {
        Candidates now = candidates();
        if (now.trialsAhead && nowNanos - now.nextTrialNanos >= 0 && tried.isEmpty()) {
            Backend onTrial = trial(now, nowNanos, safe);
            if (onTrial != null) {
                return onTrial;
            }
        }
        if (now.ready.length > 0) {
            Backend picked = picker.pick(now, life, random);
            if (tried.isEmpty() || !tried.contains(picked)) {
                return picked;
            }
            Backend another = Candidates.anyOf(now.ready, tried, random);
            if (another != null) {
                return another;
            }
        }
        return panic(now, random, tried);
    }

    /** Picks for which no ready backend was left. */
    public long panicPicks() {
        return life.panicPicks.sum();
    }

    /** Picks that found nothing at all. */
    public long emptyPicks() {
        return life.emptyPicks.sum();
    }

    public Snapshot snapshot(long nowNanos) {
        return new Snapshot(
                name,
                backends.stream().map(backend -> backend.snapshot(nowNanos)).toList(),
                panicPicks(),
                emptyPicks());
    }

    /** The pool at one moment, for pages and commands. */
    public record Snapshot(String name, List<Backend.Snapshot> backends, long panicPicks, long emptyPicks) {}

    @Override
    public String toString() {
        return name + backends;
    }

    PoolLife life() {
        return life;
    }

    private Candidates candidates() {
        Candidates prepared = candidates;
        if (prepared.pulse != life.pulse()) {
            // Several threads may do this at once; each result is right for the pulse it carries.
            prepared = Candidates.of(backends, life);
            candidates = prepared;
        }
        return prepared;
    }

    private static @Nullable Backend trial(Candidates now, long nowNanos, boolean safe) {
        for (Backend backend : now.doubtful) {
            if (backend.weight() > 0 && backend.takeTrial(nowNanos, safe)) {
                return backend;
            }
        }
        return null;
    }

    private @Nullable Backend panic(Candidates now, RandomGenerator random, Collection<Backend> tried) {
        Backend picked = Candidates.anyOf(now.doubtful, tried, random);
        if (picked == null) {
            picked = Candidates.anyOf(now.unready, tried, random);
        }
        if (picked == null) {
            picked = Candidates.anyOf(now.draining, tried, random);
        }
        if (picked == null) {
            life.emptyPicks.increment();
        } else {
            life.panicPicks.increment();
        }
        return picked;
    }
}
