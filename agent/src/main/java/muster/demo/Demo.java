package muster.demo;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts the demo on stage and clears it away again: whatever happens, at the end of {@link #run} none of its processes is left.
 * Only a kill -9 of the demo itself, which no program can answer, leaves them.
 */
public final class Demo {
    /** What help says about it; ends without a line break. */
    public static final String STORY = DemoOptions.STORY;

    /** With the caches in place, preparing takes a tenth of this. */
    private static final Duration NOTICEABLE = Duration.ofSeconds(1);

    private static final Duration PREPARE_MAX = Duration.ofMinutes(2);

    private static final int OK = 0;
    private static final int FAILED = 1;

    private final DemoOptions options;
    private final PrintStream out;
    private final Path folder;
    private final Processes processes;
    private final Findings findings = new Findings();
    private final Ledger ledger = new Ledger();
    private final Display display;
    private final StoryLog log;
    private volatile boolean keepLogs = true;
    private volatile boolean reported;

    private Demo(DemoOptions options, PrintStream out, Map<String, String> environment, Path folder) {
        this.options = options;
        this.out = out;
        this.folder = folder;
        this.processes = new Processes(folder);
        this.display = !options.plain() && LiveDisplay.possible(environment)
                ? new LiveDisplay(out, environment)
                : new PlainDisplay(out);
        this.log = new StoryLog(display::told);
    }

    /**
     * Runs the whole demo and returns the exit code: 0 when no request failed and all came as it should, else 1.
     *
     * @param arguments the words after {@code muster demo}
     * @param launcher the {@code muster} script that starts the nodes; null when the program was not started by it
     */
    public static int run(List<String> arguments, @Nullable Path launcher) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        PrintStream error = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        try {
            DemoOptions options = DemoOptions.parse(arguments);
            if (options.help()) {
                out.print("Usage: muster demo [--keep] [--plain] [--seconds N] [--rate N]\n\n" + STORY + "\n");
                out.flush();
                return OK;
            }
            if (launcher == null || !Files.isExecutable(launcher)) {
                throw new DemoRefused("the demo starts its nodes with the 'muster' script: run it as './muster demo'");
            }
            Path folder = Files.createTempDirectory("muster-demo-");
            return new Demo(options, out, System.getenv(), folder).play(launcher.toAbsolutePath(), error);
        } catch (DemoRefused refused) {
            error.print("muster demo: " + refused.getMessage() + "\n");
            return FAILED;
        } catch (IOException e) {
            error.print("muster demo: cannot make a folder for its logs: " + e.getMessage() + "\n");
            return FAILED;
        }
    }

    private int play(Path launcher, PrintStream error) {
        Thread hook = Thread.ofPlatform().name("demo-end").unstarted(this::interrupted);
        Runtime.getRuntime().addShutdownHook(hook);
        int code = FAILED;
        try {
            code = playStory(launcher);
        } catch (DemoRefused refused) {
            endedBy(refused.getMessage(), error);
        } catch (InterruptedException e) {
            endedBy("interrupted", error);
            Thread.currentThread().interrupt();
        } finally {
            display.close();
            processes.close();
        }
        waitForHook(hook);
        clearFolder(error);
        out.flush();
        return code;
    }

    private int playStory(Path launcher) throws InterruptedException {
        prepare(launcher);
        Cluster cluster = new Cluster(launcher, WebAppProgram.unpack(folder), processes, new Ports(new Random()));
        try (RpcRoster roster = new RpcRoster();
                Observer observer = new Observer(cluster, processes, roster)) {
            try (Ticker ticker = new Ticker(cluster, observer, ledger, log, options.seconds(), display)) {
                ticker.start();
                new Story(cluster, observer, ledger, log, findings, options).play();
            }
            long ended = System.nanoTime();
            display.close();
            boolean good = ledger.failed() == 0 && findings.flawless();
            out.print("\n" + Report.of(findings, ledger, options.rate(), log.startNanos(), ended));
            out.flush();
            reported = true;
            keepLogs = !good;
            if (options.keep()) {
                keep(cluster);
            }
            return good ? OK : FAILED;
        }
    }

    /** Without its start-up caches, each node would make its own while it starts, and all would be slow together. */
    private void prepare(Path launcher) throws InterruptedException {
        Child preparation = processes.start("prepare", List.of(launcher.toString(), "prepare"));
        if (!preparation.awaitEnd(NOTICEABLE)) {
            log.say("making the start-up caches of this installation; only the first time");
            // Whether it worked or not: they save time, nothing else.
            preparation.awaitEnd(PREPARE_MAX);
        }
    }

    private void keep(Cluster cluster) throws InterruptedException {
        out.print("\nstill running:\n"
                + "  the app behind the balancer   http://127.0.0.1:"
                + cluster.balancer().appPort() + "/\n"
                + "  the balancer's own page       http://127.0.0.1:" + cluster.statsPort() + "/\n"
                + "  the members                   muster members -rpc-addr "
                + cluster.balancer().rpcAddress() + "\n"
                + "  what each node printed        " + folder + "\n"
                + "Ctrl-C here (or 'kill " + ProcessHandle.current().pid() + "') ends them all.\n");
        out.flush();
        new CountDownLatch(1).await();
    }

    /** The shutdown hook: Ctrl-C, SIGTERM, or an error that nobody caught. */
    private void interrupted() {
        // Counted before the end of the processes makes requests fail.
        String figures = "interrupted after " + Text.count(ledger.answered() + ledger.failed(), "request") + ", "
                + Text.count(ledger.failed()) + " failed\n";
        display.close();
        processes.close();
        if (!reported) {
            out.print(figures);
        }
        clearFolder(out);
        out.flush();
    }

    private void endedBy(@Nullable String problem, PrintStream error) {
        display.close();
        error.print("muster demo: " + problem + "\n");
        error.print("until then: " + Text.count(ledger.answered() + ledger.failed(), "request") + ", "
                + Text.count(ledger.failed()) + " failed\n");
    }

    /** When the hook has begun, the program is ending already: leave the rest to it. */
    private static void waitForHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            try {
                hook.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void clearFolder(PrintStream where) {
        if (!Files.exists(folder)) {
            return;
        }
        if (keepLogs) {
            where.print("what each node printed is kept in " + folder + "\n");
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            where.print("cannot remove " + folder + ": " + e.getMessage() + "\n");
        }
    }
}
