package muster.haproxy;

import java.io.IOException;
import java.time.Duration;
import muster.templating.BadTemplate;
import muster.templating.Model;
import muster.templating.target.Outcome;
import org.jspecify.annotations.Nullable;

/** How a driver comes to an HAProxy: it starts one, or takes over what one that was killed has left. Threads: one, once. */
final class Beginning {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(20);
    private static final long POLL_MILLIS = 5;

    private final Instance instance;
    private final ConfigFile file;
    private final StateFile state;
    private final Renderer renderer;

    Beginning(Instance instance, ConfigFile file, StateFile state, Renderer renderer) {
        this.instance = instance;
        this.file = file;
        this.state = state;
        this.renderer = renderer;
    }

    /**
     * An HAProxy that runs.
     *
     * @param takenOver with servers of whom we have not heard
     */
    record Begun(Loaded loaded, Workers workers, boolean takenOver) {}

    /**
     * Renders, checks and starts one.
     *
     * @throws CannotRun with what is wrong, in HAProxy's own words where it said some
     */
    Begun start(Model model) throws CannotRun, InterruptedException {
        Rendered first = first(model);
        Outcome written = file.write(first.text());
        if (written.isFailure()) {
            throw new CannotRun(written.words());
        }
        state.clear();
        instance.start();
        Workers workers = awaitWorker();
        return new Begun(
                new Loaded(first, first.config(), workers.currentPid(), new Maintenance(instance.journal())),
                workers,
                false);
    }

    private Rendered first(Model model) throws CannotRun {
        Rendered first;
        try {
            first = renderer.render(model, Outlook.of(model.announcements()));
        } catch (BadTemplate e) {
            throw new CannotRun(e);
        }
        String before = file.text();
        if (before != null && !model.hasBackends()) {
            // Right after a start nobody is known: begin with those who were there last.
            Rendered last = Rendered.of(before, Outlook.NOBODY);
            if (last.config().hasServers() && last.config().hasSameRestAs(first.config())) {
                return last;
            }
        }
        return first;
    }

    private Workers awaitWorker() throws CannotRun, InterruptedException {
        long deadlineNanos = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try {
                Workers workers = instance.workers();
                if (workers.currentPid() != 0) {
                    return workers;
                }
            } catch (IOException e) {
                // not yet
            }
            String trouble = instance.program().trouble();
            if (trouble != null || System.nanoTime() - deadlineNanos > 0) {
                throw new CannotRun("HAProxy does not run: "
                        + (trouble == null
                                ? "it does not answer on " + instance.settings().socket()
                                : trouble)
                        + instance.journal().itsWords());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** What runs already; null if nothing does. */
    @Nullable
    Begun takeOver() {
        Workers there;
        try {
            there = instance.workers();
        } catch (IOException e) {
            return null; // the usual case: nobody answers
        }
        String text = file.text();
        if (there.currentPid() == 0 || text == null) {
            return null;
        }
        state.clear(); // who was killed in a reload has left one
        // A file that was put in its place and never loaded says nothing about the process.
        var loaded = new Loaded(
                Rendered.of(text, Outlook.NOBODY),
                ConfigText.parse(file.isUnapplied() ? "" : text),
                there.currentPid(),
                new Maintenance(instance.journal()));
        instance.program().found(there.masterPid());
        instance.journal().count("processes-found");
        instance.journal()
                .info("HAProxy runs already and is taken over: pid=" + there.masterPid()
                        + "; what it prints is lost until its next start");
        return new Begun(loaded, there, true);
    }
}
