package muster.agent.configuration;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.supervisor.Limit;
import muster.supervisor.Logging;
import muster.supervisor.Readiness;
import muster.supervisor.Resource;
import muster.supervisor.Restarts;
import muster.supervisor.Signal;

/**
 * Every setting of one supervised service, once: as flags of {@code muster run} for its command, and as keys under
 * {@code services: NAME:} in a file for each of many.
 */
public final class ServiceSchema {
    /** Only in a file; on a command line it follows two dashes. A text instead of a list is run by {@code /bin/sh -c}. */
    public static final Setting<List<String>> COMMAND =
            Setting.of("command", Kind.words(), List.of(), "program and arguments, or one text for the shell");

    /** Only in a file; on the command line it is {@link Schema#SERVICE}. */
    public static final Setting<List<ServiceOption>> ANNOUNCE = Setting.of(
            "announce",
            Kind.listOf("NAME:PORT[;…]", ServiceOption::parse),
            List.of(),
            "what it serves to the cluster: NAME:PORT[;proto=http|tcp][;check=/PATH][;weight=N]");

    /** Only in a file. */
    public static final Setting<List<String>> DEPENDS_ON = Setting.of(
            "depends-on",
            Kind.commaList("NAME"),
            List.of(),
            "services that must be ready before it is started, and that are stopped after it");

    /** Only in a file. */
    public static final Setting<Boolean> START =
            Setting.of("start", Kind.SWITCH, true, "false: it waits for 'muster svc up'");

    // What it is.
    public static final Setting<Boolean> ONESHOT = Setting.of(
            "oneshot", Kind.SWITCH, false, "it does one thing and ends; it is ready when it ended with success");
    public static final Setting<String> USER =
            Setting.of("user", Kind.text("USER"), "", "user that it runs as, by name or number (needs root)");
    public static final Setting<String> GROUP =
            Setting.of("group", Kind.text("GROUP"), "", "group that it runs as (default: the user's)");
    public static final Setting<String> CWD = Setting.of("cwd", Kind.text("DIR"), "", "directory that it starts in");
    public static final Setting<SortedMap<String, String>> ENV = Setting.of(
            "env", Kind.VARIABLES, Collections.emptySortedMap(), "environment variable of it, may be repeated");
    public static final Setting<List<String>> ENV_FILE = Setting.of(
            "env-file",
            Kind.commaList("FILE"),
            List.of(),
            "file of NAME=VALUE lines, or directory with a file for each variable, read at each start; may be repeated");
    public static final Setting<String> UMASK =
            Setting.of("umask", Kind.matching("MODE", "[0-7]{1,4}", "octal, like 027"), "", "its umask");
    public static final Setting<SortedMap<Resource, Limit>> LIMIT = new Setting<>(
            "limit",
            "limits",
            Kind.limits(),
            Collections.emptySortedMap(),
            "resource limit, may be repeated: nofile=1024, nofile=1024:4096 (soft and hard), core=unlimited");
    public static final Setting<String> NICE =
            Setting.of("nice", Kind.matching("NUMBER", "-?[0-9]{1,2}", "from -20 to 19"), "", "its nice value");
    public static final Setting<String> OOM_SCORE_ADJ = Setting.of(
            "oom-score-adj",
            Kind.matching("NUMBER", "-?[0-9]{1,4}", "from -1000 to 1000"),
            "",
            "how gladly the kernel kills it when memory is short (default: a little more than us)");

