package muster.supervisor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTroubleTest {
    @TempDir
    private Path folder;

    private interface Use {
        void use(Path path) throws IOException;
    }

    private static String trouble(Path path, Use use) {
        IOException failure = catchThrowableOfType(IOException.class, () -> use.use(path));
        assertThat(failure).as("the JDK says the path and nothing else").hasMessageNotContaining(" ");
        return FileTrouble.of(failure).replace(path.toString(), "PATH");
    }

    @Test
    void where_the_jdk_names_only_the_path_it_says_what_is_wrong_and_what_to_do() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");

        assertThat(trouble(folder.resolve("none"), Files::readString))
                .isEqualTo("PATH does not exist; make it, or name another");
        assertThat(trouble(file, Files::createFile)).isEqualTo("PATH is there already; remove it, or name another");
        assertThat(trouble(file, Files::newDirectoryStream)).isEqualTo("PATH is no directory; name one");
        assertThat(trouble(folder, Files::delete)).isEqualTo("PATH is a directory that is not empty; empty it");
    }

    @Test
    void what_the_system_says_is_kept_and_nothing_is_only_a_class() {
        assertThat(FileTrouble.of(new FileSystemException("/x", null, "No space left on device")))
                .isEqualTo("/x: No space left on device");
        assertThat(FileTrouble.of(new IOException("a sentence"))).isEqualTo("a sentence");
        assertThat(FileTrouble.of(new IOException())).isEqualTo("IOException");
    }
}
