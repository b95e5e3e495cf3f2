package muster.templating.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes one text the content of a target, and has it applied. Threads: one at a time; it waits for the commands. Several at one
 * destination take turns.
 *
 * <p>At any moment, and after the end of this process at any moment, the destination holds a whole version that passed its
 * check. A version that was put in place and not applied is known by a mark, and applied by whoever comes next.
 */
public final class Publisher {
    private final Target target;
    private final Step check;
    private final Step apply;
    private final Place place;
    private final Duration patience;

    /** With the commands of the target as steps. */
    public Publisher(Target target, Commands commands) {
        this(
                target,
                step(target, commands, target.check()),
                step(target, commands, target.apply()),
                target.commandTimeout().multipliedBy(3)); // check, application and way back of whoever is at it
    }

    /**
     * With these steps instead of the target's commands.
     *
     * @param patience how long to wait for another one at the same destination, before that is a failure
     */
    public Publisher(Target target, Step check, Step apply, Duration patience) {
        this.target = target;
        this.check = check;
        this.apply = apply;
        this.place = new Place(target);
        this.patience = patience;
    }

    /** Something that is done with a file: by a program, or by telling one. */
    @FunctionalInterface
    public interface Step {
        /** Nothing to do. */
        Step NONE = _ -> new Commands.Result(true, "");

        Commands.Result with(Path file) throws InterruptedException;
    }

    /**
     * Does all that is needed; never throws for what a disk or a program does. Another one at the same destination, in this
     * process or any, is waited for.
     */
    public Outcome publish(String text) throws InterruptedException {
        return publish(text, apply, apply);
    }

    /**
     * As {@link #publish(String)}, with another last step.
     *
     * @param back where that one failed, with the file before, which is there again
     */
    public Outcome publish(String text, Step apply, Step back) throws InterruptedException {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        try {
            if (place.isUnapplied() || !Arrays.equals(place.content(), wanted)) {
                try (PublishLock _ = place.lock(patience)) {
                    return published(wanted, apply, back);
                }
            }
            return unchanged();
        } catch (IOException e) {
            return notWritten(e);
        }
    }

    /** Its mode and owner may be others than are set. */
    private Outcome unchanged() {
        try {
            place.bringMode();
            return new Outcome.Unchanged();
        } catch (IOException e) {
            return new Outcome.Refused(target.destination()
                    + " holds the text, but cannot be given its mode, owner and group: " + Place.reason(e));
        }
    }

    /** What is there is looked at again: somebody else may have been at it until now. */
    private Outcome published(byte[] wanted, Step apply, Step back) throws IOException, InterruptedException {
        byte @Nullable [] before = place.content();
        if (Arrays.equals(before, wanted)) {
            Outcome unchanged = unchanged();
            return place.isUnapplied() && !unchanged.isFailure() ? applied(apply) : unchanged;
        }
        Path staged = place.stage(wanted);
        Commands.Result checked = check.with(staged);
        if (!checked.ok()) {
            place.setAside(staged);
            return new Outcome.Refused("the check does not like the new file: " + checked.words());
        }
        place.nothingRefused();
        if (!Step.NONE.equals(apply)) {
            place.markUnapplied();
        }
        place.replace(staged);
        Outcome outcome = applied(apply);
        return outcome instanceof Outcome.NotApplied failed && before != null
                ? rolledBack(failed, before, back, back.equals(apply) ? " and applied" : "")
                : outcome;
    }

    /** Whether what is there was put there and never applied: by a process that ended in between. */
    public boolean isUnapplied() {
        return place.isUnapplied();
    }

    /** Applies what is there, once more. Throws as {@link #publish(String)}. */
    public Outcome applied(Step apply) throws InterruptedException {
        Commands.Result applied = apply.with(target.destination());
        if (!applied.ok()) {
            return new Outcome.NotApplied("the new file could not be applied: " + applied.words());
        }
        try {
            place.markApplied();
        } catch (IOException e) {
            // It is applied once more the next time, which does no harm.
        }
        return new Outcome.Applied();
    }

    private Outcome rolledBack(Outcome.NotApplied failed, byte[] before, Step back, String done)
            throws InterruptedException {
        try {
            place.restore(before);
        } catch (IOException e) {
            return new Outcome.NotApplied(
                    failed.words() + "; and the file before cannot be put back: " + Place.reason(e));
        }
        return switch (applied(back)) {
            case Outcome.NotApplied again ->
                new Outcome.RolledBack(failed.words() + "; the file before is back, but: " + again.words());
            default -> new Outcome.RolledBack(failed.words() + "; the file before is back" + done);
        };
    }

    private Outcome notWritten(IOException e) {
        return new Outcome.Refused(target.destination() + " cannot be written: " + Place.reason(e));
    }

    private static Step step(Target target, Commands commands, String line) {
        return line.isEmpty()
                ? Step.NONE
                : file -> {
                    SortedMap<String, String> variables = new TreeMap<>();
                    variables.put("RENDERED", file.toString());
                    variables.put("DESTINATION", target.destination().toString());
                    return commands.run(line, variables, target.commandTimeout());
                };
    }
}
