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
