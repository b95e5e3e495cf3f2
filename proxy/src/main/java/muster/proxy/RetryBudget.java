package muster.proxy;

import java.time.Duration;
import java.util.Arrays;

/**
 * Keeps retries from multiplying the load on backends that are failing under it. Of the last ten seconds' requests a share
 * may be sent a second time, plus a floor for quiet times, plus one for each request in flight: so the death of a backend
 * cannot use it up, however much was in flight there, and a pool that fails everything gets the share only. Connections
 * that were refused do not count, as no backend had work from them. Not thread-safe; time is an argument.
 */
final class RetryBudget {
    private static final long SLOT_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int SLOTS = 10;
    /** In ten seconds; what a proxy without traffic to speak of may retry. */
    private static final int FLOOR = 100;

    private final int percent;
    private final long[] requests = new long[SLOTS];
    private final long[] retries = new long[SLOTS];
    private long requestsInWindow;
    private long retriesInWindow;
    private long slot;

    RetryBudget(int percent) {
        this.percent = percent;
    }

    void request(long nowNanos) {
        move(nowNanos);
        requests[(int) Math.floorMod(slot, (long) SLOTS)]++;
        requestsInWindow++;
    }

    /** Takes one retry, if there is one. */
    boolean takeRetry(long nowNanos, int inFlight) {
        move(nowNanos);
        if (retriesInWindow >= FLOOR + inFlight + requestsInWindow * percent / 100) return false;
        retries[(int) Math.floorMod(slot, (long) SLOTS)]++;
        retriesInWindow++;
        return true;
    }

    private void move(long nowNanos) {
        long now = Math.floorDiv(nowNanos, SLOT_NANOS);
        if (now == slot) return;
        if (now - slot >= SLOTS || now < slot) {
            Arrays.fill(requests, 0);
            Arrays.fill(retries, 0);
            requestsInWindow = retriesInWindow = 0;
        } else {
            for (long s = slot + 1; s <= now; s++) {
                int i = (int) Math.floorMod(s, (long) SLOTS);
                requestsInWindow -= requests[i];
                retriesInWindow -= retries[i];
                requests[i] = retries[i] = 0;
            }
        }
        slot = now;
    }
}
