package muster.proof.harness;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition instead of for a time. */
public final class Await {

    /** Generous on purpose: a test on a busy two-core machine must not fail because it is busy. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration LOOK_EVERY = Duration.ofMillis(25);

    /** Some looks start a program in a container, and what is looked at needs the machine too; but some states last for seconds only. */
    private static final Duration LOOK_AT_LEAST_EVERY = Duration.ofMillis(300);

    private Await() {}

    /** Returns once the condition holds; fails after {@link #PATIENCE} with what was awaited. */
    public static void until(String what, BooleanSupplier condition) {
        until(what, PATIENCE, condition, () -> "");
    }

    /**
     * Returns once the condition holds.
     *
     * @param what completes the sentence "waited for …"
     * @param seen called when the wait is over in vain: what was there instead
     * @throws AssertionError after {@code limit}
     */
    public static void until(String what, Duration limit, BooleanSupplier condition, Supplier<String> seen) {
        long deadline = System.nanoTime() + limit.toNanos();
        for (long begin = System.nanoTime(); !condition.getAsBoolean(); begin = System.nanoTime()) {
            long now = System.nanoTime();
            if (now > deadline) {
                throw new AssertionError("waited " + limit.toSeconds() + " s in vain for " + what + detail(seen.get()));
            }
            LockSupport.parkNanos(Math.clamp(now - begin, LOOK_EVERY.toNanos(), LOOK_AT_LEAST_EVERY.toNanos()));
        }
    }

    private static String detail(String seen) {
        return seen.isEmpty() ? "" : "; seen instead: " + seen;
    }

    /** For pacing only, never to wait for an effect. */
    static void pause(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }
}
