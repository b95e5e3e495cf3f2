package muster.supervisor.s6;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
    @TempDir
    Path root;

    private Path service(String directory, String mode) throws IOException {
        Path service = Files.createDirectories(root.resolve("services.d/web"));
        Path made = Files.createDirectories(service.resolve(directory));
        Files.writeString(made.resolve("file"), "");
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
        return service;
    }

    private String liveMode(String directory) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(root.resolve("run/services/web").resolve(directory)));
    }

    private Path take(Path service) throws IOException {
        return new RunDirectory(root.resolve("run")).take(service);
    }

    @Test
    void directories_of_a_live_service_have_the_modes_that_they_have_in_the_tree() throws IOException {
        service("data", "rwx------");
        Path service = service("env", "rwxrwxrwx");
        Files.setPosixFilePermissions(service, PosixFilePermissions.fromString("rwxr-x---"));

        assertThat(take(service)).isEqualTo(root.resolve("run/services/web"));

        assertThat(liveMode("")).isEqualTo("rwxr-x---");
        assertThat(liveMode("data")).isEqualTo("rwx------");
        assertThat(liveMode("env")).isEqualTo("rwxrwxrwx");
        assertThat(root.resolve("run/services/web/data/file")).exists();
    }

    @Test
    void one_that_nobody_may_write_to_is_copied_and_can_be_written_to_and_removed_by_its_owner() throws IOException {
        take(service("data", "r-xr-xr-x"));

        assertThat(liveMode("data")).isEqualTo("rwxr-xr-x");
    }

    @Test
    void owners_of_directories_stay_where_we_may_give_files_away() throws IOException {
        assumeThat(Files.getAttribute(root, "unix:uid")).isEqualTo(0);
        Path service = service("data", "rwxr-xr-x");
        Files.setAttribute(service.resolve("data"), "unix:uid", 1234);
        Files.setAttribute(service.resolve("data"), "unix:gid", 1235);

        Path copy = take(service).resolve("data");

        assertThat(Files.getAttribute(copy, "unix:uid")).isEqualTo(1234);
        assertThat(Files.getAttribute(copy, "unix:gid")).isEqualTo(1235);
    }
}
