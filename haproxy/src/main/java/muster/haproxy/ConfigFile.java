package muster.haproxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import muster.templating.target.Outcome;
import muster.templating.target.Publisher;
import muster.templating.target.Publisher.Step;
import muster.templating.target.Target;
import org.jspecify.annotations.Nullable;

/** HAProxy's configuration on the disk. Threads: one at a time. */
final class ConfigFile {
    /** HAProxy has to hear of members meanwhile; what failed is tried again. */
    private static final Duration NO_PATIENCE = Duration.ZERO;

    private final Path place;
    private final Publisher publisher;

    /** @param check whether HAProxy would take a file */
    ConfigFile(Target target, Check check) {
        this.place = target.destination();
        this.publisher = new Publisher(target, check, Step.NONE, NO_PATIENCE);
    }

    /** What stands there; null where nothing can be read. */
    @Nullable
    String text() {
        try {
            return Files.readString(place);
        } catch (IOException e) {
            return null;
        }
    }

    boolean holds(String text) {
        return text.equals(text());
    }

    /** Whether what stands there was put there and never loaded. */
    boolean isUnapplied() {
        return publisher.isUnapplied();
    }

    /** Puts a text there that passes its check, for the next start. */
    Outcome write(String text) throws InterruptedException {
        return publisher.publish(text);
    }

    /** The same, and has it loaded; a text that stands there is loaded all the same. {@code back} as for {@link Publisher#publish}. */
    Outcome load(String text, Step reload, Step back) throws InterruptedException {
        return holds(text) ? publisher.applied(reload) : publisher.publish(text, reload, back);
    }
}
