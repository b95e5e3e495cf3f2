package muster.proxy;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All time limits of one event loop, to a tenth of a second. Putting a deadline off, which every read does, is a field
 * write: the timer stays where it is, and moves on when its old slot comes up. Not thread-safe; time is an argument.
 */
final class TimerWheel {
    static final long TICK_NANOS = Duration.ofMillis(100).toNanos();
    /** A deadline further away than all slots waits in the last one and moves on from there. */
    private static final int SLOTS = 512;

    private static final long NEVER = Long.MAX_VALUE;

    /** One time limit. */
    static final class Timer {
        private final Runnable action;
        private long deadlineTick = NEVER;
        private long slotTick;
        private boolean linked;
        private @Nullable Timer previous;
        private @Nullable Timer next;

        Timer(Runnable action) {
            this.action = action;
        }
    }

    private final @Nullable Timer[] slots = new @Nullable Timer[SLOTS];
    private final long originNanos;
    private final Consumer<Throwable> faults;
    private long tick;
    private int linked;
    private boolean advancing;

    /** {@code faults} hears what an action throws; the other timers go on. */
    TimerWheel(long nowNanos, Consumer<Throwable> faults) {
        this.originNanos = nowNanos;
        this.faults = faults;
    }

    boolean isEmpty() {
        return linked == 0;
    }

    /** The action runs once, at the first {@link #advance} after {@code nowNanos + delayNanos}. */
    void set(Timer timer, long nowNanos, long delayNanos) {
        timer.deadlineTick = (nowNanos + delayNanos - originNanos) / TICK_NANOS + 1;
        if (timer.linked) {
            if (timer.slotTick <= timer.deadlineTick) return;
            unlink(timer);
        }
        // While nothing was linked nobody advanced the wheel, unless this is the action of its only timer.
        if (linked == 0 && !advancing) tick = Math.max(tick, (nowNanos - originNanos) / TICK_NANOS);
        link(timer);
    }

    /** Its action will not run until it is set again. */
    void clear(Timer timer) {
        timer.deadlineTick = NEVER;
    }

    /** Like {@link #clear}, and the wheel forgets the timer. */
    void remove(Timer timer) {
        timer.deadlineTick = NEVER;
        if (timer.linked) unlink(timer);
    }

    void advance(long nowNanos) {
        long until = (nowNanos - originNanos) / TICK_NANOS;
        advancing = true;
        while (tick < until) {
            tick++;
            int slot = (int) (tick % SLOTS);
            Timer timer = slots[slot];
            while (timer != null) {
                // The action may set or remove any timer, this one too; so the list is read anew each time.
                unlink(timer);
                if (timer.deadlineTick <= tick) {
                    timer.deadlineTick = NEVER;
                    run(timer.action);
                } else if (timer.deadlineTick != NEVER) {
                    link(timer);
                }
                timer = slots[slot];
            }
        }
        advancing = false;
    }

    // An Error too: one of full memory, say, would end all time limits of the loop.
    private void run(Runnable action) {
        try {
            action.run();
        } catch (Throwable e) {
            faults.accept(e);
        }
    }

    private void link(Timer timer) {
        long at = Math.min(Math.max(timer.deadlineTick, tick + 1), tick + SLOTS - 1);
        int slot = (int) (at % SLOTS);
        Timer head = slots[slot];
        timer.slotTick = at;
        timer.linked = true;
        timer.previous = null;
        timer.next = head;
        if (head != null) head.previous = timer;
        slots[slot] = timer;
        linked++;
    }

    private void unlink(Timer timer) {
        Timer previous = timer.previous;
        Timer next = timer.next;
        if (previous == null) slots[(int) (timer.slotTick % SLOTS)] = next;
        else previous.next = next;
        if (next != null) next.previous = previous;
        timer.previous = null;
        timer.next = null;
        timer.linked = false;
        linked--;
    }
}
