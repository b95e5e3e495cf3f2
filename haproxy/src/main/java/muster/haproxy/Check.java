package muster.haproxy;

import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import muster.templating.target.Commands;
import muster.templating.target.Publisher.Step;

/**
 * Whether HAProxy would take a file. That may take long, as with a name that no resolver knows, or hang: so it is asked on a thread of
 * its own, and the driver's goes on with what needs no file. Threads: one at a time.
 */
final class Check implements Step {
    private static final long POLL_MILLIS = 10;

    private final Step check;
    private Runnable meanwhile = () -> {};

    Check(Step check) {
        this.check = check;
    }

    /** From now on this runs again and again while a check is under way, on the thread that waits for it. */
    void meanwhile(Runnable task) {
        meanwhile = task;
    }

    @Override
    public Commands.Result with(Path file) throws InterruptedException {
        var checked = new FutureTask<>(() -> check.with(file));
        Thread thread = Thread.ofPlatform().name("haproxy-check").daemon().start(checked);
        try {
            while (true) {
                try {
                    return checked.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    meanwhile.run();
                }
            }
        } catch (ExecutionException e) {
            return new Commands.Result(false, "a fault in the check: " + e.getCause());
        } finally {
            thread.interrupt(); // it has ended, or nobody waits for it any more
        }
    }
}
