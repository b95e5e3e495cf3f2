package muster.balancing;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What one backend did so far; readers get a {@link Snapshot}. Any thread adds; a reader sees a sum that may be a moment old. */
public final class Totals {

    final LongAdder requests = new LongAdder();
    final LongAdder retriedAway = new LongAdder();
    final LongAdder ejections = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    private final LongAdder[] responses = adders(5);

    /** Holds every kind from the start and is never written again, so that any thread may read it. */
    private final Map<Failure, LongAdder> failures = new EnumMap<>(Failure.class);

    Totals() {
        for (Failure failure : Failure.values()) {
            failures.put(failure, new LongAdder());
        }
    }

    void responded(int status) {
        responses[Math.clamp(status / 100, 1, 5) - 1].increment();
    }

    void failed(Failure failure) {
        Objects.requireNonNull(failures.get(failure)).increment();
    }

    Snapshot snapshot() {
        var byKind = new EnumMap<Failure, Long>(Failure.class);
        failures.forEach((failure, count) -> byKind.put(failure, count.sum()));
        return new Snapshot(
                requests.sum(),
                responses[0].sum(),
                responses[1].sum(),
                responses[2].sum(),
                responses[3].sum(),
                responses[4].sum(),
                Collections.unmodifiableMap(byKind),
                retriedAway.sum(),
                ejections.sum(),
                bytesIn.sum(),
                bytesOut.sum());
    }

    private static LongAdder[] adders(int count) {
        var adders = new LongAdder[count];
        for (int i = 0; i < count; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }

    /**
     * Totals at one moment; none of them falls when the app or the node restarts, unless that takes longer than {@link Kept#TIME}.
     *
     * @param requests given to the backend, retries included
     * @param informational responses 100 to 199 that ended a request, such as 101
     * @param failures by kind, every kind present
     * @param retriedAway requests that failed here and were given to another backend
     * @param bytesIn from clients to the backend
     * @param bytesOut from the backend to clients
     */
    public record Snapshot(
            long requests,
            long informational,
            long successes,
            long redirects,
            long clientErrors,
            long serverErrors,
            Map<Failure, Long> failures,
            long retriedAway,
            long ejections,
            long bytesIn,
            long bytesOut) {

        /** All failures of all kinds. */
        public long failed() {
            return failures.values().stream().mapToLong(Long::longValue).sum();
        }
    }
}
