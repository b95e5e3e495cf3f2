package muster.templating.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import muster.templating.Syntax;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublisherTest {
    @TempDir
    private Path folder;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** The shell itself. */
    private static final Commands SHELL = (line, variables, atMost) -> {
        try {
            var builder = new ProcessBuilder("/bin/sh", "-c", line).redirectErrorStream(true);
            builder.environment().putAll(variables);
            Process process = builder.start();
            boolean ended = process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
                return new Commands.Result(false, "took too long");
            }
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Commands.Result(process.exitValue() == 0, said.strip());
        } catch (IOException e) {
            return new Commands.Result(false, String.valueOf(e.getMessage()));
        }
    };

    private Path destination() {
        return folder.resolve("a.cfg");
    }

    private Target target(Path destination, String check, String apply, int keep) {
        return target(destination, check, apply, PATIENCE, keep);
    }

    private Target target(Path destination, String check, String apply, Duration timeout, int keep) {
        return new Target(
                "a",
                folder.resolve("a.hb"),
                destination,
                Syntax.PLAIN,
                PosixFilePermissions.fromString("rw-r--r--"),
                null,
                null,
                check,
                apply,
                timeout,
                Duration.ZERO,
                Duration.ZERO,
                keep);
    }

    private Publisher publisher(String check, String apply) {
        return new Publisher(target(destination(), check, apply, 2), SHELL);
    }

    private String applied() throws IOException {
        Path log = folder.resolve("applied");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    /** Notes which content was applied. */
    private static final String NOTE = "cat \"$DESTINATION\" >> \"$(dirname \"$DESTINATION\")/applied\"";

    @Test
    void a_new_text_is_checked_put_in_place_and_applied_once() throws Exception {
        Publisher publisher = publisher("grep -q one \"$RENDERED\" && test ! -e \"$DESTINATION\"", NOTE);

        assertThat(publisher.publish("one\n")).isEqualTo(new Outcome.Applied());
        assertThat(publisher.publish("one\n")).isEqualTo(new Outcome.Unchanged());

        assertThat(destination()).hasContent("one\n");
        assertThat(applied()).isEqualTo("one\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(destination())))
                .isEqualTo("rw-r--r--");
        assertThat(files()).containsExactly("a.cfg", "applied");
    }

    @Test
    void the_last_versions_stay_beside_it() throws Exception {
        Publisher publisher = publisher("", "");
        for (String text : List.of("one", "two", "three", "four")) {
            publisher.publish(text);
        }

        assertThat(files()).containsExactly("a.cfg", "a.cfg.1", "a.cfg.2");
        assertThat(folder.resolve("a.cfg.1")).hasContent("three");
        assertThat(folder.resolve("a.cfg.2")).hasContent("two");
    }

    @Test
    void a_text_that_the_check_does_not_like_changes_nothing_and_stays_for_a_look() throws Exception {
        publisher("", NOTE).publish("good\n");

        Outcome outcome = publisher("echo line 7 is wrong; false", NOTE).publish("bad\n");

        assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        assertThat(outcome.words())
                .contains("the check does not like the new file")
                .contains("line 7 is wrong");
        assertThat(destination()).hasContent("good\n");
        assertThat(applied()).isEqualTo("good\n");
        assertThat(folder.resolve(".a.cfg.refused")).hasContent("bad\n");
        publisher("", NOTE).publish("better\n");
        assertThat(files()).containsExactly("a.cfg", "a.cfg.1", "applied");
    }

    @Test
    void when_applying_fails_the_file_before_is_back_and_applied() throws Exception {
        String apply = NOTE + "; ! grep -q bad \"$DESTINATION\"";
        publisher("", apply).publish("good\n");

        Outcome outcome = publisher("", apply).publish("bad\n");

        assertThat(outcome).isInstanceOf(Outcome.RolledBack.class);
        assertThat(destination()).hasContent("good\n");
        assertThat(applied()).isEqualTo("good\nbad\ngood\n");
        assertThat(files()).containsExactly("a.cfg", "applied");
    }

    @Test
    void an_application_that_hangs_is_ended_and_rolled_back() throws Exception {
        publisher("", "").publish("good\n");

        String apply = "if grep -q bad \"$DESTINATION\"; then sleep 1000; fi";
        Outcome outcome =
                new Publisher(target(destination(), "", apply, Duration.ofSeconds(3), 2), SHELL).publish("bad\n");

        assertThat(outcome).isInstanceOf(Outcome.RolledBack.class);
        assertThat(outcome.words()).contains("took too long").contains("the file before is back and applied");
        assertThat(destination()).hasContent("good\n");
    }

    @Test
    void without_a_file_before_a_failed_application_is_told_and_tried_again_with_the_same_text() throws Exception {
        assertThat(publisher("", "false").publish("first\n")).isInstanceOf(Outcome.NotApplied.class);

        assertThat(publisher("", NOTE).publish("first\n")).isEqualTo(new Outcome.Applied());
        assertThat(applied()).isEqualTo("first\n");
        assertThat(publisher("", NOTE).publish("first\n")).isEqualTo(new Outcome.Unchanged());
    }

    @Test
    void a_file_that_was_put_in_place_and_not_applied_is_applied_by_the_next_process() throws Exception {
        publisher("", NOTE).publish("one\n");
        // A process that ended between the two leaves just this.
        Files.writeString(destination(), "two\n");
        Files.createFile(folder.resolve(".a.cfg.unapplied"));

        assertThat(publisher("", NOTE).publish("two\n")).isEqualTo(new Outcome.Applied());

        assertThat(applied()).isEqualTo("one\ntwo\n");
    }

    @Test
    void a_staged_file_of_a_crash_is_no_obstacle() throws Exception {
        Files.writeString(folder.resolve(".a.cfg.new"), "half");

        assertThat(publisher("", "").publish("one")).isEqualTo(new Outcome.Applied());
        assertThat(destination()).hasContent("one");
    }

    @Test
    void a_link_stays_one_and_the_file_that_it_leads_to_is_replaced() throws Exception {
        Path real = Files.createDirectory(folder.resolve("real")).resolve("b.cfg");
        Files.writeString(real, "old");
        Files.createSymbolicLink(destination(), real);

        publisher("", "").publish("new");

        assertThat(destination()).isSymbolicLink().hasContent("new");
        assertThat(real).hasContent("new");
    }

    @Test
    void a_missing_folder_or_user_is_told() throws Exception {
        Publisher nowhere = new Publisher(target(folder.resolve("none/a.cfg"), "", "", 0), SHELL);
        assertThat(nowhere.publish("x").words()).contains("none/a.cfg cannot be written: its folder is not there");

        Target named = target(destination(), "", "", 0);
        var nobodys = new Target(
                "a",
                named.template(),
                named.destination(),
                named.syntax(),
                named.mode(),
                "no-such-user-here",
                null,
                "",
                "",
                PATIENCE,
                Duration.ZERO,
                Duration.ZERO,
                0);
        assertThat(new Publisher(nobodys, SHELL).publish("x").words()).contains("no such owner or group");
        assertThat(files()).isEmpty();
    }

    @Test
    void mode_owner_and_group_are_as_wanted_from_the_first_moment() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root to give files away");
        Target plain = target(destination(), "stat -c '%a %U %G' \"$RENDERED\" >\"$RENDERED.facts\"", "", 1);
        var given = new Target(
                "a",
                plain.template(),
                plain.destination(),
                plain.syntax(),
                PosixFilePermissions.fromString("rw-r-----"),
                "nobody",
                "daemon",
                plain.check(),
                "",
                Duration.ofSeconds(60),
                Duration.ZERO,
                Duration.ZERO,
                1);

        assertThat(new Publisher(given, SHELL).publish("x")).isEqualTo(new Outcome.Applied());

        assertThat(folder.resolve(".a.cfg.new.facts")).hasContent("640 nobody daemon\n");
        assertThat(Files.getAttribute(destination(), "unix:mode")).isEqualTo(0100640);
        assertThat(Files.getOwner(destination()).getName()).isEqualTo("nobody");
    }

    @Test
    void another_mode_or_owner_for_the_same_text_is_brought_without_check_and_application() throws Exception {
        publisher("", NOTE).publish("one\n");
        Target plain = target(destination(), "false", NOTE, 2);
        boolean isRoot = "root".equals(System.getProperty("user.name"));
        var other = new Target(
                "a",
                plain.template(),
                plain.destination(),
                plain.syntax(),
                PosixFilePermissions.fromString("rw-r-----"),
                isRoot ? "nobody" : null,
                isRoot ? "daemon" : null,
                plain.check(),
                plain.apply(),
                PATIENCE,
                Duration.ZERO,
                Duration.ZERO,
                2);

        assertThat(new Publisher(other, SHELL).publish("one\n")).isEqualTo(new Outcome.Unchanged());

        var facts = Files.readAttributes(destination(), PosixFileAttributes.class);
        assertThat(PosixFilePermissions.toString(facts.permissions())).isEqualTo("rw-r-----");
        if (isRoot) {
            assertThat(facts.owner().getName()).isEqualTo("nobody");
            assertThat(facts.group().getName()).isEqualTo("daemon");
        }
        assertThat(applied()).isEqualTo("one\n");
        assertThat(files()).containsExactly("a.cfg", "applied");
    }

    @Test
    void publishers_of_several_processes_at_one_destination_take_turns_and_each_text_is_whole() throws Exception {
        Files.writeString(folder.resolve(".a.cfg.lock"), ""); // of a crash
        List<FutureTask<List<Outcome>>> here = Stream.of("a", "b")
                .map(letter -> new FutureTask<>(() -> Hammer.publish(target(destination(), "", "", 2), letter)))
                .toList();
        Process there = Hammer.process(destination(), "c").start();
        here.forEach(each -> Thread.ofPlatform().daemon().start(each));
        while (there.isAlive() || !here.stream().allMatch(FutureTask::isDone)) {
            assertThat(Hammer.isWhole(destination())).isTrue();
        }

        for (FutureTask<List<Outcome>> each : here) {
            assertThat(each.get()).isEmpty();
        }
        assertThat(new String(there.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("[]\n");
        assertThat(files()).containsExactly("a.cfg", "a.cfg.1", "a.cfg.2");
        assertThat(List.of("a.cfg", "a.cfg.1", "a.cfg.2")).allMatch(name -> Hammer.isWhole(folder.resolve(name)));
    }

    @Test
    void one_that_waits_in_vain_for_another_says_so_and_changes_nothing() throws Exception {
        publisher("", "").publish("one");
        try (PublishLock _ = PublishLock.take(folder.resolve(".a.cfg.lock"), Duration.ZERO)) {
            Outcome outcome =
                    new Publisher(target(destination(), "", "", Duration.ofMillis(1), 0), SHELL).publish("two");

            assertThat(outcome).isInstanceOf(Outcome.Refused.class);
            assertThat(outcome.words()).contains("another program is at it").contains(".a.cfg.lock");
        }
        assertThat(destination()).hasContent("one");
        assertThat(publisher("", "").publish("two")).isEqualTo(new Outcome.Applied());
    }

    @Test
    void on_a_full_or_read_only_disk_the_old_file_keeps_its_place() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                SHELL.run("mount -t tmpfs -o size=64k tmpfs " + disk, new java.util.TreeMap<>(), Duration.ofSeconds(5))
                        .ok(),
                "needs root to mount a small disk");
        try {
            Publisher publisher = new Publisher(target(disk.resolve("a.cfg"), "", "", 1), SHELL);
            publisher.publish("good");

            Outcome full = publisher.publish("x".repeat(200_000));

            assertThat(full).isInstanceOf(Outcome.Refused.class);
            assertThat(full.words()).contains("No space left on device");
            assertThat(disk.resolve("a.cfg")).hasContent("good");
            try (Stream<Path> all = Files.list(disk)) {
                assertThat(all).hasSize(1);
            }

            SHELL.run("mount -o remount,ro " + disk, new java.util.TreeMap<>(), Duration.ofSeconds(5));
            Outcome readOnly = publisher.publish("other");

            assertThat(readOnly).isInstanceOf(Outcome.Refused.class);
            assertThat(readOnly.words()).contains("Read-only file system");
            assertThat(disk.resolve("a.cfg")).hasContent("good");
        } finally {
            SHELL.run("umount " + disk, new java.util.TreeMap<>(), Duration.ofSeconds(5));
        }
    }

    @Test
    void whoever_reads_it_meanwhile_sees_a_whole_version() throws Exception {
        Publisher publisher = publisher("", "");
        publisher.publish("a".repeat(100_000));
        var writer = new Thread(() -> {
            try {
                for (int i = 0; i < 200; i++) {
                    publisher.publish(String.valueOf((char) ('a' + i % 26)).repeat(100_000));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        writer.start();
        while (writer.isAlive()) {
            String seen = Files.readString(destination());
            assertThat(seen).hasSize(100_000);
            assertThat(seen.chars().distinct().count()).isEqualTo(1);
        }
        writer.join();
    }
}