    // When it is started again.
    public static final Setting<String> RESTART =
            Setting.of("restart", Kind.oneOf("always", "on-failure", "never"), "always", "when to start it again");
    public static final Setting<List<Integer>> SUCCESS_CODE = new Setting<>(
            "success-code",
            "success_codes",
            Kind.commaList("CODE", text -> Kind.number(0, 255).parse().apply(text)),
            List.of(),
            "exit status that is no failure, may be repeated (default: 0)");
    public static final Setting<Duration> RESTART_DELAY = Setting.of(
            "restart-delay",
            Kind.durationWithin(Duration.ofMillis(1), Duration.ofDays(1)),
            Duration.ofMillis(100),
            "wait before a restart; doubles with each run that ends early");
    public static final Setting<Duration> RESTART_DELAY_MAX = Setting.of(
            "restart-delay-max",
            Kind.durationWithin(Duration.ofMillis(1), Duration.ofDays(1)),
            Duration.ofSeconds(30),
            "longest wait before a restart");
    public static final Setting<Duration> RESTART_RESET = Setting.of(
            "restart-reset",
            Kind.durationWithin(Duration.ZERO, Duration.ofDays(1)),
            Duration.ofSeconds(10),
            "a run that lasted this long (and a second) is followed by the next at once; the waits are short again");
    public static final Setting<Integer> CRASH_LIMIT = Setting.of(
            "crash-limit",
            Kind.number(0, Restarts.CRASHES_MAX_LIMIT),
            0,
            "so many failures within -crash-window and it is given up; 0: never");
    public static final Setting<Duration> CRASH_WINDOW = Setting.of(
            "crash-window",
            Kind.durationWithin(Duration.ofMillis(1), Duration.ofDays(1)),
            Duration.ofMinutes(5),
            "within what time -crash-limit counts");
    public static final Setting<String> ON_FAILED = Setting.of(
            "on-failed",
            Kind.oneOf("ignore", "stop-dependents", "exit"),
            "ignore",
            "when it is given up: nothing, those that depend on it are stopped, or all end with its exit code");

    // When it is ready, and whether it stays so.
    public static final Setting<List<ReadySign>> READY = Setting.of(
            "ready",
            Kind.listOf("SIGN", ReadySign::parse),
            List.of(),
            "what says that it is ready, may be repeated: tcp:PORT, http:PORT/PATH, file:PATH, command:TEXT,"
                    + " fd:NUMBER (it writes a newline there, as with s6), systemd (it sends READY=1)");
    public static final Setting<Duration> READY_DELAY =
            Setting.of("ready-delay", Kind.DURATION, Duration.ZERO, "it is not ready, and not asked, before that");
    public static final Setting<Duration> READY_TIMEOUT = Setting.of(
            "ready-timeout",
            Kind.DURATION,
            Duration.ofSeconds(60),
            "an app that is not ready by then counts as failed and is restarted; 0: never");
    public static final Setting<Duration> PROBE_TIMEOUT = Setting.of(
            "probe-timeout",
            Kind.durationWithin(Duration.ofMillis(1), Duration.ofHours(1)),
            Readiness.NONE.probeTimeout(),
            "longest wait for one answer");
    public static final Setting<List<ReadySign>> LIVE = Setting.of(
            "live",
            Kind.listOf("PROBE", ReadySign::parseProbe),
            List.of(),
            "what is asked of it while it is ready, may be repeated: as for -ready, without fd and systemd");
    public static final Setting<Duration> LIVE_EVERY = Setting.of(
            "live-every",
            Kind.durationWithin(Duration.ofMillis(1), Duration.ofDays(1)),
            Duration.ofSeconds(1),
            "how often it is asked");
    public static final Setting<Integer> LIVE_FAILURES =
            Setting.of("live-failures", Kind.number(1, 1_000), 3, "so many failed answers in a row are too many");
    public static final Setting<String> LIVE_ACTION = Setting.of(
            "live-action",
            Kind.oneOf("withdraw", "restart", "nothing"),
            "withdraw",
            "what then follows: it is announced as unready, for when nobody better is left, until it is well; it is restarted; or only a line in the log");

    // How it stops.
    public static final Setting<List<Signal>> STOP_SIGNAL = new Setting<>(
            "stop-signal",
            "stop_signals",
            Kind.commaList("SIGNAL", Signal::named),
            List.of(),
            "signal that stops it; several are sent in turn, each with -stop-timeout (default: TERM)");
    public static final Setting<Duration> STOP_TIMEOUT =
            Setting.of("stop-timeout", Kind.DURATION, Duration.ofSeconds(10), "from the stop signal to SIGKILL");
    public static final Setting<String> STOP_REACH = Setting.of(
            "stop-reach",
            Kind.oneOf("group", "mixed", "process"),
            "group",
            "whom it stops: all of its process group, its own process and SIGKILL for the group, or its own process only");
    public static final Setting<Duration> DRAIN_TIMEOUT = Setting.of(
            "drain-timeout",
            Kind.DURATION,
            Duration.ofSeconds(10),
            "longest wait for requests in flight before a stop; it ends early when none is left");
    public static final Setting<List<String>> FINISH = Setting.of(
            "finish",
            Kind.words(),
            List.of(),
            "command after each of its ends, with exit code (256: a signal), signal, name and process group as"
                    + " arguments; when it exits with 125 the service has failed for good");
    public static final Setting<Duration> FINISH_TIMEOUT =
            Setting.of("finish-timeout", Kind.DURATION, Duration.ofSeconds(5), "then it is killed; 0: never");

