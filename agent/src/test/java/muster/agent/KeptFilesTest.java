package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import muster.agent.node.CannotStart;
import muster.agent.rpc.KeyAnswer;
import muster.gossip.Input;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptFilesTest {
    private static final String OLD = "AAECAwQFBgcICQoLDA0ODw==";
    private static final String NEW = "HvY8ubRZMgafUOWvrOadwOckVa1wN3QWAo46FVKbVN8=";

    @TempDir
    private Path folder;

    private final RunningAgents agents = new RunningAgents();

    @AfterEach
    void close() {
        agents.close();
    }

    private String file(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void tags_that_were_changed_outlive_a_restart() throws Exception {
        Path file = folder.resolve("tags.json");
        Agent first = agents.start("m1", "-tags-file", file.toString());
        var set = new TreeMap<>(java.util.Map.of("role", "web", "quote", "a\"b\\ü\n"));
        assertThat(first.changeTags(set, List.of())).isEmpty();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        first.close();
        assertThat(agents.start("m1", "-tags-file", file.toString())
                        .node()
                        .self()
                        .tags())
                .isEqualTo(set);
        assertThat(folder.resolve("tags.json.new")).doesNotExist();
    }

    @Test
    void tags_that_cannot_be_kept_or_are_too_long_are_not_set_and_that_is_answered() throws Exception {
        Path file = Path.of(file("tags.json", "{\"role\": \"db\"}"));
        Agent agent = agents.start("m1", "-tags-file", file.toString());
        assertThat(agent.changeTags(new TreeMap<>(java.util.Map.of("a", "x".repeat(600))), List.of()))
                .isEqualTo("Encoded length of tags exceeds limit of 512 bytes");
        Files.createDirectory(folder.resolve("tags.json.new")); // in the way of the new file
        Files.createFile(folder.resolve("tags.json.new/full"));
        assertThat(agent.changeTags(new TreeMap<>(java.util.Map.of("a", "b")), List.of()))
                .startsWith("Failed to write tags file: ")
                .contains("tags.json.new");
        assertThat(agent.node().self().tags()).isEqualTo(java.util.Map.of("role", "db"));
        assertThat(Files.readString(file)).isEqualTo("{\"role\": \"db\"}");
    }

    @Test
    void files_that_are_symbolic_links_are_written_where_they_lead() throws Exception {
        Path data = Files.createDirectory(folder.resolve("data"));
        Path ring = Files.createSymbolicLink(
                folder.resolve("ring"), Files.writeString(data.resolve("ring"), "[\"" + OLD + "\"]"));
        Path tags = Files.createSymbolicLink(folder.resolve("tags.json"), Path.of("data", "over"));
        Files.createSymbolicLink(data.resolve("over"), Path.of("tags.json")); // which is made
        Path snapshot = Files.createSymbolicLink(
                folder.resolve("snapshot"), Files.writeString(data.resolve("snapshot"), "clock: 7\n"));
        Agent agent = agents.start(
                "m1",
                "-keyring-file",
                ring.toString(),
                "-tags-file",
                tags.toString(),
                "-snapshot",
                snapshot.toString());
        assertThat(agent.changeTags(new TreeMap<>(java.util.Map.of("a", "b")), List.of()))
                .isEmpty();
        assertThat(agent.keys(Input.KeyChange.INSTALL, NEW).error()).isEmpty();
        await().until(() -> Files.readString(data.resolve("snapshot")).contains("alive: m1 "));
        assertThat(data.resolve("tags.json")).content().contains("\"a\": \"b\"");
        assertThat(data.resolve("ring")).content().contains(NEW);
        for (Path link : List.of(ring, tags, snapshot, data.resolve("over"))) {
            assertThat(link).isSymbolicLink();
        }
        try (var left = Files.list(data)) {
            assertThat(left).hasSize(4);
        }
        Files.delete(data.resolve("tags.json"));
        Files.createSymbolicLink(data.resolve("tags.json"), tags);
        assertThat(agent.changeTags(new TreeMap<>(java.util.Map.of("a", "c")), List.of()))
                .contains("Failed to write tags file: ", "leads back to itself");
    }

    @Test
    void a_link_of_another_user_is_not_followed_where_anybody_may_put_one() throws Exception {
        assumeTrue(Files.getOwner(folder).getName().equals("root"), "only root can make links of others");
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path victim = Files.writeString(folder.resolve("victim"), "{\"role\": \"db\"}");
        Path link = Files.createSymbolicLink(open.resolve("tags.json"), victim);
        Agent agent = agents.start("m1", "-tags-file", link.toString());
        Files.setAttribute(link, "unix:uid", 65_534, LinkOption.NOFOLLOW_LINKS);

        assertThat(agent.changeTags(new TreeMap<>(java.util.Map.of("a", "b")), List.of()))
                .isEqualTo("Failed to write tags file: " + link
                        + ": it is a symbolic link of another user, in a directory to"
                        + " which others may write, and is not followed; make the link yourself, or name the file to which"
                        + " it leads");
        assertThat(victim).hasContent("{\"role\": \"db\"}");

        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(agent.changeTags(new TreeMap<>(java.util.Map.of("a", "b")), List.of()))
                .isEmpty();
        assertThat(victim).content().contains("\"a\": \"b\"");
    }

    @Test
    void a_link_in_the_place_of_a_new_snapshot_is_not_followed() throws Exception {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Files.createSymbolicLink(folder.resolve("snapshot.compact"), victim);
        Path snapshot = folder.resolve("snapshot");
        agents.start("m1", "-snapshot", snapshot.toString());
        await().until(() -> Files.exists(snapshot) && Files.readString(snapshot).contains("alive: m1 "));
        assertThat(victim).hasContent("precious");
        assertThat(Files.isSymbolicLink(snapshot)).isFalse();
    }

    /** The file gave "a" its value 1, and is a pipe now: who reads it again waits for what is written there. */
    private Agent withTagsFileThatWillBeSlow(Path file) throws Exception {
        Files.writeString(file, "{\"a\": \"1\"}");
        Agent agent = agents.start("m1", "-tags-file", file.toString());
        Files.delete(file);
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
        return agent;
    }

    private static Thread reloadThatReads(Agent agent) {
        Thread reload = Thread.ofPlatform().start(agent::reload);
        await().until(() -> Arrays.stream(reload.getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith("FileReader")));
        return reload;
    }

    @Test
    void what_is_announced_waits_for_no_file_of_tags() throws Exception {
        Path file = folder.resolve("tags.json");
        Agent agent = withTagsFileThatWillBeSlow(file);
        Thread reload;
        try (var slowFile = new RandomAccessFile(file.toFile(), "rw")) {
            reload = reloadThatReads(agent);
            Thread.ofPlatform().start(() -> agent.announce(new TreeMap<>(java.util.Map.of("svc.web", "80"))));
            await().until(() -> agent.node().self().tags().containsKey("svc.web"));
            slowFile.writeBytes("{\"a\": \"2\"}");
        }
        reload.join();
        await().untilAsserted(() -> assertThat(agent.node().self().tags())
                .containsOnly(java.util.Map.entry("a", "2"), java.util.Map.entry("svc.web", "80")));
    }

    @Test
    void tags_that_are_changed_while_the_file_is_read_again_are_not_lost() throws Exception {
        Path file = folder.resolve("tags.json");
        Agent agent = withTagsFileThatWillBeSlow(file);
        Thread reload;
        Thread change;
        try (var slowFile = new RandomAccessFile(file.toFile(), "rw")) {
            reload = reloadThatReads(agent);
            change = Thread.ofPlatform().start(() -> {
                try {
                    agent.changeTags(new TreeMap<>(java.util.Map.of("a", "2")), List.of());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            await().until(() -> !change.isAlive() || change.getState() == Thread.State.BLOCKED);
            slowFile.writeBytes("{\"a\": \"1\"}");
        }
        reload.join();
        change.join();
        assertThat(file).content().contains("\"a\": \"2\"");
        assertThat(agent.node().self().tags()).containsEntry("a", "2");
    }

    @Test
    void a_file_of_tags_goes_not_with_other_tags_and_must_be_one() throws Exception {
        String file = file("tags.json", "{\"role\": \"db\"}");
        assertThat(agents.start("m1", "-tags-file", file).node().self().tags()).containsEntry("role", "db");
        assertThatThrownBy(() -> agents.start("m1", "-tags-file", file, "-tag", "a=b"))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("Tags config not allowed while using tag files");
        String list = file("list.json", "[\"a\"]");
        assertThatThrownBy(() -> agents.start("m1", "-tags-file", list))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("Failed to read tags file");
    }

    @Test
    void a_ring_reads_what_any_of_its_keys_wrote() throws Exception {
        Agent both = agents.start("m1", "-keyring-file", file("ring", "[\n  \"" + NEW + "\",\n  \"" + OLD + "\"\n]\n"));
        Agent old = agents.start("m2", "-keyring-file", file("ring2", "[\"" + OLD + "\", \"" + NEW + "\"]"));
        Agent plain = agents.start("m3");
        String seed = both.node().advertised().toString();
        RunningAgents.join(old, both);
        assertThat(plain.join(List.of(seed), false).joined()).isZero();
        await().until(() -> both.members().size() == 2);
        assertThat(both.stats().get("serf")).containsEntry("encrypted", "true");
    }

    @Test
    void keys_that_were_changed_outlive_a_restart() throws Exception {
        Path file = Path.of(file("ring", "[\"" + OLD + "\"]"));
        Agent first = agents.start("m1", "-keyring-file", file.toString());
        assertThat(first.keys(Input.KeyChange.INSTALL, NEW).error()).isEmpty();
        assertThat(first.keys(Input.KeyChange.USE, NEW).error()).isEmpty();
        first.close();
        assertThat(Files.readString(file)).isEqualTo("[\n  \"" + NEW + "\",\n  \"" + OLD + "\"\n]\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(agents.start("m1", "-keyring-file", file.toString())
                        .keys(Input.KeyChange.LIST, "")
                        .keys())
                .containsOnlyKeys(OLD, NEW);
    }

    @Test
    void keys_that_cannot_be_kept_hold_and_that_is_answered() throws Exception {
        Path file = Path.of(file("ring", "[\"" + OLD + "\"]"));
        Agent agent = agents.start("m1", "-keyring-file", file.toString());
        Files.createDirectory(folder.resolve("ring.new")); // in the way of the new file
        Files.createFile(folder.resolve("ring.new/full"));
        KeyAnswer unkept = agent.keys(Input.KeyChange.INSTALL, NEW);
        assertThat(unkept.error()).isEqualTo("1/1 nodes reported failure");
        assertThat(unkept.messages().get("m1")).startsWith("Failed to write keyring file: ");
        assertThat(agent.keys(Input.KeyChange.LIST, "").keys()).containsOnlyKeys(OLD, NEW);
        await().until(() -> agent.stats().get("counters").containsKey("keyring-files-not-written"));
    }

    @Test
    void a_plain_cluster_has_no_keys_to_change() throws Exception {
        Agent agent = agents.start("m1");
        KeyAnswer refused = agent.keys(Input.KeyChange.INSTALL, NEW);
        assertThat(refused.error()).isEqualTo("1/1 nodes reported failure");
        assertThat(refused.messages()).containsEntry("m1", "No keyring to modify (encryption not enabled)");
        assertThat(agent.keys(Input.KeyChange.USE, "no key").error()).isEqualTo("illegal base64 data at input byte 2");
    }

    @Test
    void a_ring_that_cannot_be_used_is_refused_with_the_reason() throws Exception {
        assertThatThrownBy(() -> agents.start("m1", "-keyring-file", file("ring", "[]")))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("Keyring file contains no keys");
        assertThatThrownBy(() -> agents.start("m1", "-keyring-file", file("ring", "[\"abc\"]")))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("Failed to decode key from keyring");
        assertThatThrownBy(
                        () -> agents.start("m1", "-keyring-file", file("ring", "[\"" + NEW + "\"]"), "-encrypt", OLD))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("Encryption key not allowed while using a keyring");
        assertThatThrownBy(() -> agents.start(
                        "m1", "-keyring-file", folder.resolve("none").toString()))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("no such file; check -keyring-file");
    }
}
