package muster.templating.target;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes one text the content of a target, and has it applied. Threads: one at a time; it waits for the commands.
 *
 * <p>At any moment, and after the end of this process at any moment, the destination holds a whole version that passed its
 * check. A version that was put in place and not applied is known by a mark, and applied by whoever comes next.
 */
public final class Publisher {
    private final Target target;
    private final Commands commands;
    private final Place place;

    public Publisher(Target target, Commands commands) {
        this.target = target;
        this.commands = commands;
        this.place = new Place(target);
    }

    /** Does all that is needed; never throws for what a disk or a program does. */
    public Outcome publish(String text) throws InterruptedException {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        byte @Nullable [] before;
        Path staged;
        try {
            before = place.content();
            if (Arrays.equals(before, wanted)) {
                return place.isUnapplied() ? applied() : new Outcome.Unchanged();
            }
            staged = place.stage(wanted);
        } catch (IOException e) {
            return notWritten(e);
        }
        try {
            Commands.Result check = run(target.check(), staged);
            if (!check.ok()) {
                place.setAside(staged);
                return new Outcome.Refused("the check does not like the new file: " + check.words());
            }
            place.nothingRefused();
            if (!target.apply().isEmpty()) {
                place.markUnapplied();
            }
            place.replace(staged);
        } catch (IOException e) {
            return notWritten(e);
        }
        Outcome outcome = applied();
        return outcome instanceof Outcome.NotApplied failed && before != null ? rolledBack(failed, before) : outcome;
    }

    private Outcome applied() throws InterruptedException {
        Commands.Result apply = run(target.apply(), target.destination());
        if (!apply.ok()) {
            return new Outcome.NotApplied("the new file could not be applied: " + apply.words());
        }
        try {
            place.markApplied();
        } catch (IOException e) {
            // It is applied once more the next time, which does no harm.
        }
        return new Outcome.Applied();
    }

    private Outcome rolledBack(Outcome.NotApplied failed, byte[] before) throws InterruptedException {
        try {
            place.restore(before);
        } catch (IOException e) {
            return new Outcome.NotApplied(
                    failed.words() + "; and the file before cannot be put back: " + Place.reason(e));
        }
        return switch (applied()) {
            case Outcome.NotApplied again ->
                new Outcome.RolledBack(failed.words() + "; the file before is back, but: " + again.words());
            default -> new Outcome.RolledBack(failed.words() + "; the file before is back and applied");
        };
    }

    private Outcome notWritten(IOException e) {
        return new Outcome.Refused(target.destination() + " cannot be written: " + Place.reason(e));
    }

    private Commands.Result run(String line, Path rendered) throws InterruptedException {
        if (line.isEmpty()) {
            return new Commands.Result(true, "");
        }
        SortedMap<String, String> variables = new TreeMap<>();
        variables.put("RENDERED", rendered.toString());
        variables.put("DESTINATION", target.destination().toString());
        return commands.run(line, variables, target.commandTimeout());
    }
}
