package muster.balancing;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One service on one node, as this balancer sees it: what membership says of it, and what our own requests saw.
 *
 * <pre>
 *   membership:  JOINING ──► READY ⇄ SUSPECT ──► GONE        READY ──► DRAINING ──► GONE
 *   its node:    READY ⇄ UNREADY
 *   evidence:    READY ──► EJECTED ──(a trial request answered, a check passed, a refutation)──► READY
 * </pre>
 *
 * The worse opinion shows: GONE, DRAINING, UNREADY, EJECTED, SUSPECT, JOINING, READY, in that order. GONE is the end of the
 * object: a node that comes back gets a new one, which carries on the totals. Hold on to an object and it tells the
 * truth, whatever version of the fleet it came from.
 *
 * <p>Threads: every method may be called from any thread and none blocks; membership's side is written by the thread
 * that owns the {@link FleetBuilder}. Equality is identity. Times are {@code System.nanoTime()}-like: only their
 * differences mean something.
 */
public final class Backend {
    /** From the outside, one word. */
    public enum State {
        /** Announced, and its first check has not passed yet. */
        JOINING,
        READY,
        /** Its node does not answer membership's probes and has not refuted yet. */
        SUSPECT,
        /** Our own evidence is against it. */
        EJECTED,
        /** Its node's is: the app runs and fails its checks. */
        UNREADY,
        /** It asked for no new requests. */
        DRAINING,
        /** Not there any more. Never leaves this state. */
        GONE
    }

    private final String pool;
    private final String node;
    private final String host;
    private final int port;
    private final BalancingSettings settings;
    private final PoolLife life;
    private final Totals totals;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private final AtomicInteger serverErrorsInARow = new AtomicInteger();
    private final AtomicReference<Ejection> ejection = new AtomicReference<>(Ejection.NEVER);
    private volatile Standing standing;
    private volatile boolean checkPassedOnce;

    Backend(
            String pool,
            String node,
            String host,
            int port,
            BalancingSettings settings,
            PoolLife life,
            Totals totals,
            Standing standing) {
        this.pool = pool;
        this.node = node;
        this.host = host;
        this.port = port;
        this.settings = settings;
        this.life = life;
        this.totals = totals;
        this.standing = standing;
    }

    public String pool() {
        return pool;
    }

    public String node() {
        return node;
    }

    /** A literal address. */
    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    /** "http" or "tcp". */
    public String protocol() {
        return standing.protocol();
    }

    /** HTTP health path, or "" for none. */
    public String checkPath() {
        return standing.checkPath();
    }

    /** Whether it is to be asked for its health: it speaks HTTP and has a check path. */
    public boolean isChecked() {
        return standing.isChecked();
    }

    /** 0 to 1000; 0 gets requests only when nothing better is left. */
    public int weight() {
        return standing.weight();
    }

    public State state() {
        Standing told = standing;
        return switch (told.state()) {
            case GONE, DRAINING, UNREADY -> told.state();
            case JOINING, READY, SUSPECT, EJECTED -> {
                if (ejection.get().active()) {
                    yield State.EJECTED;
                }
                yield told.state() == State.READY && waitsForItsFirstCheck(told) ? State.JOINING : told.state();
            }
        };
    }

    /** Why it is in that state: a sentence for people. */
    public String reason() {
        return switch (state()) {
            case EJECTED -> ejection.get().reason();
            case JOINING -> node + " announced it; its first health check has not passed yet.";
            case READY, SUSPECT, UNREADY, DRAINING, GONE -> standing.reason();
        };
    }

    /** When it came into that state. */
    public long sinceNanos() {
        Standing told = standing;
        Ejection own = ejection.get();
        return switch (state()) {
            case EJECTED -> own.sinceNanos();
            case READY ->
                own.step() >= 0 && own.endedNanos() - told.sinceNanos() > 0 ? own.endedNanos() : told.sinceNanos();
            case JOINING, SUSPECT, UNREADY, DRAINING, GONE -> told.sinceNanos();
        };
    }

    /** A request is given to it. Each {@code started} is followed by exactly one {@link #finished}. */
    public void started(long nowNanos) {
        inFlight.incrementAndGet();
        totals.requests.increment();
        Ejection own = ejection.get();
        // The panic rule chose it: whatever comes back now is news.
        if (own.active() && !own.onTrial() && ejection.compareAndSet(own, own.tried(nowNanos, settings))) {
            life.beat();
        }
    }

    /** It answered with this final status; call it once for each request, when the head of the response is there. */
    public void responded(long nowNanos, int status) {
        totals.responded(status);
        if (failuresInARow.get() != 0) {
            failuresInARow.set(0);
        }
        if (status >= 500 && settings.serverErrorsInARow() > 0) {
            if (serverErrorsInARow.incrementAndGet() >= settings.serverErrorsInARow()) {
                eject(
                        nowNanos,
                        false,
                        name() + " answered " + settings.serverErrorsInARow()
                                + " requests in a row with a server error; one trial request follows after the back-off.");
            }
            return;
        }
        if (serverErrorsInARow.get() != 0) {
            serverErrorsInARow.set(0);
        }
        Ejection own = ejection.get();
        if (own.active() && own.onTrial() && !own.heldByCheck()) {
            readmit(nowNanos);
        }
    }

    /** The request that {@link #started} counted is over, well or not. */
    public void finished(long nowNanos) {
        if (inFlight.decrementAndGet() < 0) {
            inFlight.incrementAndGet();
            throw new IllegalStateException(name() + ": finished without started");
        }
    }

