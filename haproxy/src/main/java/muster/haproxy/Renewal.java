package muster.haproxy;

/**
 * Has a master that cannot be asked start itself anew, as for a reload: it makes its socket again, whoever sat on the one
 * before is dropped, and no connection of a client is lost. Its workers may serve all the while, so it is ended only when
 * that did not help for long. Threads: the driver's.
 */
final class Renewal {
    /**
     * Between two signals: one that comes while the master loads is lost, and then it is deaf, for 10 s with each name that
     * no resolver knows.
     */
    static final long EVERY_NANOS = 30_000_000_000L;

    /** So often in vain, for five minutes together. */
    private static final int SIGNALS_MAX = 10;

    private final Instance instance;
    private final Journal journal;
    private final StateFile state;
    private long pid; // 0 while none is under way
    private int signals;
    private long lastNanos;

    Renewal(Instance instance, StateFile state) {
        this.instance = instance;
        this.journal = instance.journal();
        this.state = state;
    }

    /** The master answered, or there is none. */
    void over() {
        pid = 0;
    }

    boolean isUnderWay() {
        return pid != 0;
    }

    /**
     * The master cannot be asked, now or still: the next step, if it is time for one.
     *
     * @param trouble why not, as the begin of a sentence
     * @param canLoad whether the configuration is there; without it, or its folder, a master that starts itself anew ends
     */
    void next(long master, String trouble, boolean canLoad) {
        if (!canLoad) {
            over();
            return;
        }
        if (pid != master) {
            pid = master;
            signals = 0;
        } else if (System.nanoTime() - lastNanos < EVERY_NANOS) {
            return;
        }
        if (ProcessState.isStopped(master) || signals >= SIGNALS_MAX) {
            end(trouble);
        } else {
            signal(trouble);
        }
    }

    private void signal(String trouble) {
        if (signals == 0) {
            journal.count("sockets-made-again");
            journal.warnOf(
                    trouble + "; it starts itself anew and makes it again, without losing a connection: pid=" + pid);
        }
        signals++;
        lastNanos = System.nanoTime();
        state.clear(); // what it knows, nobody can ask
        instance.program().renew(pid);
    }

    private void end(String trouble) {
        journal.count("hung-processes-ended");
        journal.warnOf(trouble + "; it is ended with all its workers, and another one is started: pid=" + pid);
        instance.program().kill(pid);
        over();
    }
}
