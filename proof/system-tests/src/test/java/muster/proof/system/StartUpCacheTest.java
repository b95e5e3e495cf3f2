package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.proof.harness.Command;
import muster.proof.harness.Launcher;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java 25.0.3 runs the old code from a cache although the jar has changed: so a cache belongs to its jars by name. */
class StartUpCacheTest {
    @TempDir
    private Path folder;

    private Path home;

    @BeforeEach
    void install_a_copy() throws IOException {
        Path built = Launcher.path().getParent().getParent();
        home = Files.createDirectory(folder.resolve("an installation"));
        var copy = new ArrayList<>(List.of("cp", "-a"));
        try (var files = Files.list(built)) { // the cache is written by tests that run at the same time
            files.filter(file -> !file.endsWith("cache")).map(Path::toString).forEach(copy::add);
        }
        copy.add(home.toString());
        Command.run(copy, Map.of()).orFail();
    }

    private Path prepared() {
        var outcome = Command.run(
                List.of(home.resolve("bin/muster").toString(), "prepare", "version"),
                Map.of("JAVA_HOME", System.getProperty("java.home")));
        return Path.of(outcome.orFail().stdout().strip());
    }

    @Test
    void a_cache_is_kept_as_long_as_the_jars_are_the_same() {
        Path cache = prepared();
        assertThat(cache).isRegularFile().hasParent(home.resolve("cache"));
        assertThat(prepared()).isEqualTo(cache);
    }

    @Test
    void a_jar_that_was_replaced_gets_another_cache_even_when_it_looks_older() throws IOException {
        Path before = prepared();
        Path jar = home.resolve("lib/muster-balancing-%s.jar".formatted(version()));
        Files.setLastModifiedTime(
                jar, FileTime.from(Files.getLastModifiedTime(jar).toInstant().minus(Duration.ofDays(300))));

        Path after = prepared();
        assertThat(after).isNotEqualTo(before).isRegularFile();
        assertThat(before).as("the cache of the old jar").doesNotExist();
    }

    private String version() throws IOException {
        try (var jars = Files.list(home.resolve("lib"))) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(name -> name.startsWith("muster-balancing-"))
                    .map(name -> name.substring("muster-balancing-".length(), name.length() - ".jar".length()))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
