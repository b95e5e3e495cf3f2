package muster.agent.cli;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import muster.agent.configuration.Durations;
import muster.agent.configuration.Setting;

/** Help texts, from the schema and each command's own story. */
final class Help {
    private static final int FLAG_COLUMN = 30;

    private Help() {}

    /** The list of commands. */
    static String overview() {
        var text = new StringBuilder("""
                Muster: nodes find each other, a balancer follows them.

                Usage: muster COMMAND [flags] [words]

                """);
        for (Command command : Commands.ALL) {
            text.append("  ")
                    .append(pad(command.name(), 13))
                    .append(command.summary())
                    .append('\n');
        }
        return text.append("""

                        'muster help COMMAND' shows flags and an example. Every flag can also be set by environment
                        (-rpc-addr by MUSTER_RPC_ADDR) or in a YAML file (rpc_addr, with -config-file).
                        """).toString();
    }

    /** Everything about one command. */
    static String of(Command command) {
        return of(command, usage(command));
    }

    /** The same with another first line. */
    static String of(Command command, String usage) {
        var text = new StringBuilder(usage);
        text.append("\n\n").append(command.story()).append('\n');
        if (!command.settings().isEmpty()) {
            text.append("\nFlags (one or two dashes; file keys and variables as shown):\n");
            for (Setting<?> setting : command.settings()) {
                append(text, setting);
            }
        }
        return text.toString();
    }

    /** Its first line. */
    static String usage(Command command) {
        return "Usage: muster " + command.name()
                + (command.settings().isEmpty() ? "" : " [flags]")
                + (command.wordsHelp().isEmpty() ? "" : " " + command.wordsHelp());
    }

    private static void append(StringBuilder text, Setting<?> setting) {
        String value = setting.kind().valueName();
        String flag = "  -" + setting.flag() + (value.isEmpty() ? "" : " " + value);
        text.append(pad(flag, FLAG_COLUMN));
        if (flag.length() >= FLAG_COLUMN) {
            text.append('\n').append(" ".repeat(FLAG_COLUMN));
        }
        text.append(setting.help()).append(fallback(setting)).append('\n');
        text.append(" ".repeat(FLAG_COLUMN))
                .append(setting.key())
                .append(", ")
                .append(setting.variable())
                .append('\n');
    }

    private static String fallback(Setting<?> setting) {
        return switch (setting.fallback()) {
            case Boolean on -> on ? " (default: true)" : "";
            case Duration duration ->
                setting.help().contains("(default: ") ? "" : " (default: " + Durations.format(duration) + ")";
            case Collection<?> none -> "";
            case Map<?, ?> none -> "";
            default -> {
                String shown = setting.fallback().toString();
                boolean said = shown.isEmpty() || setting.help().contains("(default: ");
                yield said ? "" : " (default: " + shown + ")";
            }
        };
    }

    private static String pad(String text, int width) {
        return text.length() >= width ? text : text + " ".repeat(width - text.length());
    }
}
