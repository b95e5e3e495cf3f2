package muster.supervisor.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import muster.supervisor.ExitStatus;
import muster.supervisor.Signal;
import muster.supervisor.linux.Children;
import muster.supervisor.linux.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor in a JVM of its own: as PID 1 of a namespace, beside tini and dumb-init; and when it is killed. */
class InitTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> IN_A_NAMESPACE =
            List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child");
    private static final List<List<String>> INITS = List.of(List.of("tini", "-g", "--"), List.of("dumb-init", "--"));

    private final Children children = Children.ofThisProcess();

    @TempDir
    Path directory;

    private static List<String> small() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SmallInit.class.getName());
    }

    private static List<String> words(List<String> first, List<String> second, String... rest) {
        var words = new ArrayList<>(first);
        words.addAll(second);
        words.addAll(List.of(rest));
        return words;
    }

    private Command command(List<String> words) {
        return new Command(words, new TreeMap<>(System.getenv()), directory.toString());
    }

    private ExitStatus run(List<String> words) throws Exception {
        return children.run(command(words), PATIENCE);
    }

    private void assumeNamespaces() throws Exception {
        assumeTrue(
                run(words(IN_A_NAMESPACE, List.of("true"))).equals(new ExitStatus.Exited(0)),
                "PID namespaces need root, or a kernel that gives them to users");
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime() - end).as("waited in vain").isNegative();
            Thread.sleep(5);
        }
    }

    @Test
    void exit_codes_and_deaths_by_signals_are_those_of_other_inits() throws Exception {
        assumeNamespaces();
        for (String script : List.of("exit 0", "exit 1", "exit 143", "exit 255", "kill -TERM $$", "kill -KILL $$")) {
            ExitStatus ours = run(words(IN_A_NAMESPACE, small(), "sh", "-c", script));
            for (List<String> init : INITS) {
                assertThat(run(words(IN_A_NAMESPACE, init, "sh", "-c", script)))
                        .as("%s with %s", script, init)
                        .isEqualTo(ours);
            }
        }
    }

    @Test
    void as_pid_1_it_reaps_a_thousand_orphans_and_double_forks() throws Exception {
        assumeNamespaces();
        // The last thing the service does is to count the zombies that its init has left.
        String script = "i=0; while [ $i -lt 1000 ]; do ( ( : ) & ); i=$((i+1)); done; n=0;"
                + " while [ $n -lt 200 ] && grep -q '^State:.Z' /proc/[0-9]*/status 2>/dev/null;"
                + " do sleep 0.05; n=$((n+1)); done; ! grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null";
        assertThat(run(words(IN_A_NAMESPACE, small(), "sh", "-c", script))).isEqualTo(new ExitStatus.Exited(0));
    }

    @Test
    void as_pid_1_a_stop_ends_daemons_too_and_gives_code_0() throws Exception {
        assumeNamespaces();
        var end = new CompletableFuture<ExitStatus>();
        String script = "trap 'echo stopped > out; exit 3' TERM;"
                + " setsid sh -c \"trap 'echo daemon > daemon; exit' TERM; echo up > daemon-up; while :; do sleep 0.01; done\" &"
                + " until [ -e daemon-up ]; do sleep 0.01; done; echo up > up; while :; do sleep 0.01; done";
        children.spawn(command(words(IN_A_NAMESPACE, small(), "sh", "-c", script)), new Life(end));
        await(() -> Files.exists(directory.resolve("up")));
        // Unshare's child is PID 1 there.
        long init = onlyChildOf(end);
        assertThat(ProcessHandle.of(init).orElseThrow().destroy()).isTrue();
        assertThat(end.get(60, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo(new ExitStatus.Exited(0));
        assertThat(directory.resolve("out")).exists();
        assertThat(directory.resolve("daemon")).exists();
    }

    private long onlyChildOf(CompletableFuture<ExitStatus> end) throws Exception {
        assertThat(end).isNotDone();
        await(() -> Life.last > 0
                && ProcessHandle.of(Life.last).orElseThrow().children().count() == 1);
        return ProcessHandle.of(Life.last)
                .orElseThrow()
                .children()
                .findFirst()
                .orElseThrow()
                .pid();
    }

    @Test
    void a_supervisor_that_is_killed_takes_its_services_with_it() throws Exception {
        var end = new CompletableFuture<ExitStatus>();
        String script = "trap '' TERM HUP; sleep 1000 & echo $! > helper; sleep 0.3; echo $$ > pid; wait; sleep 1000";
        children.spawn(command(words(small(), List.of("sh", "-c", script))), new Life(end));
        await(() -> Files.exists(directory.resolve("pid")) && !read("pid").isEmpty());
        long service = Long.parseLong(read("pid"));
        long helper = Long.parseLong(read("helper"));
        assertThat(isAlive(service)).isTrue();
        await(() -> Life.last > 0);
        children.signalProcess(Life.last, Signal.KILL);
        assertThat(end.get(60, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo(new ExitStatus.Killed(9, false));
        await(() -> !isAlive(service) && !isAlive(helper));
    }

    private String read(String file) throws IOException {
        return Files.readString(directory.resolve(file)).strip();
    }

    private static boolean isAlive(long pid) throws IOException {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException gone) {
            return false;
        }
    }

    private static final class Life implements Children.Handler {
        static volatile long last;
        private final CompletableFuture<ExitStatus> end;

        Life(CompletableFuture<ExitStatus> end) {
            this.end = end;
            last = 0;
        }

        @Override
        public void spawned(long pid) {
            last = pid;
        }

        @Override
        public void notSpawned(String reason, int code) {
            end.completeExceptionally(new IOException(reason));
        }

        @Override
        public void exited(long pid, ExitStatus status, boolean groupLeft) {
            end.complete(status);
        }
    }
}
