package muster.agent.cli;

import muster.agent.Agent;
import muster.agent.Signals;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;

/** The end of a member: leave, unless a second signal hurries. */
final class Leaving {
    private static final long LOOK_MILLIS = 20;

    private Leaving() {}

    /** True when others have heard it. */
    static boolean leave(Agent agent, Signals signals) throws InterruptedException {
        return leave(agent, signals, Long.MAX_VALUE);
    }

    /** As {@link #leave(Agent, Signals)}, waiting no longer than this; what was begun goes on until the agent is closed. */
    static boolean leave(Agent agent, Signals signals, long atMostNanos) throws InterruptedException {
        long begun = System.nanoTime();
        var done = new java.util.concurrent.CompletableFuture<Boolean>();
        Thread.ofPlatform().name("leave").daemon().start(() -> {
            try {
                done.complete(agent.leaveInTime());
            } catch (InterruptedException e) {
                done.complete(false);
            }
        });
        while (!done.isDone()) {
            if (System.nanoTime() - begun > atMostNanos) {
                Log.line(LogLevel.INFO, "agent: ending although not all may have heard the leave: the time is over");
                return false;
            }
            String signal = signals.next(LOOK_MILLIS);
            if (Signals.TERMINATE.equals(signal) || Signals.INTERRUPT.equals(signal)) {
                Log.line(LogLevel.WARN, "agent: second signal " + signal + ": ending without waiting for the leave");
                return false;
            }
        }
        return done.join();
    }
}
