package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
        assertThat(old.join(List.of(seed), false).joined()).isEqualTo(1);
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
    void keys_that_cannot_be_kept_hold_and_that_is_said() throws Exception {
        Path file = Path.of(file("ring", "[\"" + OLD + "\"]"));
        Agent agent = agents.start("m1", "-keyring-file", file.toString());
        Files.createDirectory(folder.resolve("ring.new")); // in the way of the new file
        Files.createFile(folder.resolve("ring.new/full"));
        assertThat(agent.keys(Input.KeyChange.INSTALL, NEW).error()).isEmpty();
        assertThat(agent.keys(Input.KeyChange.LIST, "").keys()).containsOnlyKeys(OLD, NEW);
        await().until(() -> agent.stats().get("counters").containsKey("keyring-files-not-written"));
    }

    @Test
    void a_plain_cluster_has_no_keys_to_change() throws Exception {
        Agent agent = agents.start("m1");
        KeyAnswer refused = agent.keys(Input.KeyChange.INSTALL, NEW);
        assertThat(refused.error()).isEqualTo("1/1 nodes reported failure");
        assertThat(refused.messages()).containsEntry("m1", "No keyring to modify (encryption not enabled)");
        assertThat(agent.keys(Input.KeyChange.USE, "no key").error()).contains("not base64");
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
