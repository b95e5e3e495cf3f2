package muster.supervisor.s6;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContenvTest {
    @TempDir
    Path directory;

    @Test
    void any_value_comes_back_as_it_was() throws IOException {
        var environment = Map.of(
                "EMPTY", "", "LINES", "a\nb\n\n", "QUOTES", "'\"\\$x", "LONG", "x".repeat(10_000), "UMLAUT", "ä €");

        Contenv.write(directory.resolve("environment"), environment);

        assertThat(Contenv.read(directory.resolve("environment"))).containsExactlyInAnyOrderEntriesOf(environment);
    }

    @Test
    void names_that_cannot_be_files_are_left_out() throws IOException {
        Contenv.write(directory, Map.of("BASH_FUNC_x%%", "() { :; }", ".dotted", "1", "a/b", "2"));

        assertThat(Contenv.read(directory)).containsOnlyKeys("BASH_FUNC_x%%");
    }

    @Test
    void what_scripts_write_later_is_seen() throws IOException {
        Contenv.write(directory, Map.of("A", "1"));
        Files.writeString(directory.resolve("B"), "2");
        Files.delete(directory.resolve("A"));
        Files.createDirectory(directory.resolve("C"));
        Files.writeString(directory.resolve("x=y"), "no name");

        assertThat(Contenv.read(directory)).containsExactly(Map.entry("B", "2"));
    }

    @Test
    void nothing_is_there_before_it_is_written() throws IOException {
        assertThat(Contenv.read(directory.resolve("nothing"))).isEmpty();
    }
}
