package muster.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent whose snapshot is on a disk that is full, read-only or stands still, or is taken away: real ones, in a mount namespace. */
class DisksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Path disk;
    private Process world;

    @BeforeEach
    void mountNamespace() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        world = new ProcessBuilder("unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt && echo Ready && exec cat")
                .redirectErrorStream(true)
                .start();
        assumeTrue(world.getInputStream().read() == 'R', "no mounts here: they need root");
    }

    @AfterEach
    void end() {
        world.destroyForcibly().onExit().join(); // its mounts go with it
    }

    private List<String> within() {
        return List.of("nsenter", "-t", Long.toString(world.pid()), "-m");
    }

    private int run(String script) throws IOException, InterruptedException {
        var words = new ArrayList<>(within());
        words.addAll(List.of("sh", "-c", script));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor();
    }

    private MusterProgram agent() throws Exception {
        return agent("-snapshot", disk + "/snapshot");
    }

    private MusterProgram agent(String... more) throws Exception {
        var words =
                new ArrayList<>(List.of("agent", "-node", "m1", "-bind", "127.0.0.1:0", "-rpc-addr", "127.0.0.1:0"));
        words.addAll(List.of("-profile", "local"));
        words.addAll(List.of(more));
        return MusterProgram.started(folder, within(), Map.of(), words.toArray(String[]::new));
    }

    private static String info(MusterProgram agent) throws Exception {
        return muster(agent, "info");
    }

    private static String muster(MusterProgram agent, String... words) throws Exception {
        var line = new ArrayList<>(List.of(words));
        line.addAll(1, List.of("-rpc-addr", agent.rpc()));
        MusterProgram.Outcome outcome = MusterProgram.run(Map.of(), line.toArray(String[]::new));
        assertThat(outcome.code()).as(outcome.error()).isZero();
        return outcome.output();
    }

    private String snapshot() throws IOException, InterruptedException {
        var words = new ArrayList<>(within());
        words.addAll(List.of("cat", disk + "/snapshot"));
        Process process = new ProcessBuilder(words).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void awaitSaid(MusterProgram agent, String line) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(agent.output()).contains(line));
    }

    private static void awaitLeft(MusterProgram agent) throws Exception {
        agent.signal("TERM");
        assertThat(agent.awaitEnd()).isZero();
    }

    @Test
    void on_a_full_disk_it_goes_on_says_so_and_writes_again_when_there_is_room() throws Exception {
        // Whom it has not met again stays in the file: its first page, of 4 KiB, is full but for a few lines.
        assertThat(run("mount -t tmpfs -o size=16k tmpfs " + disk + " && seq -f 'alive: %0100.0f 127.0.0.1:1' 33 >"
                        + disk + "/snapshot"))
                .isZero();
        try (MusterProgram agent = agent()) {
            await().atMost(PATIENCE).until(() -> snapshot().contains("alive: m1 "));
            run("cat /dev/zero >" + disk + "/fill");
            for (int i = 0; !agent.output().contains("cannot be written"); i++) {
                muster(agent, "event", "n" + i); // the clock goes on, so there is something to write
            }
            awaitSaid(agent, "/snapshot cannot be written: ");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(info(agent))
                            .contains("snapshot-writes-failed")
                            .containsPattern("trouble = .*[Nn]o space left"));
            assertThat(muster(agent, "members")).contains("m1");
            assertThat(run("rm " + disk + "/fill")).isZero();
            awaitSaid(agent, "/snapshot can be written again");
            muster(agent, "event", "after");
            await().atMost(PATIENCE).until(() -> snapshot().contains("event-clock: "));
            awaitLeft(agent);
            assertThat(snapshot()).contains("\nleave\n");
        }
    }

    @Test
    void a_file_of_tags_that_is_a_mount_of_its_own_is_written_in_place() throws Exception {
        Path tags = Files.writeString(folder.resolve("tags"), "{}");
        assertThat(run("mount --bind " + tags + " " + tags)).isZero();
        try (MusterProgram agent = agent("-tags-file", tags.toString())) {
            muster(agent, "tags", "-set", "role=web");
            assertThat(tags).content().contains("\"role\": \"web\"");
            assertThat(folder.resolve("tags.new")).doesNotExist();
        }
    }

    @Test
    void on_a_read_only_disk_it_starts_says_so_and_writes_when_it_may() throws Exception {
        assertThat(run("mount -t tmpfs -o ro tmpfs " + disk)).isZero();
        try (MusterProgram agent = agent()) {
            awaitSaid(agent, "/snapshot cannot be written: ");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(info(agent)).containsPattern("trouble = .*[Rr]ead-only"));
            assertThat(muster(agent, "members")).contains("m1");
            assertThat(run("mount -o remount,rw " + disk)).isZero();
            awaitSaid(agent, "/snapshot can be written again");
            await().atMost(PATIENCE).until(() -> snapshot().contains("alive: m1 "));
            awaitLeft(agent);
        }
    }

    @Test
    void while_its_disk_stands_still_it_answers_and_says_so_afterwards() throws Exception {
        Path image = folder.resolve("image");
        assumeTrue(
                run("truncate -s 16M " + image + " && mkfs.ext4 -q " + image + " && mount -o loop " + image + " "
                                + disk)
                        == 0,
                "no loop devices here");
        try (MusterProgram agent = agent()) {
            await().atMost(PATIENCE).until(() -> snapshot().contains("alive: m1 "));
            assertThat(run("fsfreeze -f " + disk)).isZero();
            try {
                muster(agent, "event", "while-frozen");
                await().atMost(PATIENCE)
                        .until(() -> !info(agent).contains("seconds_since_write = 0")
                                && !info(agent).contains("seconds_since_write = 1"));
                muster(agent, "event", "another");
                assertThat(muster(agent, "members")).contains("m1");
            } finally {
                assertThat(run("fsfreeze -u " + disk)).isZero();
            }
            awaitSaid(agent, "is its disk well?");
            await().atMost(PATIENCE).until(() -> snapshot().contains("event-clock: 2"));
            assertThat(info(agent)).contains("snapshot-writes-slow", "trouble = none");
            awaitLeft(agent);
        }
    }

    @Test
    void a_snapshot_that_somebody_takes_away_is_written_anew_and_whole_at_its_place() throws Exception {
        assertThat(run("mount -t tmpfs tmpfs " + disk)).isZero();
        List<String> ways = List.of(
                "rm snapshot",
                "mv snapshot old",
                "cp snapshot copy && mv copy snapshot",
                "echo other >other && mv other snapshot",
                "touch mounted && mount --bind mounted snapshot",
                "mount -t tmpfs tmpfs " + disk);
        try (MusterProgram agent = agent()) {
            await().atMost(PATIENCE).until(() -> snapshot().contains("alive: m1 "));
            for (int i = 0; i < ways.size(); i++) {
                assertThat(run("cd " + disk + " && " + ways.get(i)))
                        .as(ways.get(i))
                        .isZero();
                int times = i + 1;
                await().atMost(PATIENCE)
                        .until(() -> agent.output().split("a new one is written there", -1).length > times);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(snapshot())
                                .as(ways.get(times - 1))
                                .contains("alive: m1 ", "query-clock: ")
                                .doesNotContain("other"));
                // A file that is a mount is written anew from this one, which goes then.
                await().atMost(PATIENCE).until(() -> run("test ! -e " + disk + "/snapshot.compact") == 0);
            }
            muster(agent, "event", "after");
            await().atMost(PATIENCE).until(() -> snapshot().contains("event-clock: 1"));
            assertThat(info(agent)).contains("snapshots-replaced = " + ways.size() + "\n", "trouble = none");
            awaitLeft(agent);
            assertThat(snapshot()).contains("\nleave\n");
        }
    }

    @Test
    void a_file_that_is_a_mount_of_its_own_is_a_snapshot_as_well() throws Exception {
        assertThat(run("mount -t tmpfs tmpfs " + disk)).isZero();
        assertThat(run("touch " + disk + "/one " + disk + "/snapshot && mount --bind " + disk + "/one " + disk
                        + "/snapshot"))
                .isZero();
        try (MusterProgram agent = agent()) {
            await().atMost(PATIENCE).until(() -> snapshot().contains("alive: m1 "));
            muster(agent, "event", "after");
            await().atMost(PATIENCE).until(() -> snapshot().contains("event-clock: 1"));
            assertThat(info(agent)).contains("trouble = none").doesNotContain("snapshots-replaced");
            awaitLeft(agent);
            assertThat(snapshot()).contains("\nleave\n");
        }
    }
}
