package muster.agent.render;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import muster.agent.Signals;
import muster.agent.configuration.Configuration;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.rpc.RpcClient;
import muster.gossip.Member;
import muster.templating.Model;
import muster.templating.target.Target;
import org.jspecify.annotations.Nullable;

/** Follows an agent by its RPC until a signal: whatever becomes of the agent, the files stay, and it is asked again. */
public final class Watch {
    private static final long AGAIN_AFTER_MILLIS = 1_000;

    private final Configuration configuration;
    private final AtomicReference<@Nullable Model> newest = new AtomicReference<>();
    private @Nullable Followers followers; // only on the thread "watch"

    private Watch(Configuration configuration) {
        this.configuration = configuration;
    }

    /** What is done with a connection. */
    @FunctionalInterface
    public interface Task {
        void with(RpcClient client) throws IOException;
    }

    /** Connects, does it, closes. Throws a {@link RuntimeException} with a sentence when it cannot. */
    @FunctionalInterface
    public interface Connection {
        void use(Task task);
    }

    /** Returns the exit code. */
    public static int run(
            List<Target> targets,
            Configuration configuration,
            PrintStream out,
            Map<String, String> environment,
            Connection connection) {
        Signals signals = Signals.catchThem();
        Log.start(out);
        var watch = new Watch(configuration);
        Thread.ofPlatform()
                .name("watch")
                .daemon()
                .start(() -> watch.followForEver(targets, environment, connection, signals));
        try {
            signals.next();
            return 0;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the main thread", e);
        } finally {
            Log.flush();
        }
    }

    private void followForEver(
            List<Target> targets, Map<String, String> environment, Connection connection, Signals signals) {
        String told = "";
        while (true) {
            try {
                connection.use(client -> client.follow(() -> {
                    if (followers == null) {
                        connection.use(this::take);
                        followers =
                                Followers.start(targets, () -> model(connection), new Shell(environment), environment);
                        signals.whenHungUp(followers::changed);
                    } else {
                        followers.changed();
                    }
                }));
                told = "";
                Log.line(LogLevel.WARN, "render: the agent has ended; the files stay as they are until it is back");
            } catch (RuntimeException e) {
                String words = String.valueOf(e.getMessage());
                if (!words.equals(told)) {
                    told = words;
                    Log.line(LogLevel.WARN, "render: " + words + "; trying again");
                }
            }
            try {
                Thread.sleep(AGAIN_AFTER_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void take(RpcClient client) throws IOException {
        List<Member> members = client.members();
        newest.set(Followers.model(configuration, members));
    }

    /** As the agent has it now; when it does not answer, as it was. */
    private Model model(Connection connection) {
        try {
            connection.use(this::take);
        } catch (RuntimeException e) {
            Log.line(LogLevel.DEBUG, "render: " + e.getMessage());
        }
        Model model = newest.get();
        if (model == null) {
            throw new IllegalStateException("followers start after the first answer");
        }
        return model;
    }
}
