package muster.agent.handlers;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.agent.configuration.Durations;
import muster.agent.configuration.HandlerOption;
import muster.agent.event.ClusterEvent;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.Counters;
import muster.gossip.Figure;
import muster.gossip.Member;
import muster.gossip.wire.Bytes;
import muster.supervisor.ExitStatus;
import muster.supervisor.Launch;
import muster.supervisor.linux.Errand;

/** One handler: what is run for an event, and what becomes of it. */
final class Script {
    static final int OUTPUT_BYTES_MAX = 8 << 10; // Serf's: the last of it are kept

    private static final Duration SLOW_AFTER = Duration.ofSeconds(1); // Serf's
    private static final Duration END_LIMIT = Duration.ofSeconds(10); // a process stuck in the kernel
    private static final Duration NO_LIMIT = Duration.ofDays(1_000);

    private final HandlerOption option;
    private final Supplier<Member> self;
    private final Handlers.Answers answers;
    private final Map<String, String> environment;
    private final Duration limit;
    private final Counters counters;
    private final Consumer<Figure> figures;

    /** @param limit the longest run; zero for none */
    Script(
            HandlerOption option,
            Supplier<Member> self,
            Handlers.Answers answers,
            Map<String, String> environment,
            Duration limit,
            Counters counters,
            Consumer<Figure> figures) {
        this.option = option;
        this.self = self;
        this.answers = answers;
        this.environment = environment;
        this.limit = limit.isZero() ? NO_LIMIT : limit;
        this.counters = counters;
        this.figures = figures;
    }

    HandlerOption option() {
        return option;
    }

    /** Runs it and waits for its end, and for that of all to which it gave its output. */
    void run(ClusterEvent event) throws InterruptedException {
        long beganNanos = System.nanoTime();
        try {
            invoke(event, beganNanos);
        } catch (IOException e) {
            counters.count("handler-runs-failed");
            Log.line(LogLevel.ERR, "agent: Error invoking script '" + option.script() + "': " + e.getMessage());
        } catch (RuntimeException e) {
            counters.count("faults");
            Log.line(LogLevel.ERR, "agent: a fault while invoking script '" + option.script() + "'", e);
        }
        figures.accept(Figure.time("agent.invoke." + option.script(), System.nanoTime() - beganNanos));
    }

    private void invoke(ClusterEvent event, long beganNanos) throws IOException, InterruptedException {
        Call call = Call.of(event, self.get(), environment);
        call.leftOut().forEach((name, bytes) -> {
            counters.count("handler-variables-left-out");
            Log.line(
                    LogLevel.WARN,
                    "agent: " + name + " is left out for script '" + option.script() + "', event '" + event.type()
                            + "': it has " + bytes + " bytes, and the system takes " + Call.VARIABLE_BYTES_MAX
                            + "; the members are lines of the standard input all the same");
        });
        // Of the event no word is in the command: it comes as environment and input.
        try (Errand errand = Errand.begin(
                List.of("/bin/sh", "-c", option.script()),
                Launch.DEFAULTS.withEnvironment(call.environment()),
                call.input().array(),
                OUTPUT_BYTES_MAX)) {
            await(errand);
            finish(event, errand, (System.nanoTime() - beganNanos) / 1_000_000);
        }
    }

    private void await(Errand errand) throws IOException, InterruptedException {
        boolean canBeSlow = limit.compareTo(SLOW_AFTER) > 0;
        if (errand.awaitSilence(canBeSlow ? SLOW_AFTER : limit)) {
            return;
        }
        if (canBeSlow) {
            Log.line(
                    LogLevel.WARN,
                    "agent: Script '" + option.script() + "' slow, execution exceeding "
                            + Durations.format(SLOW_AFTER));
            if (errand.awaitSilence(limit.minus(SLOW_AFTER))) {
                return;
            }
        }
        counters.count("handler-runs-timed-out");
        errand.kill();
        errand.awaitEnd(END_LIMIT);
        throw new IOException("killed: it ran longer than " + Durations.format(limit) + " (-event-handler-timeout)");
    }

    private void finish(ClusterEvent event, Errand errand, long tookMillis) throws IOException, InterruptedException {
        ExitStatus status = errand.status();
        Bytes output = Bytes.of(errand.output());
        if (errand.outputBytes() > OUTPUT_BYTES_MAX) {
            counters.count("handler-outputs-truncated");
            Log.line(
                    LogLevel.WARN,
                    "agent: Script '" + option.script() + "' generated " + errand.outputBytes()
                            + " bytes of output, truncated to " + OUTPUT_BYTES_MAX);
        }
        Log.line(LogLevel.DEBUG, "agent: Event '" + event.type() + "' script output: " + output.utf8());
        switch (status) {
            case ExitStatus.Exited(int code) when code == 0 -> {}
            case ExitStatus.Exited(int code) -> throw new IOException("exit status " + code);
            case ExitStatus.Killed killed -> throw new IOException("it " + killed);
        }
        if (event instanceof ClusterEvent.Query query && !output.isEmpty()) {
            answers.give(query, output);
        }
        Log.line(
                LogLevel.TRACE,
                "agent: Script '" + option.script() + "' handled " + event.type() + " in " + tookMillis + " ms");
    }
}
