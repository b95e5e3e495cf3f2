package muster.agent.render;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.Command;
import muster.supervisor.linux.Pipe;
import muster.templating.target.Commands;

/** Runs the commands of targets as our children, in our environment. Safe for use by any thread. */
public final class Shell implements Commands {
    /** Of what a command says, the last of it is kept: there stands what went wrong. */
    private static final int WORDS_BYTES_MAX = 4_096;

    /** A process that the command left behind may hold the pipe for ever. */
    private static final Duration AFTER_THE_END = Duration.ofMillis(200);

    private final Map<String, String> environment;

    public Shell(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public Result run(String line, SortedMap<String, String> variables, Duration atMost) throws InterruptedException {
        var all = new TreeMap<>(environment);
        all.putAll(variables);
        Launch launch = Launch.DEFAULTS.withEnvironment(all).withDirectory(System.getProperty("user.dir", "/"));
        Pipe output;
        try {
            output = Pipe.open();
        } catch (IOException e) {
            return new Result(false, "no pipe for its output: " + e.getMessage());
        }
        var said = new Tail();
        Thread reader = Thread.ofVirtual().unstarted(() -> said.readAll(output));
        try {
            var command = new Command(
                    List.of("/bin/sh", "-c", line), launch, Map.of(1, output.writeEnd(), 2, output.writeEnd()));
            reader.start();
            long begun = System.nanoTime();
            ExitStatus status = Children.ofThisProcess().run(command, atMost);
            boolean late = System.nanoTime() - begun >= atMost.toNanos();
            output.closeWriteEnd();
            reader.join(AFTER_THE_END);
            String end = late ? "it took longer than " + atMost.toMillis() + " ms and was killed" : "it " + status;
            return new Result(status.code() == 0, said.isEmpty() ? end : end + "\n" + said);
        } catch (IOException e) {
            output.closeWriteEnd();
            return new Result(false, String.valueOf(e.getMessage()));
        }
    }

    /** The last bytes of a pipe. */
    private static final class Tail {
        private final StringBuilder text = new StringBuilder();

        void readAll(Pipe pipe) {
            byte[] buffer = new byte[4_096];
            try {
                for (int read = pipe.read(buffer); read > 0; read = pipe.read(buffer)) {
                    add(new String(buffer, 0, read, StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                add("(its output cannot be read: " + e.getMessage() + ")");
            } finally {
                pipe.closeReadEnd();
            }
        }

        private synchronized void add(String more) {
            text.append(more);
            if (text.length() > WORDS_BYTES_MAX) {
                text.delete(0, text.length() - WORDS_BYTES_MAX);
            }
        }

        synchronized boolean isEmpty() {
            return text.isEmpty();
        }

        @Override
        public synchronized String toString() {
            return text.toString().strip();
        }
    }
}