    // Where its output goes.
    public static final Setting<List<LogTarget>> LOG = Setting.of(
            "log",
            Kind.listOf("TARGET", LogTarget::parse),
            List.of(),
            "where its output goes, may be repeated: inherit, console (with name and time), file:PATH, udp://HOST:PORT,"
                    + " tcp://HOST:PORT or unix:PATH (syslog), service:NAME (default: inherit)");
    public static final Setting<Boolean> LOG_STAMP =
            Setting.of("log-stamp", Kind.SWITCH, true, "the time before each line of console and file");
    public static final Setting<Long> LOG_SIZE = Setting.of(
            "log-size",
            Kind.bytes(Logging.Sink.File.FILE_BYTES_MIN, 1L << 40),
            10L << 20,
            "a log file is moved aside before it gets longer");
    public static final Setting<Integer> LOG_KEEP = Setting.of(
            "log-keep",
            Kind.number(0, Logging.Sink.File.KEEP_MAX),
            5,
            "how many log files are kept beside the current one");
    public static final Setting<Duration> LOG_AGE = Setting.of(
            "log-age", Kind.DURATION, Duration.ZERO, "a log file is moved aside when it is so old; 0: never");
    public static final Setting<Integer> LOG_LINE = Setting.of(
            "log-line",
            Kind.number(Logging.Captured.LINE_BYTES_MIN, Logging.Captured.LINE_BYTES_MAX),
            Logging.Captured.LINE_BYTES_DEFAULT,
            "longer lines are split, in bytes");
    public static final Setting<Integer> LOG_FACILITY = Setting.of(
            "log-facility",
            Kind.number(0, 23),
            Logging.Sink.Syslog.FACILITY_DAEMON,
            "facility of syslog messages; 16 to 23 are local0 to local7");

    /** Flags of {@code muster run}. */
    public static final List<Setting<?>> FLAGS = List.of(
            ONESHOT,
            USER,
            GROUP,
            CWD,
            ENV,
            ENV_FILE,
            UMASK,
            LIMIT,
            NICE,
            OOM_SCORE_ADJ,
            RESTART,
            SUCCESS_CODE,
            RESTART_DELAY,
            RESTART_DELAY_MAX,
            RESTART_RESET,
            CRASH_LIMIT,
            CRASH_WINDOW,
            ON_FAILED,
            READY,
            READY_DELAY,
            READY_TIMEOUT,
            PROBE_TIMEOUT,
            LIVE,
            LIVE_EVERY,
            LIVE_FAILURES,
            LIVE_ACTION,
            STOP_SIGNAL,
            STOP_TIMEOUT,
            STOP_REACH,
            DRAIN_TIMEOUT,
            FINISH,
            FINISH_TIMEOUT,
            LOG,
            LOG_STAMP,
            LOG_SIZE,
            LOG_KEEP,
            LOG_AGE,
            LOG_LINE,
            LOG_FACILITY);

    /** Keys under {@code services: NAME:}. */
    public static final List<Setting<?>> KEYS = Setting.join(List.of(COMMAND, ANNOUNCE, DEPENDS_ON, START), FLAGS);

    private ServiceSchema() {}

    /** Limits of both maps; those of the second win. */
    static SortedMap<Resource, Limit> union(SortedMap<Resource, Limit> lower, SortedMap<Resource, Limit> higher) {
        var all = new TreeMap<>(lower);
        all.putAll(higher);
        return Collections.unmodifiableSortedMap(all);
    }
}
