package muster.haproxy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import muster.templating.target.Commands;
import muster.templating.target.Outcome;
import org.jspecify.annotations.Nullable;

/** Has HAProxy load a file, and carries over what it would forget. Threads: the driver's. */
final class Reloading {
    /** Longer than the largest configuration takes. */
    static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static final long POLL_MILLIS = 5;

    /** A worker that serves for so long goes on. */
    private static final long MOMENT_MILLIS = 50;

    /** For about a second: without its worker a master ends soon, or stays as it is. */
    private static final int WORKERLESS_LOOKS_MAX = 200;

    private final Instance instance;
    private final Journal journal;
    private final ConfigFile file;
    private final StateFile state;
    private final Attempts attempts;
    private final Loaded loaded;
    private final Supplier<Outlook> outlooks;

    /** @param outlooks what membership says at this moment */
    Reloading(
            Instance instance,
            ConfigFile file,
            StateFile state,
            Attempts attempts,
            Loaded loaded,
            Supplier<Outlook> outlooks) {
        this.instance = instance;
        this.journal = instance.journal();
        this.file = file;
        this.state = state;
        this.attempts = attempts;
        this.loaded = loaded;
        this.outlooks = outlooks;
    }

    /**
     * If it is time for an attempt.
     *
     * @param servers as they are
     * @param reason why no command can do it
     */
    void reload(Rendered next, Outlook now, Instance.Servers servers, String reason)
            throws IOException, InterruptedException {
        withoutReload(now, servers);
        if (loaded.couldNotLately(next, System.nanoTime())) {
            attempts.settled();
            return;
        }
        String attempt = next.text() + reason;
        if (!attempts.areDue(attempt)) {
            return;
        }
        var telling = new Telling(next);
        Outcome outcome;
        try {
            outcome = file.load(next.text(), telling::load, telling::back);
        } finally {
            if (telling.carried != null) {
                state.clear(); // a start some time later would believe it, too
            }
        }
        if (telling.couldNot) {
            loaded.couldNot(next, System.nanoTime());
        }
        if (!outcome.isFailure()) {
            journal.info("HAProxy reloaded: " + reason);
            loaded.reloaded(next);
        }
        attempts.ended(outcome);
        long worker = instance.workers().currentPid();
        RunningServers running = instance.servers().running();
        if (loaded.isBy(worker)) {
            loaded.seen(running); // somebody may have ordered something during a check that refused
        } else {
            loaded.by(worker);
        }
        boolean helped = false;
        ConfigText present = loaded.doubted(loaded.good(), outlooks.get(), running);
        if (loaded.plan(present, running) instanceof Plan.Commands rest) {
            loaded.tell(present, running);
            helped = instance.give(rest.commands()) == null;
        }
        if (!helped && !outcome.isFailure()) {
            attempts.didNotHelp(attempt);
            journal.warn("a reload did not help: " + reason);
        }
    }

    /** Who leaves or is in doubt must not wait for a check, nor for a text that is refused. */
    void withoutReload(Outlook now, Instance.Servers servers) throws IOException {
        ConfigText present = loaded.doubted(loaded.good(), now, servers.running());
        if (loaded.plan(present, servers.running()) instanceof Plan.Commands safe
                && !safe.commands().isEmpty()) {
            loaded.tell(present, servers.running());
            instance.give(safe.commands());
        }
    }

    /** One reload, and what a failed one leaves behind. */
    private final class Telling {
        private final Rendered next;
        private @Nullable Carried carried; // null before it is told: a text that the check refuses never is
        private boolean couldNot;
        private int workerless;

        Telling(Rendered next) {
            this.next = next;
        }

        /** Tells the master, and waits until it has another worker that serves, or gave up. */
        Commands.Result load(Path loadedFile) throws InterruptedException {
            try {
                Carried known = carried == null ? carried() : carried;
                carried = known; // later nobody may be there to be asked
                Workers before = instance.workers();
                Optional<ProcessHandle> master = ProcessHandle.of(before.masterPid());
                journal.count("reloads");
                begin();
                return await(before, master, known);
            } catch (IOException e) {
                return new Commands.Result(false, e.getMessage() + journal.itsWords());
            }
        }

        /** What is known now: the check took its time. */
        private Carried carried() throws IOException {
            Instance.Servers servers = instance.servers();
            loaded.seen(servers.running());
            ConfigText doubted = loaded.doubted(next, outlooks.get(), servers.running());
            Carried now = Carried.of(servers.answer(), servers.running(), next.config(), doubted);
            state.write(now.text());
            loaded.tell(doubted, servers.running());
            return now;
        }

        private void begin() {
            try {
                instance.api().ask("reload");
            } catch (IOException e) {
                // It has heard it: until 2.6 it may end the connection first, from 2.7 on it answers when all is
                // loaded.
            }
        }

        private Commands.Result await(Workers before, Optional<ProcessHandle> master, Carried known)
                throws InterruptedException {
            long deadlineNanos = System.nanoTime() + TIMEOUT.toNanos();
            while (System.nanoTime() - deadlineNanos < 0) {
                try {
                    Workers after = instance.workers();
                    if (after.masterPid() == before.masterPid() && after.reloads() > before.reloads()) {
                        workerless = after.currentPid() == 0 ? workerless + 1 : 0;
                        if (workerless == 0 && after.currentPid() == before.currentPid()) {
                            return couldNot("HAProxy could not load it and goes on with the one before");
                        }
                        if (workerless > WORKERLESS_LOOKS_MAX) {
                            return couldNot("HAProxy's new worker ended at once");
                        }
                        if (workerless == 0 && serves(after, known)) {
                            return new Commands.Result(true, "");
                        }
                    }
                } catch (IOException e) {
                    // It is deaf for a moment while it starts itself anew.
                }
                if (master.filter(ProcessState::runs).isEmpty()) {
                    return couldNot("HAProxy ended when it had loaded it");
                }
                Thread.sleep(POLL_MILLIS);
            }
            return failure("HAProxy has not loaded it within " + TIMEOUT);
        }

        /** A worker that cannot run is there for a moment all the same. One that answers is beyond that, so it takes what it has to know. */
        private boolean serves(Workers now, Carried known) throws IOException, InterruptedException {
            instance.give(known.commands(instance.servers().running()));
            Thread.sleep(MOMENT_MILLIS);
            return instance.workers().currentPid() == now.currentPid();
        }

        /** A master that goes on without a worker needs it; one that ended is started again with this file, and one that has a worker needs nothing. */
        Commands.Result back(Path fileBefore) throws InterruptedException {
            boolean isNeeded = workerless > WORKERLESS_LOOKS_MAX;
            workerless = 0;
            return isNeeded ? load(fileBefore) : new Commands.Result(true, "");
        }

        private Commands.Result couldNot(String words) {
            couldNot = true;
            return failure(words + ". It is loaded again when it is another one, with HUP, or in 10 minutes");
        }

        private Commands.Result failure(String words) {
            journal.count("reloads-failed");
            return new Commands.Result(false, words + journal.itsWords());
        }
    }
}
