package muster.balancing.planted;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import muster.proof.architecture.Breaks;

@Breaks("no_files")
public final class ReadsAFile {
    String read() throws IOException {
        return Files.readString(Path.of("pools"));
    }
}
