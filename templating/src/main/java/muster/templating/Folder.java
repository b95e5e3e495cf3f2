package muster.templating;

import com.github.jknack.handlebars.io.AbstractTemplateLoader;
import com.github.jknack.handlebars.io.StringTemplateSource;
import com.github.jknack.handlebars.io.TemplateSource;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Partials from the folder of a template and those below it, nowhere else, whatever links lie in there. */
final class Folder extends AbstractTemplateLoader {
    /** A template is written by hand; anything bigger is the wrong file. */
    static final int FILE_BYTES_MAX = 1 << 20;

    private static final List<String> SUFFIXES = List.of(".hb", ".hbs", "");

    private final Path folder;

    Folder(Path folder) {
        this.folder = folder;
    }

    @Override
    public TemplateSource sourceAt(String location) throws IOException {
        for (String suffix : SUFFIXES) {
            Path file = inside(location + suffix);
            if (Files.isRegularFile(file)) {
                return new StringTemplateSource(file.toString(), read(file));
            }
        }
        throw new FileNotFoundException(resolve(location));
    }

    @Override
    public String resolve(String location) {
        return folder.resolve(Origin.printable(location)).toString();
    }

    /** The text of a file named in a template. Throws {@link IOException} with a sentence. */
    String text(String location) throws IOException {
        return regular(inside(location), location);
    }

    /** The same, wherever it is: for names that nobody but the author of a template has said. */
    String textAnywhere(String location) throws IOException {
        try {
            return regular(folder.resolve(location), location);
        } catch (InvalidPathException e) {
            throw noSuchFile(location);
        }
    }

    private static String regular(Path file, String location) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw noSuchFile(location);
        }
        return read(file);
    }

    private static IOException noSuchFile(String location) {
        return new FileNotFoundException(Origin.printable(location) + ": there is no such file");
    }

    /** Throws {@link IOException} with a sentence. */
    static String read(Path file) throws IOException {
        if (Files.size(file) > FILE_BYTES_MAX) {
            throw new IOException(file + " is larger than " + FILE_BYTES_MAX + " bytes; is it a template?");
        }
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    private Path inside(String location) throws IOException {
        try {
            Path file = folder.resolve(location).normalize();
            boolean leads = Files.exists(file)
                    ? file.toRealPath().startsWith(folder.toRealPath())
                    : file.startsWith(folder.normalize());
            if (!location.startsWith("/") && leads) {
                return file;
            }
        } catch (InvalidPathException e) {
            // falls through to the one message
        }
        throw new FileNotFoundException(
                Origin.printable(location) + " leads out of " + folder + "; only what lies in there is read");
    }
}
