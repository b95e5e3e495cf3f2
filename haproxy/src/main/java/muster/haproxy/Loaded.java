package muster.haproxy;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What HAProxy was given, and which of its workers has it. Threads: one at a time. */
final class Loaded {
    /** An attempt in vain may close the door for seconds: HAProxy stops listening while it waits for a port that another program has. */
    private static final long PAUSE_NANOS = 600_000_000_000L;

    private Rendered good;
    private ConfigText text;
    private long workerPid;
    private final Map<ServerPath, ServerLine> departed = new HashMap<>();
    private final Maintenance maintenance;
    private @Nullable String refusedText; // one of its commands was refused
    private String refusal = "";
    private @Nullable ConfigText unloadable; // its check went well
    private long unloadableSinceNanos;

    /**
     * As it is found.
     *
     * @param good what it took last
     * @param text what the worker has loaded
     */
    Loaded(Rendered good, ConfigText text, long workerPid, Maintenance maintenance) {
        this.good = good;
        this.text = text;
        this.workerPid = workerPid;
        this.maintenance = maintenance;
    }

    /** What it took last. */
    Rendered good() {
        return good;
    }

    boolean isBy(long pid) {
        return workerPid == pid;
    }

    void by(long pid) {
        workerPid = pid;
    }

    /** There is another worker, with this text. */
    void anew(long pid, ConfigText loaded) {
        workerPid = pid;
        text = loaded;
        departed.clear();
        refusedText = null;
        maintenance.anew();
    }

    /** It took this by a reload. */
    void reloaded(Rendered now) {
        good = now;
        text = now.config();
        departed.clear();
        refusedText = null;
        unloadable = null;
    }

    /** It refused a command that this needs. */
    void refused(Rendered wanted, String why) {
        refusedText = wanted.text();
        refusal = why;
    }

    /** It could not load this. Where all but the servers runs already, that was not the reason: somebody may have killed it. */
    void couldNot(Rendered wanted, long nowNanos) {
        if (!wanted.config().hasSameRestAs(good.config())) {
            unloadable = wanted.config();
            unloadableSinceNanos = nowNanos;
        }
    }

    /** Whether it could not load this the last time; other servers make no difference. */
    boolean couldNot(Rendered wanted) {
        return unloadable != null && unloadable.hasSameRestAs(wanted.config());
    }

    /** The same, and it is too early for another attempt. */
    boolean couldNotLately(Rendered wanted, long nowNanos) {
        return couldNot(wanted) && nowNanos - unloadableSinceNanos < PAUSE_NANOS;
    }

    /** What it could not load or refused may be possible now. */
    void retry() {
        refusedText = null;
        unloadable = null;
    }

    /** With what it comes back when it is away: what it took last, with the servers of now where nothing else is different. */
    Rendered safest(Rendered wanted) {
        return wanted.config().hasSameRestAs(good.config()) ? wanted : good;
    }

    /** It took this by commands. Lines that it had before are remembered: their servers may be in use, and come back. */
    void told(Rendered now) {
        good = now;
        refusedText = null;
        departed.putAll(text.servers());
        departed.keySet().removeAll(now.config().servers().keySet());
        text = now.config();
    }

    /** It says so: what it has not any more is not remembered. */
    void seen(RunningServers running) {
        departed.keySet().removeIf(path -> running.get(path) == null);
        maintenance.seen(running);
    }

    /** What it should have of a text now: some servers are in maintenance, whatever the text says. */
    ConfigText doubted(Rendered wanted, Outlook now, RunningServers running) {
        Set<ServerPath> drained = maintenance.drained();
        return wanted.doubted(now, maintenance.byOthers(), path -> {
            RunningServers.Server server = running.get(path);
            return !drained.contains(path) && (server == null || !(server.isDead() || server.isDraining()));
        });
    }

    /** What to do next, if it is time for it, to have it as this: {@link #doubted}. */
    Plan plan(ConfigText doubted, RunningServers running) {
        return Planner.plan(text, doubted, running, departed, maintenance.drained());
    }

    /**
     * The same for a text that was rendered now. One of which it refused a command needs a reload: the commands before that one,
     * given again at each look, would be undone each time.
     */
    Plan plan(Rendered next, ConfigText doubted, RunningServers running) {
        Plan plan = plan(doubted, running);
        boolean isRefused = plan instanceof Plan.Commands(var commands)
                && !commands.isEmpty()
                && next.text().equals(refusedText);
        return isRefused ? new Plan.Reload(refusal) : plan;
    }

    /** It is told this, {@link #doubted}, so what it has in maintenance by that is not by others. */
    void tell(ConfigText doubted, RunningServers running) {
        maintenance.willBe(doubted, running);
    }
}
