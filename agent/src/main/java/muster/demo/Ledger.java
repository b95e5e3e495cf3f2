package muster.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The books of the load: every request, answered or failed, and by whom. Thread-safe. */
final class Ledger {
    static final int FAILURES_KEPT_MAX = 50; // the rest is counted; more would not tell a reader anything new

    /**
     * A request that did not get its right answer.
     *
     * @param intendedNanos when it was meant to go out
     * @param failedNanos when that was known
     */
    record Failure(long intendedNanos, long failedNanos, String request, String what) {}

    private static final class Served {
        final AtomicLong count = new AtomicLong();
        /** The first answer since the mark; 0 while there is none. */
        final AtomicLong firstNanos = new AtomicLong();
    }

    private final Latencies latencies = new Latencies();
    private final Map<String, Served> served = new ConcurrentHashMap<>();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final List<Failure> failures = new ArrayList<>();

    void answered(String by, long intendedNanos, long nowNanos) {
        answered.incrementAndGet();
        latencies.add(nowNanos, nowNanos - intendedNanos);
        Served account = served(by);
        account.count.incrementAndGet();
        account.firstNanos.compareAndSet(0, nowNanos == 0 ? 1 : nowNanos);
    }

    void failed(Failure failure) {
        failed.incrementAndGet();
        synchronized (failures) {
            if (failures.size() < FAILURES_KEPT_MAX) {
                failures.add(failure);
            }
        }
    }

    /** Forgets the first answer of {@code name}, so that {@link #firstAnswer} waits for the next one. */
    void mark(String name) {
        served(name).firstNanos.set(0);
    }

    /** When {@code name} first answered since its mark, of {@link System#nanoTime}. */
    OptionalLong firstAnswer(String name) {
        long first = served(name).firstNanos.get();
        return first == 0 ? OptionalLong.empty() : OptionalLong.of(first);
    }

    long answered() {
        return answered.get();
    }

    long failed() {
        return failed.get();
    }

    List<Failure> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }

    Latencies latencies() {
        return latencies;
    }

    /** Answers so far by name. */
    Map<String, Long> totals() {
        Map<String, Long> totals = new TreeMap<>();
        served.forEach((name, account) -> totals.put(name, account.count.get()));
        return totals;
    }

    private Served served(String name) {
        return served.computeIfAbsent(name, any -> new Served());
    }
}
