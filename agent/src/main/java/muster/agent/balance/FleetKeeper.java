package muster.agent.balance;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.balancing.BalancingSettings;
import muster.balancing.Fleet;
import muster.balancing.FleetBuilder;
import muster.gossip.Member;
import muster.gossip.Notice;

/**
 * Keeps the newest fleet. A thread of its own rebuilds it whenever membership changed: at once after the first change,
 * and once for all those that came while it was busy.
 */
public final class FleetKeeper implements Supplier<Fleet>, AutoCloseable {
    private static final int PROBLEMS_LOGGED_MAX = 1_000; // then the same ones are logged anew

    private final Announcements announcements;
    private final Supplier<List<Member>> members;
    private final FleetBuilder builder = new FleetBuilder(BalancingSettings.DEFAULTS);
    private final Semaphore changes = new Semaphore(0);
    private final Thread thread;
    private final Set<String> loggedProblems = new HashSet<>();
    private volatile Consumer<Fleet> changed = _ -> {};
    private volatile Fleet fleet = Fleet.EMPTY;

    public FleetKeeper(Announcements announcements, Supplier<List<Member>> members) {
        this.announcements = announcements;
        this.members = members;
        this.thread = Thread.ofPlatform().name("fleet").daemon().unstarted(this::run);
    }

    /** {@code listener} is called on the keeper's thread after each change. */
    public void start(Consumer<Fleet> listener) {
        changed = listener;
        changes.release();
        thread.start();
    }

    /** The newest version; immutable. */
    @Override
    public Fleet get() {
        return fleet;
    }

    /** To be called with every notice of the node, on its thread. */
    public void heard(Notice notice) {
        switch (notice) {
            case Notice.MemberJoined _,
                    Notice.MemberUpdated _,
                    Notice.MemberSuspected _,
                    Notice.MemberRefuted _,
                    Notice.MemberLeaving _,
                    Notice.MemberLeft _,
                    Notice.MemberFailed _,
                    Notice.MemberReaped _ -> changes.release();
            case Notice.UserEventSeen _,
                    Notice.NameConflict _,
                    Notice.NameLost _,
                    Notice.QueryHeard _,
                    Notice.QueryAcked _,
                    Notice.QueryAnswered _,
                    Notice.KeyReply _,
                    Notice.QueryEnded _,
                    Notice.QueryRefused _,
                    Notice.AnswerRefused _,
                    Notice.KeysChanged _,
                    Notice.JoinEnded _,
                    Notice.LeaveEnded _,
                    Notice.TagsRefused _,
                    Notice.EventRefused _,
                    Notice.Logged _ -> {}
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                changes.acquire();
                changes.drainPermits();
                rebuild();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                // The old fleet stays; the next change tries again.
                Log.line(LogLevel.ERR, "balance: a fault while following the members", e);
            }
        }
    }

    private void rebuild() {
        Announcements.Understood understood = announcements.of(members.get());
        if (loggedProblems.size() > PROBLEMS_LOGGED_MAX) {
            loggedProblems.clear();
        }
        for (String problem : understood.problems()) {
            if (loggedProblems.add(problem)) {
                Log.line(LogLevel.WARN, "balance: " + problem);
            }
        }
        Fleet next = builder.apply(understood.announcements(), System.nanoTime());
        if (next.version() != fleet.version()) {
            fleet = next;
            next.changes().forEach(change -> Log.line(LogLevel.INFO, "balance: " + change.line()));
            changed.accept(next);
        }
    }
}
