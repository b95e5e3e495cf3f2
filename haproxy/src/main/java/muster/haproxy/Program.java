package muster.haproxy;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** HAProxy's process, and who keeps it running. Safe for use by any thread. */
public interface Program {
    /** Starts it with this file and this socket of the master, and again whenever it ends. Nothing where it is started already. */
    void start(Path file, Path socket);

    /** It runs already: this master was left by whoever drove it before and was killed. {@link #start} waits for its end. */
    void found(long master);

    /** Why it does not run: how it ended last, in a sentence. Null while nothing is wrong. */
    @Nullable
    String trouble();

    /** The last lines that it wrote, the oldest first. */
    List<String> lastWords(int most);

    /** Has a worker take no new connections and finish what it has. {@code parent} as in {@link #end}. */
    void finish(long worker, long parent);

    /** Ends a worker that finishes what it had. {@code parent} is its master: a number that is somebody else's by now is let alone. */
    void end(long worker, long parent);

    /** Has a master start itself anew, which makes its socket again, by the signal that asks for a reload. As {@link #kill(long)}. */
    void renew(long master);

    /** Ends a worker that hangs, at once. {@code parent} as in {@link #end}. */
    void kill(long worker, long parent);

    /** Ends a master that hangs, at once and with all its workers, and starts it again. A number that is not its any more is let alone. */
    void kill(long master);
}
