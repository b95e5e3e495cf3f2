package muster.supervisor.s6;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FixAttributesTest {
    @TempDir
    Path root;

    private final List<String> problems = new ArrayList<>();
    private String me = "";

    @BeforeEach
    void files() throws IOException {
        Files.createDirectories(root.resolve("log/web/deep"));
        for (String file : new String[] {"log/web/a", "log/web/deep/b", "log/web/.hidden", "log/other"}) {
            Files.writeString(root.resolve(file), "");
        }
        me = Files.getAttribute(root, "unix:uid") + ":" + Files.getAttribute(root, "unix:gid");
    }

    private boolean apply(boolean hidden, String... lines) throws IOException {
        Path file = Files.write(root.resolve("rules"), List.of(lines));
        return new FixAttributes(root, hidden, problems::add).apply(file);
    }

    private String mode(String path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(path)));
    }

    @Test
    void files_and_directories_get_their_modes() throws IOException {
        assertThat(apply(false, "/log/web true " + me + " 0600 0700", "", "/log/o* false " + me + " 0640 -"))
                .isTrue();

        assertThat(mode("log/web")).isEqualTo("rwx------");
        assertThat(mode("log/web/deep")).isEqualTo("rwx------");
        assertThat(mode("log/web/deep/b")).isEqualTo("rw-------");
        assertThat(mode("log/other")).isEqualTo("rw-r-----");
        assertThat(problems).isEmpty();
    }

    @Test
    void hidden_files_are_reached_only_when_asked_for() throws IOException {
        Files.setPosixFilePermissions(root.resolve("log/web/.hidden"), PosixFilePermissions.fromString("rw-r--r--"));
        apply(false, "/log/web true " + me + " 0600 0700");
        assertThat(mode("log/web/.hidden")).isEqualTo("rw-r--r--");

        apply(true, "/log/web true " + me + " 0600 0700");
        assertThat(mode("log/web/.hidden")).isEqualTo("rw-------");
    }

    @Test
    void links_below_the_path_are_not_followed() throws IOException {
        Files.setPosixFilePermissions(root.resolve("log/other"), PosixFilePermissions.fromString("rw-r--r--"));
        Files.createSymbolicLink(root.resolve("log/web/link"), root.resolve("log/other"));
        Files.createSymbolicLink(root.resolve("log/web/deep/loop"), root.resolve("log/web"));

        assertThat(apply(true, "/log/web true " + me + " 0600 0700")).isTrue();

        assertThat(mode("log/other")).isEqualTo("rw-r--r--");
    }

    @Test
    void links_that_a_wildcard_matches_are_not_followed() throws IOException {
        Files.createDirectories(root.resolve("secret/deep"));
        Files.writeString(root.resolve("secret/f"), "");
        Files.setPosixFilePermissions(root.resolve("secret"), PosixFilePermissions.fromString("rwxr-x---"));
        Files.setPosixFilePermissions(root.resolve("secret/f"), PosixFilePermissions.fromString("rw-r-----"));
        Files.createSymbolicLink(root.resolve("log/web/x"), root.resolve("secret/f"));
        Files.createSymbolicLink(root.resolve("log/web/y"), root.resolve("secret"));
        Files.createSymbolicLink(root.resolve("log/web/deep/z"), root.resolve("secret/f"));

        assertThat(apply(
                        true,
                        "/log/web/* true " + me + " 0666 0777",
                        "/log/web/*/f false " + me + " 0666 0777",
                        "/log/w*/y/f false " + me + " 0666 0777",
                        "/log/*/deep/z false " + me + " 0666 0777"))
                .isTrue();

        assertThat(mode("secret")).isEqualTo("rwxr-x---");
        assertThat(mode("secret/f")).isEqualTo("rw-r-----");
        assertThat(mode("log/web/a")).isEqualTo("rw-rw-rw-");
    }

    @Test
    void a_link_that_the_line_names_is_followed_unless_others_may_have_made_it() throws IOException {
        Files.createSymbolicLink(root.resolve("named"), root.resolve("log/other"));
        Files.createSymbolicLink(root.resolve("log/web/made"), root.resolve("log/other"));
        Files.setPosixFilePermissions(root.resolve("log/web"), PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(apply(false, "/log/web/made false " + me + " 0666 -")).isFalse();
        assertThat(problems)
                .singleElement()
                .asString()
                .contains("/log/web/made is a symbolic link")
                .contains("rules:1");
        assertThat(mode("log/other")).isNotEqualTo("rw-rw-rw-");

        assertThat(apply(false, "/named false " + me + " 0600 -")).isTrue();
        assertThat(mode("log/other")).isEqualTo("rw-------");
    }

    @Test
    void what_is_not_there_is_no_problem_and_a_pipe_that_nobody_writes_to_does_not_hold_it_up()
            throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(
                                "mkfifo",
                                "-m",
                                "0644",
                                root.resolve("log/web/pipe").toString())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(apply(false, "/log/web/none/x false root 0600 -", "/log/web true " + me + " 0600 0700"))
                .isTrue();
        assertThat(mode("log/web/pipe")).isEqualTo("rw-------");
    }

    @Test
    void an_account_that_does_not_exist_falls_back_to_its_numbers() throws IOException {
        assertThat(apply(false, "/log/web true nobody-like-this," + me + " 0600 0700"))
                .isTrue();
        assertThat(mode("log/web/a")).isEqualTo("rw-------");
    }

    @Test
    void what_is_wrong_is_said_with_its_line_and_the_rest_is_done() throws IOException {
        assertThat(apply(
                        false,
                        "/log/web true nobody-like-this 0600 0700",
                        "/log/web yes root 0600 0700",
                        "/log/web false " + me + " rw 0700",
                        "/log/other false " + me + " 0600 0700"))
                .isFalse();

        assertThat(problems)
                .hasSize(3)
                .anyMatch(problem -> problem.contains("rules:1: User \"nobody-like-this\" is not in"))
                .anyMatch(problem -> problem.contains("rules:2: "))
                .anyMatch(problem -> problem.contains("rules:3: mode \"rw\" must be octal"));
        assertThat(mode("log/other")).isEqualTo("rw-------");
    }

    @Test
    void root_gives_files_away() throws IOException {
        assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                .as("runs as root")
                .isEqualTo(0);

        assertThat(apply(false, "/log/web true nobody 0600 0700")).isTrue();

        assertThat(Files.getAttribute(root.resolve("log/web/a"), "unix:uid")).isEqualTo(65_534);
    }
}