    /**
     * It failed. A refused or timed-out connection and a failed check eject at once, other failures when enough of them
     * come in a row.
     *
     * @return true when this call took it out of rotation, so that the caller can move what waits for it
     */
    public boolean failed(long nowNanos, Failure failure) {
        totals.failed(failure);
        return switch (failure) {
            case CHECK_FAILED ->
                eject(nowNanos, true, name() + " " + failure.words() + "; it comes back when the check passes.");
            case CONNECT_REFUSED, CONNECT_TIMEOUT ->
                eject(
                        nowNanos,
                        false,
                        name() + " " + failure.words() + "; one trial request follows after the back-off.");
            case RESET_BEFORE_RESPONSE, RESET_AFTER_RESPONSE, RESPONSE_TIMEOUT, BAD_RESPONSE -> {
                int inARow = failuresInARow.incrementAndGet();
                boolean enough =
                        inARow >= settings.failuresInARow() || ejection.get().onTrial();
                yield enough
                        && eject(
                                nowNanos,
                                false,
                                name() + " " + failure.words() + ", failure " + inARow
                                        + " in a row; one trial request follows after the back-off.");
            }
        };
    }

    /** Its active check passes: ends an ejection, and JOINING. Call it when the checker's rise count is reached. */
    public void checkPassed(long nowNanos) {
        if (!checkPassedOnce) {
            checkPassedOnce = true;
            life.beat();
        }
        failuresInARow.set(0);
        readmit(nowNanos);
    }

    /** A request that failed here was given to another backend. */
    public void retriedAway() {
        totals.retriedAway.increment();
    }

    /**
     * Payload moved.
     *
     * @param in from the client to the backend, 0 or more
     * @param out from the backend to the client, 0 or more
     */
    public void transferred(long in, long out) {
        totals.bytesIn.add(in);
        totals.bytesOut.add(out);
    }

    /**
     * How long a request that is its trial may wait for an answer before it is better asked elsewhere: as long as the
     * back-off before. So a frozen backend costs a user little, and a slow one is given the time it needs in the end.
     */
    public long trialPatienceNanos() {
        return settings.ejectionNanos(Math.max(0, ejection.get().step()));
    }

    /** Requests between {@link #started} and {@link #finished}. */
    public int inFlight() {
        return inFlight.get();
    }

    public Totals.Snapshot totals() {
        return totals.snapshot();
    }

    public Snapshot snapshot(long nowNanos) {
        Standing told = standing;
        return new Snapshot(
                pool,
                node,
                host,
                port,
                told.protocol(),
                told.checkPath(),
                told.weight(),
                state(),
                reason(),
                Math.max(0, nowNanos - sinceNanos()),
                inFlight(),
                totals());
    }

    /**
     * The backend at one moment, for pages and commands.
     *
     * @param inStateNanos how long it has been in this state
     */
    public record Snapshot(
            String pool,
            String node,
            String host,
            int port,
            String protocol,
            String checkPath,
            int weight,
            State state,
            String reason,
            long inStateNanos,
            int inFlight,
            Totals.Snapshot totals) {}

    /** {@code web@n1 10.0.0.1:3000}, for logs. */
    @Override
    public String toString() {
        return pool + "@" + name();
    }

    Standing standing() {
        return standing;
    }

    Totals sharedTotals() {
        return totals;
    }

    /** Membership's word; by the fleet builder's thread only. */
    void stand(Standing next, long nowNanos) {
        Standing before = standing;
        standing = next;
        boolean wasDoubted = before.state() == State.SUSPECT || before.state() == State.UNREADY;
        if (wasDoubted && next.state() == State.READY) {
            // It refuted, or its node found it well: after all that we saw. The step stays, so a second disappointment
            // costs more.
            readmit(nowNanos);
        }
        if (!next.isChecked() && ejection.get().heldByCheck()) {
            // Nobody will check it any more.
            ejection.updateAndGet(own -> own.active() ? own.released() : own);
        }
        life.beat();
    }

    boolean hasTrialAhead() {
        Ejection own = ejection.get();
        return own.active() && !own.heldByCheck();
    }

    long trialNanos() {
        return ejection.get().untilNanos();
    }

    /** Takes the one trial that is due, if it is: at most one caller gets true. */
    boolean takeTrial(long nowNanos, boolean safe) {
        Ejection own = ejection.get();
        if (state() == State.EJECTED
                && own.trialDue(
                        safe ? nowNanos : nowNanos - settings.ejectionMax().toNanos())
                && ejection.compareAndSet(own, own.tried(nowNanos, settings))) {
            life.beat();
            return true;
        }
        return false;
    }

    private boolean eject(long nowNanos, boolean byCheck, String reason) {
        while (true) {
            Ejection own = ejection.get();
            Ejection next;
            if (!own.active()) {
                next = Ejection.begun(nowNanos, reason, byCheck, own.nextStep(nowNanos, settings), settings);
            } else if (byCheck && !own.heldByCheck()) {
                next = own.held(reason);
            } else if (own.onTrial() && !byCheck) {
                next = own.trialFailed(nowNanos, own.heldByCheck() ? own.reason() : reason, settings);
            } else {
                // A request from before the ejection: nothing new.
                return false;
            }
            if (ejection.compareAndSet(own, next)) {
                life.beat();
                if (!own.active()) {
                    totals.ejections.increment();
                }
                return !own.active();
            }
        }
    }

    private void readmit(long nowNanos) {
        Ejection own = ejection.get();
        // A lost race means that somebody else has newer evidence.
        if (own.active() && ejection.compareAndSet(own, own.ended(nowNanos))) {
            failuresInARow.set(0);
            serverErrorsInARow.set(0);
            life.beat();
        }
    }

    private boolean waitsForItsFirstCheck(Standing told) {
        return settings.joinNeedsCheck() && told.isChecked() && !checkPassedOnce;
    }

    private String name() {
        return node + " " + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
