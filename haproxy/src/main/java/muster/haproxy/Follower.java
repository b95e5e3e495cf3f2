package muster.haproxy;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import muster.templating.Model;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what HAProxy has and at what it should have, and takes the cheapest safe step from the one to the other. Threads:
 * the driver's.
 */
final class Follower {
    /** With what ran before it is there again sooner. */
    private static final long TURN_NANOS = 5_000_000_000L;

    private final Instance instance;
    private final Journal journal;
    private final ConfigFile file;
    private final Supplier<Model> models;
    private final Wanted wanted;
    private final Attempts attempts;
    private final Loaded loaded;
    private final Reloading reloading;
    private final HangWatch hangs;
    private final SocketWatch sockets;
    private final OldWorkers oldWorkers;
    private boolean lost; // it does not answer
    private long lostSinceNanos;
    private final Set<ServerPath> toldDead = new HashSet<>();

    Follower(
            Instance instance,
            ConfigFile file,
            Supplier<Model> models,
            Wanted wanted,
            Attempts attempts,
            Loaded loaded,
            Reloading reloading,
            HangWatch hangs,
            SocketWatch sockets,
            OldWorkers oldWorkers) {
        this.instance = instance;
        this.journal = instance.journal();
        this.file = file;
        this.models = models;
        this.wanted = wanted;
        this.attempts = attempts;
        this.loaded = loaded;
        this.reloading = reloading;
        this.hangs = hangs;
        this.sockets = sockets;
        this.oldWorkers = oldWorkers;
    }

    /** It did not answer the last time. */
    boolean hasLostIt() {
        return lost;
    }

    /** What could not be loaded may be possible now. */
    void retry() {
        loaded.retry();
    }

    /** One look, and one step. */
    void follow() throws InterruptedException {
        Model model = models.get();
        Outlook now = Outlook.of(model.announcements());
        Rendered next = wanted.of(model, now, loaded.good());
        try {
            follow(next, now);
        } catch (IOException e) {
            if (!lost) {
                lost = true;
                lostSinceNanos = System.nanoTime();
            }
            String trouble = instance.program().trouble();
            journal.warn(
                    "HAProxy does not answer: " + (trouble == null ? e.getMessage() : trouble + journal.itsWords()));
            behind(trouble == null ? loaded.safest(next) : forStart(next)); // so that it comes back with it
            instance.start();
            recover(e);
        }
    }

    /** The same within a look that waits for a check: what commands can do, since who leaves must not wait for a file. */
    void followWithoutFile() {
        Model model = models.get();
        Outlook now = Outlook.of(model.announcements());
        Rendered next = wanted.of(model, now, loaded.good());
        try {
            Instance.Servers servers = look(next);
            ConfigText doubted = loaded.doubted(next, now, servers.running());
            if (loaded.plan(next, doubted, servers.running()) instanceof Plan.Commands plan) {
                if (give(plan, next, doubted, servers) != null) {
                    reloading.withoutReload(now, instance.servers());
                }
            } else {
                reloading.withoutReload(now, servers);
            }
        } catch (IOException e) {
            // The look that comes after this one sees to it.
        }
    }

    /** What ran before, or in turns with a text that was never tried, which may be the remedy: it does not run in any case. */
    private Rendered forStart(Rendered next) {
        boolean isTurnOfNext = (System.nanoTime() - lostSinceNanos) / TURN_NANOS % 2 == 1;
        return isTurnOfNext && !loaded.couldNot(next) ? next : loaded.safest(next);
    }

    private void recover(IOException trouble) {
        if (Thread.currentThread().isInterrupted()) {
            return; // closed: it was not let answer
        }
        try {
            boolean canLoad = file.text() != null;
            if (trouble instanceof NoAnswer silence && (silence.isByWorker() || sockets.isIts())) {
                hangs.silent(silence, canLoad);
            } else {
                sockets.notReached(canLoad);
            }
        } catch (IOException e) {
            journal.warn("HAProxy does not answer: " + e.getMessage());
        }
    }

    private void follow(Rendered next, Outlook now) throws IOException, InterruptedException {
        Instance.Servers servers = look(next);
        ConfigText doubted = loaded.doubted(next, now, servers.running());
        switch (loaded.plan(next, doubted, servers.running())) {
            case Plan.Commands plan -> {
                String refused = give(plan, next, doubted, servers);
                if (refused == null) {
                    behind(next);
                } else {
                    reloading.reload(next, now, instance.servers(), refused);
                }
            }
            case Plan.Reload plan -> reloading.reload(next, now, servers, plan.reason());
        }
    }

    /** Null, or why it needs a reload: a command was refused. */
    private @Nullable String give(Plan.Commands plan, Rendered next, ConfigText doubted, Instance.Servers servers)
            throws IOException {
        loaded.tell(doubted, servers.running());
        String refused = instance.give(plan.commands());
        if (refused == null) {
            loaded.told(next);
            return null;
        }
        String reason = "HAProxy refused " + refused;
        loaded.refused(next, reason);
        return reason;
    }

    private Instance.Servers look(Rendered next) throws IOException {
        Workers workers = sockets.ask();
        hangs.masterAnswered(workers);
        if (!loaded.isBy(workers.currentPid())) {
            // The supervisor's doing, or somebody's who reloaded by hand: it has what stands in the file.
            journal.info("HAProxy runs anew: pid=" + workers.masterPid() + " worker=" + workers.currentPid());
            journal.count("processes-found");
            String text = file.text();
            loaded.anew(workers.currentPid(), ConfigText.parse(text == null ? "" : text));
        }
        bound(workers);
        Instance.Servers servers = instance.servers();
        hangs.workerAnswered();
        if (lost) {
            lost = false;
            journal.wentWell();
        }
        tellOfDead(next, servers.running());
        loaded.seen(servers.running());
        return servers;
    }

    /** The file is to hold what HAProxy was told, for its next start. Not at each of many changes. */
    private void behind(Rendered told) throws InterruptedException {
        if (file.holds(told.text())) {
            attempts.settled();
        } else if (attempts.areDue(told.text())) {
            attempts.ended(file.write(told.text()));
        }
    }

    /** Old workers end by themselves when their last connection does; these are too many, or for too long. */
    private void bound(Workers workers) {
        for (OldWorkers.Replaced old : oldWorkers.overdue(workers.old(), System.nanoTime())) {
            journal.count("old-workers-ended");
            journal.warnOf("an old worker of HAProxy still had connections and is ended: pid=" + old.pid()
                    + " replaced " + old.secondsAgo() + "s ago; 'hard-stop-after' and 'mworker-max-reloads' in its"
                    + " global section bound them too");
            instance.program().end(old.pid(), workers.masterPid());
        }
    }

    private void tellOfDead(Rendered next, RunningServers running) {
        var dead = new HashSet<ServerPath>();
        for (ServerPath path : next.config().servers().keySet()) {
            RunningServers.Server server = running.get(path);
            if (server != null && server.isDead()) {
                dead.add(path);
                if (toldDead.add(path)) {
                    journal.down(server);
                }
            }
        }
        toldDead.retainAll(dead);
    }
}
