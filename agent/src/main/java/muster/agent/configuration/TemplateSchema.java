package muster.agent.configuration;

import java.time.Duration;
import java.util.List;
import muster.templating.target.Target;

/** Every setting of one templated file: keys under {@code templates: NAME:} in a file. */
public final class TemplateSchema {
    public static final Setting<String> TEMPLATE =
            Setting.of("template", Kind.text("FILE"), "", "the template, like haproxy.cfg.hb");
    public static final Setting<String> DESTINATION =
            Setting.of("destination", Kind.text("FILE"), "", "what is written, as a whole each time");
    public static final Setting<String> SYNTAX = Setting.of(
            "syntax",
            Kind.oneOf("auto", "plain", "haproxy", "nginx", "caddy", "json", "yaml"),
            "auto",
            "how values of nodes are written; auto goes by the name of the destination");
    public static final Setting<String> MODE = Setting.of(
            "mode", Kind.matching("MODE", "0?[0-7]{3}", "octal, like 644"), "644", "mode of the destination");
    public static final Setting<String> OWNER =
            Setting.of("owner", Kind.text("USER"), "", "owner of the destination (needs root)");
    public static final Setting<String> GROUP = Setting.of("group", Kind.text("GROUP"), "", "group of the destination");
    public static final Setting<String> CHECK = Setting.of(
            "check",
            Kind.text("COMMAND"),
            "",
            "command for the shell that checks the new file, $RENDERED, before it takes its place");
    public static final Setting<String> APPLY = Setting.of(
            "apply", Kind.text("COMMAND"), "", "command for the shell once the new file is in its place, $DESTINATION");
    public static final Setting<Duration> TIMEOUT = Setting.of(
            "timeout",
            Kind.durationWithin(Duration.ofMillis(1), Duration.ofHours(1)),
            Duration.ofSeconds(30),
            "longest time for the check, and for applying; then it is killed and has failed");
    public static final Setting<Duration> QUIET = Setting.of(
            "quiet",
            Kind.durationWithin(Duration.ZERO, Duration.ofHours(1)),
            Duration.ofMillis(500),
            "shortest time from one application to the next; the first change is applied at once");
    public static final Setting<Duration> HOLD = Setting.of(
            "hold",
            Kind.durationWithin(Duration.ZERO, Duration.ofDays(1)),
            Duration.ofSeconds(10),
            "so long a file that is there stays when no backend is left");
    public static final Setting<Integer> KEEP = Setting.of(
            "keep", Kind.number(0, Target.KEEP_MAX), 3, "how many older versions stay beside it, as NAME.1 and so on");

    /** Keys under {@code templates: NAME:}. */
    public static final List<Setting<?>> KEYS =
            List.of(TEMPLATE, DESTINATION, SYNTAX, MODE, OWNER, GROUP, CHECK, APPLY, TIMEOUT, QUIET, HOLD, KEEP);

    private TemplateSchema() {}
}
