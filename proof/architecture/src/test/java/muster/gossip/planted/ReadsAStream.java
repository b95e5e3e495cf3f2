package muster.gossip.planted;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import muster.proof.architecture.Breaks;

@Breaks("no_files")
public final class ReadsAStream {
    InputStream open() throws IOException {
        return new FileInputStream("members");
    }
}
