package muster.agent.render;

import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.templating.BadTemplate;
import muster.templating.Model;
import muster.templating.Rendering;
import muster.templating.Template;
import muster.templating.target.Commands;
import muster.templating.target.Outcome;
import muster.templating.target.Pace;
import muster.templating.target.Publisher;
import muster.templating.target.Target;

/** One target that follows the members, on a thread of its own: a command that hangs holds up no other target. */
public final class Follower implements AutoCloseable {
    private final Target target;
    private final Supplier<Model> models;
    private final Map<String, String> environment;
    private final Publisher publisher;
    private final Pace pace; // only on the thread
    private final Semaphore changes = new Semaphore(0);
    private final Set<String> toldRefusals = new HashSet<>(); // only on the thread
    private final Thread thread;
    private String lastWords = ""; // only on the thread
    private boolean triedToApply; // only on the thread

    private Follower(Target target, Supplier<Model> models, Commands commands, Map<String, String> environment) {
        this.target = target;
        this.models = models;
        this.environment = environment;
        this.publisher = new Publisher(target, commands);
        this.pace = new Pace(target.quiet(), target.hold());
        this.thread =
                Thread.ofPlatform().name("template-" + target.name()).daemon().unstarted(this::run);
    }

    /**
     * Begins, with a first rendering at once.
     *
     * @param models the newest one, asked on the follower's thread
     */
    public static Follower start(
            Target target, Supplier<Model> models, Commands commands, Map<String, String> environment) {
        var follower = new Follower(target, models, commands, environment);
        follower.changed();
        follower.thread.start();
        return follower;
    }

    /** The model may be another one, or the template. */
    public void changed() {
        changes.release();
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                awaitDue();
                pace.begun();
                Model model = models.get();
                if (model.hasBackends()) {
                    pace.notEmpty();
                } else if (Files.exists(target.destination()) && !pace.emptyLongEnough(System.nanoTime())) {
                    say(LogLevel.WARN, "nobody offers anything; the file stays as it is for " + target.hold());
                    pace.settled();
                    continue;
                }
                boolean failed = publish(model);
                pace.ended(System.nanoTime(), failed);
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void awaitDue() throws InterruptedException {
        long due = pace.dueInNanos(System.nanoTime());
        while (due > 0) {
            if (changes.tryAcquire(due, TimeUnit.NANOSECONDS)) {
                changes.drainPermits();
                pace.changed();
            }
            due = pace.dueInNanos(System.nanoTime());
        }
        changes.drainPermits();
    }

    private boolean publish(Model model) throws InterruptedException {
        try {
            Rendering rendering = Template.read(target.template(), target.syntax(), environment)
                    .render(model);
            tell(rendering.refused());
            Outcome outcome = publisher.publish(rendering.text());
            switch (outcome) {
                case Outcome.Unchanged _ -> lastWords = "";
                case Outcome.Applied _ -> {
                    lastWords = "";
                    Log.line(LogLevel.INFO, prefix() + "destination=" + target.destination() + " applied");
                }
                case Outcome.Refused _ -> say(LogLevel.ERR, outcome.words());
                case Outcome.RolledBack _, Outcome.NotApplied _ -> notApplied(outcome.words());
            }
            triedToApply |= !(outcome instanceof Outcome.Refused);
            return outcome.isFailure();
        } catch (BadTemplate e) {
            say(LogLevel.ERR, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            Log.line(LogLevel.ERR, prefix() + "a fault while rendering", e);
        }
        return true;
    }

    /** When a machine starts, whom the command tells may not be up yet: that is no error before the second time. */
    private void notApplied(String words) {
        if (triedToApply) {
            say(LogLevel.ERR, words);
        } else {
            words.lines().forEach(line -> Log.line(LogLevel.INFO, prefix() + line));
            Log.line(LogLevel.INFO, prefix() + "it is tried again");
        }
    }

    private void tell(List<String> refused) {
        toldRefusals.retainAll(refused);
        for (String sentence : refused) {
            if (toldRefusals.add(sentence)) {
                Log.line(LogLevel.WARN, prefix() + "a node is left out: " + sentence);
            }
        }
    }

    /** The same failure again and again is told once. */
    private void say(LogLevel level, String words) {
        if (!words.equals(lastWords)) {
            lastWords = words;
            words.lines().forEach(line -> Log.line(level, prefix() + line));
        }
    }

    private String prefix() {
        return "template: name=" + target.name() + " ";
    }
}
