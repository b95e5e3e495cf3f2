package muster.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import org.jspecify.annotations.Nullable;

/**
 * The signals that ask the program to end, as a queue: TERM and INT. HUP and USR1 ask for something else. With handlers of our own the JVM runs no shutdown
 * hooks and does not exit with 143; the program ends when it has ended. The third one ends it at once, whatever it is doing: somebody who asks three
 * times waits for something that does not come.
 */
public final class Signals {
    public static final String TERMINATE = "TERM";
    public static final String INTERRUPT = "INT";

    /** Not a signal of the system: something inside ended the program. */
    public static final String ENDED = "ENDED";

    /** Nor this one: the node has left. */
    public static final String LEFT = "LEFT";

    /** How the program ends at the third of the signals that ask it to. */
    private static final int ENDED_BY_FORCE = 137;

    private static final int FORCE = 3;

    private final BlockingQueue<String> arrived = new LinkedBlockingQueue<>(16); // two matter; a flood is not kept
    private final AtomicInteger asked = new AtomicInteger();

    private volatile Runnable hangUp = () -> {};
    private volatile Runnable report = () -> {};
    private volatile Consumer<String> handedOnTo = _ -> {};

    /** Catches none; only {@link #raise} is heard. */
    public Signals() {}

    public static Signals catchThem() {
        var signals = new Signals();
        for (String name : List.of(TERMINATE, INTERRUPT)) {
            take(name, signal -> signals.ask(signal.getName()));
        }
        // By default the JVM would end without a leave.
        take("HUP", _ -> {
            Log.line(LogLevel.INFO, "agent: Caught signal: HUP");
            signals.hangUp.run();
        });
        sun.misc.Signal.handle(new sun.misc.Signal("USR1"), _ -> signals.report.run());
        // Some of these would end us at once, without a stop of what we run.
        for (String name : ofNoMeaning()) {
            sun.misc.Signal.handle(new sun.misc.Signal(name), signal -> signals.handedOnTo.accept(signal.getName()));
        }
        return signals;
    }

    /** What our caller has us ignore we ignore (nohup; INT, where a script starts us with &; any, after trap ''): the JVM keeps to that. */
    private static void take(String name, sun.misc.SignalHandler handler) {
        if (sun.misc.Signal.handle(new sun.misc.Signal(name), handler).equals(sun.misc.SignalHandler.SIG_IGN)) {
            Log.line(
                    LogLevel.INFO,
                    "agent: signal " + name
                            + " has no effect: it was ignored when this program was started, as nohup, a"
                            + " script's & and trap '' have it");
        }
    }

    /** From now on INT ends the program at once, as one that has done what it was asked for. */
    public static void interruptedIsDone() {
        sun.misc.Signal.handle(
                new sun.misc.Signal(INTERRUPT), _ -> Runtime.getRuntime().halt(0));
    }

    private void ask(String name) {
        if (asked.incrementAndGet() == FORCE) {
            Log.line(LogLevel.WARN, "agent: third signal " + name + ": ending by force");
            Log.flush();
            Runtime.getRuntime().halt(ENDED_BY_FORCE);
        }
        raise(name);
    }

    /** What USR1 does, which asks for figures; nothing before this is called. */
    public void whenAskedForFigures(Runnable action) {
        report = action;
    }

    /** What HUP does, which asks for no end; nothing before this is called. */
    public void whenHungUp(Runnable action) {
        hangUp = action;
    }

    /** From now on signals that mean nothing to us are handed on, by name; before, and without this, they do nothing. */
    public void handOn(Consumer<String> receiver) {
        handedOnTo = receiver;
    }

    /**
     * Those of job control only where no shell stops and continues us. Not QUIT, which the JVM answers with a list of its
     * threads, nor what the kernel sends for a fault.
     */
    private static List<String> ofNoMeaning() {
        var names = new ArrayList<>(List.of("WINCH", "ALRM", "PWR", "URG", "VTALRM", "PROF", "IO"));
        if (ProcessHandle.current().pid() == 1) {
            names.addAll(List.of("CONT", "TSTP", "TTIN", "TTOU"));
        }
        if (System.getenv(EnvironmentReader.JVM_SIGNAL) != null) {
            names.add("USR2"); // else the JVM needs it
        }
        return names;
    }

    /** As if the process got that one. */
    public void raise(String name) {
        arrived.offer(name);
    }

    /** Waits for the next one. */
    public String next() throws InterruptedException {
        return arrived.take();
    }

    /** The next one within the time; null for none. */
    public @Nullable String next(long millis) throws InterruptedException {
        return arrived.poll(millis, TimeUnit.MILLISECONDS);
    }
}
