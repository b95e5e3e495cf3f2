package muster.agent.render;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.agent.configuration.EnvironmentReader;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.linux.Errand;
import muster.templating.target.Commands;

/** Runs the commands of targets as our children, in our environment without its secrets. Safe for use by any thread. */
public final class Shell implements Commands {
    /** Of what a command says, the last of it is kept: there stands what went wrong. */
    private static final int WORDS_BYTES_MAX = 4_096;

    /** A process that the command left behind may hold the pipe for ever. */
    private static final Duration AFTER_THE_END = Duration.ofMillis(200);

    /** A process in an uninterruptible call must not hold us up for ever. */
    private static final Duration AFTER_KILL = Duration.ofSeconds(2);

    private final Map<String, String> environment;

    public Shell(Map<String, String> environment) {
        this.environment = Map.copyOf(EnvironmentReader.withoutSecrets(environment));
    }

    @Override
    public Result run(String line, SortedMap<String, String> variables, Duration atMost) throws InterruptedException {
        var all = new TreeMap<>(environment);
        all.putAll(variables);
        Launch launch = Launch.DEFAULTS.withEnvironment(all).withDirectory(System.getProperty("user.dir", "/"));
        try (Errand errand = Errand.begin(List.of("/bin/sh", "-c", line), launch, new byte[0], WORDS_BYTES_MAX)) {
            try {
                return result(errand, atMost);
            } catch (InterruptedException e) {
                errand.kill(); // nobody waits for it any more
                throw e;
            }
        } catch (IOException e) {
            return new Result(false, String.valueOf(e.getMessage()));
        }
    }

    private static Result result(Errand errand, Duration atMost) throws InterruptedException, IOException {
        boolean late = !errand.awaitEnd(atMost);
        if (late) {
            errand.kill();
            errand.awaitEnd(AFTER_KILL);
        }
        errand.awaitSilence(AFTER_THE_END);
        ExitStatus status = errand.status();
        String said = new String(errand.output(), StandardCharsets.UTF_8).strip();
        String end = late ? "it took longer than " + atMost.toMillis() + " ms and was killed" : "it " + status;
        return new Result(!late && status.code() == 0, said.isEmpty() ? end : end + "\n" + said);
    }
}
