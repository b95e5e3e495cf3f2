package muster.templating;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The ready templates that this program uses itself; the distribution has them as files to begin with. */
public final class Ready {
    private Ready() {}

    /**
     * The one for HAProxy.
     *
     * @param environment what {@code env} reads
     */
    public static Template haproxy(Map<String, String> environment) {
        String name = "haproxy.cfg.hb";
        try (InputStream in = Ready.class.getResourceAsStream("ready/" + name)) {
            if (in == null) {
                throw new IllegalStateException("this program was built without " + name);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Template.of(name + " (built in)", text, Path.of("/nonexistent"), Syntax.HAPROXY, environment);
        } catch (IOException e) {
            throw new IllegalStateException("this program cannot be read: " + e.getMessage(), e);
        }
    }
}
