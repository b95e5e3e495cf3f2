package muster.agent.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.agent.logging.Log;
import muster.agent.logging.LogLine;
import muster.balancing.Announcement;
import muster.balancing.Announcement.Condition;
import muster.balancing.Announcement.Presence;
import muster.balancing.Announcement.Service;
import muster.templating.Model;
import muster.templating.Syntax;
import muster.templating.target.Commands;
import muster.templating.target.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FollowerTest {
    private static final Duration QUIET = Duration.ofMillis(500);

    @TempDir
    private Path folder;

    private final AtomicInteger number = new AtomicInteger();
    private final List<String> applied = new CopyOnWriteArrayList<>();

    private Model model() {
        var tags = new TreeMap<>(Map.of("n", number.toString()));
        return Model.of(List.of(new Announcement(
                "a",
                "10.0.0.1",
                tags,
                Presence.ALIVE,
                List.of(new Service("web", 80, "http", "", 10, Condition.READY)))));
    }

    @Test
    void a_thousand_changes_in_a_second_are_few_applications_and_the_last_change_is_in_the_last() throws IOException {
        Path destination = folder.resolve("out");
        Target target = target("t", destination);
        Commands notes = (line, variables, atMost) -> {
            try {
                applied.add(Files.readString(destination));
                return new Commands.Result(true, "");
            } catch (IOException e) {
                return new Commands.Result(false, e.toString());
            }
        };
        try (var follower = Follower.start(target, this::model, notes, Map.of())) {
            await().until(() -> applied.equals(List.of("0")));
            long begunNanos = System.nanoTime();
            for (int change = 1; change <= 1_000; change++) {
                number.set(change);
                follower.changed();
                LockSupport.parkNanos(1_000_000); // about a second in all; whatever it takes, the sum below is right
            }

            await().until(() -> applied.getLast().equals("1000"));

            // One at once, one after each quiet period: within a second, three. Plus the one before the changes.
            long most = 2 + (System.nanoTime() - begunNanos) / QUIET.toNanos();
            assertThat(applied).hasSizeBetween(2, Math.toIntExact(1 + most)).startsWith("0");
        }
    }

    @Test
    void while_a_file_is_held_that_could_not_be_applied_it_rests() throws IOException {
        Target target = target("held", folder.resolve("out"), Duration.ofDays(1));
        var isEmpty = new AtomicBoolean();
        var looks = new AtomicInteger();
        Supplier<Model> models = () -> {
            looks.incrementAndGet();
            return isEmpty.get() ? Model.of(List.of()) : model();
        };
        Commands fails = (line, variables, atMost) -> {
            applied.add(line);
            return new Commands.Result(false, "no");
        };
        try (var _ = Follower.start(target, models, fails, Map.of())) {
            await().until(() -> !applied.isEmpty());
            isEmpty.set(true);
            await().until(() -> looks.get() > 1); // for the next attempt, after a second
            // What does not happen cannot be awaited; a busy loop would look hundreds of thousands of times.
            await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(10)).until(() -> looks.get() < 10);
        }
    }

    private Target target(String name, Path destination) throws IOException {
        return target(name, destination, Duration.ZERO);
    }

    private Target target(String name, Path destination, Duration hold) throws IOException {
        return new Target(
                name,
                Files.writeString(folder.resolve("t.hb"), "{{#each members}}{{tags.n}}{{/each}}"),
                destination,
                Syntax.PLAIN,
                PosixFilePermissions.fromString("rw-r--r--"),
                null,
                null,
                "",
                "apply",
                Duration.ofSeconds(60),
                QUIET,
                hold,
                0);
    }

    @Test
    void the_first_application_may_come_too_early_and_only_the_next_failures_are_errors() throws IOException {
        Target target = target("early", folder.resolve("out"));
        var answers = new ConcurrentLinkedQueue<>(List.of(false, true, false));
        Commands commands = (line, variables, atMost) -> {
            Boolean ok = answers.poll();
            return new Commands.Result(ok == null || ok, "nobody answers");
        };
        var lines = new CopyOnWriteArrayList<String>();
        Consumer<LogLine> seen = line -> lines.add(line.text());
        Log.follow(seen);
        try (var follower = Follower.start(target, this::model, commands, Map.of())) {
            await().until(() ->
                    lines.stream().anyMatch(line -> line.contains("name=early") && line.endsWith(" applied")));
            assertThat(lines).noneMatch(line -> line.contains("[ERR]") && line.contains("name=early"));
            assertThat(lines)
                    .anyMatch(line -> line.contains("[INFO]") && line.contains("could not be applied: nobody answers"));

            number.set(1);
            follower.changed();

            await().until(() -> lines.stream()
                    .anyMatch(line -> line.contains("[ERR]") && line.contains("could not be applied: nobody answers")));
        } finally {
            Log.unfollow(seen);
        }
    }
}
